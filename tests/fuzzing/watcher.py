"""Asks a backend again and again whether it is there: `python watcher.py CONNECTION_FILE`, until its input closes.

Then prints how long the longest answer took, and how large workers were. It runs in a process of its own, so that who
makes cases does not slow it down; how long this computer kept it waiting meanwhile is taken off.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec

from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import find_backend
from emogene_proto.messages import GetStatus, ListJobs, Status

EACH_SECONDS = 0.05
PATIENCE_SECONDS = 180.0
_TURN_SECONDS = 0.01


class Watched(msgspec.Struct):
    """What the watcher saw."""

    asked: int = 0
    longest_seconds: float = 0.0
    hangs: int = 0
    """Answers that took longer than a second."""
    problem: str = ""
    """Why it got no further answers."""
    worker_bytes: int = 0
    """The most memory that one worker had."""


class Watch:
    """A watcher in a process of its own."""

    def __init__(self, connection_file: Path):
        tests = str(Path(__file__).parents[1])
        path = os.pathsep.join([tests, *(part for part in (os.environ.get("PYTHONPATH"),) if part)])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fuzzing.watcher", str(connection_file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )

    def ended(self) -> Watched:
        """Let it end; what it saw."""
        try:
            said, _ = self._process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return Watched(problem="it does not end")
        return msgspec.json.decode(said, type=Watched) if said else Watched(problem="it ended")


class Delays:
    """How long a thread that wants to run each hundredth of a second had to wait for the computer."""

    def __init__(self):
        self._longest = 0.0
        threading.Thread(target=self._run, daemon=True).start()

    def take(self) -> float:
        """The longest since the last call."""
        longest, self._longest = self._longest, 0.0
        return longest

    def _run(self) -> None:
        while True:
            began = time.monotonic()
            time.sleep(_TURN_SECONDS)
            self._longest = max(self._longest, time.monotonic() - began - _TURN_SECONDS)


def watch(client: Client, stop: threading.Event) -> Watched:
    """Ask until told to stop, or until nothing answers."""
    seen, delays = Watched(), Delays()
    while not stop.is_set():
        delays.take()
        began = time.monotonic()
        request = client.send(GetStatus() if seen.asked % 2 else ListJobs(limit=3))
        while client.is_open(request):
            client.wait(0.2)
            for event, _ in client.poll():
                if isinstance(event, Status):
                    seen.worker_bytes = max(seen.worker_bytes, *(one.memory_bytes for one in event.workers))
            if time.monotonic() - began > 60.0:
                seen.problem = "no answer for a minute"
                return seen
        took = max(0.0, time.monotonic() - began - delays.take())
        seen.asked += 1
        seen.longest_seconds = max(seen.longest_seconds, took)
        seen.hangs += took > 1.0
        if client.state is not ConnectionState.READY:
            seen.problem = str(client.problem)
            return seen
        stop.wait(EACH_SECONDS)
    return seen


def main() -> None:
    connection = find_backend(Path(sys.argv[1]))
    assert connection is not None, "no backend"
    client = Client.connect(connection, "watcher")
    while client.state is ConnectionState.CONNECTING:
        client.wait(0.1)
        client.poll()
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    print(msgspec.json.encode(watch(client, stop)).decode(), flush=True)
    client.close()


if __name__ == "__main__":
    main()
