"""Asks a backend again and again whether it is there: `python watcher.py CONNECTION_FILE`, until its input closes.

Then prints how long the longest answer took. It runs in a process of its own, so that who makes cases does not slow it
down; how long this computer kept it waiting meanwhile is taken off.
"""

import sys
import threading
import time
from pathlib import Path

import msgspec

from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import find_backend
from emogene_proto.messages import GetStatus, ListJobs, Status

EACH_SECONDS = 0.05
_TURN_SECONDS = 0.01


class Watched(msgspec.Struct):
    """What the watcher saw."""

    asked: int = 0
    longest_seconds: float = 0.0
    hangs: int = 0
    """Answers that took longer than a second."""
    problem: str = ""
    """Why it got no further answers."""
    most_bytes: int = 0
    """Memory that the backend said it has with its workers."""


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
                    seen.most_bytes = max(seen.most_bytes, event.memory_bytes)
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
