"""A backend in a process of its own, and conversations with it over a real socket."""

import hashlib
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import zmq

from emogene_proto.client import Client, ConnectionState, Received
from emogene_proto.connection import Connection, find_backend
from emogene_proto.messages import LAST_EVENTS, Request, Uploaded
from emogene_proto.shot import AudioRef, EmotionKey, Shot

GATED_WORKER = [sys.executable, str(Path(__file__).with_name("gated_worker.py"))]
"""A worker that renders a frame only when a test lets it."""

SERVE = """
import json, sys
from pathlib import Path
from emogene.service.serve import serve
from emogene.service.settings import ServiceSettings
options = json.loads(sys.argv[1])
for name in ("connection_file", "cache", "log_file", "authorized_keys", "server_key"):
    if options.get(name):
        options[name] = Path(options[name])
where = {name: options.pop(name) for name in ("bind", "connection_file") if name in options}
folders = tuple(Path(folder) for folder in options.pop("actors"))
serve(**where, settings=ServiceSettings(actor_folders=folders, **options))
"""
PATIENCE_SECONDS = 180.0


class RunningBackend:
    """`with RunningBackend(folder, actors) as backend:` ends it, and all its clients, whatever happens."""

    def __init__(self, folder: Path, actors: Path, **options):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.connection_file = folder / "backend.json"
        self.log_file = folder / "backend.log"
        self.options = {
            "actors": [str(actors)],
            "cache": str(folder / "cache"),
            "connection_file": str(self.connection_file),
            "log_file": str(self.log_file),
            **options,
        }
        self.gate = folder / "cache" / "service" / "gate"
        self.gate.mkdir(parents=True, exist_ok=True)
        self._passes = itertools.count()
        self.clients: list[Client] = []
        self.start()

    def __enter__(self) -> "RunningBackend":
        return self

    def __exit__(self, *exception) -> None:
        for client in self.clients:
            client.close()
        self.stop()

    def start(self) -> None:
        command = [sys.executable, "-c", SERVE, json.dumps(self.options)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.connection = self._wait_for_announcement()

    def stop(self) -> int:
        """Ask it to end as a terminal would; returns its exit status."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> None:
        self.process.kill()
        self._ended()

    def hold(self) -> None:
        """From now on each frame waits to be let through (with gated_worker.py)."""
        (self.gate / "closed").touch()

    def let(self, frames: int) -> None:
        """Let so many frames through."""
        for _ in range(frames):
            (self.gate / f"pass-{next(self._passes)}").touch()

    def release(self) -> None:
        """Frames wait no longer."""
        (self.gate / "closed").unlink(missing_ok=True)
        for ticket in self.gate.glob("pass-*"):
            ticket.unlink(missing_ok=True)

    def connect(self, name: str = "test") -> Client:
        """A client that has been welcomed."""
        client = Client.connect(self.connection, name)
        self.clients.append(client)
        listen(client, lambda received: client.state is not ConnectionState.CONNECTING)
        assert client.state is ConnectionState.READY, client.problem
        return client

    def log(self) -> str:
        """JSON lines, see emogene.service.logs."""
        return self.log_file.read_text(encoding="utf-8")

    def _ended(self) -> int:
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def _wait_for_announcement(self) -> Connection:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            connection = find_backend(self.connection_file)
            if connection is not None and connection.pid == self.process.pid:
                return connection
            time.sleep(0.01)
        raise AssertionError("the backend did not start")


def listen(client: Client, enough: Callable[[list[Received]], object]) -> list[Received]:
    """What the client receives until `enough` says so."""
    received: list[Received] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not enough(received):
        assert time.monotonic() < deadline, f"only {[event for event, _ in received]}"
        client.wait(0.1)
        received += client.poll()
    return received


def answers(client: Client, request_id: int) -> list[Received]:
    """All events of one request, to its last one."""

    def over(received: list[Received]) -> bool:
        return any(event.id == request_id and isinstance(event, LAST_EVENTS) for event, _ in received)

    return [message for message in listen(client, over) if message.event.id == request_id]


def ask(client: Client, request: Request) -> list[Received]:
    """Send a request and wait for all its answers."""
    return answers(client, client.send(request))


def of_type(received: list[Received], kind: type) -> list:
    return [event for event, _ in received if isinstance(event, kind)]


def write_voice(path: Path, seconds: float = 1.0) -> Path:
    """A buzz that swells and fades, as a 16 kHz file."""
    t = np.arange(int(16_000 * seconds)) / 16_000
    samples = 0.3 * np.sin(2 * np.pi * 140 * t) * np.sin(2 * np.pi * 3 * t) ** 2
    soundfile.write(path, samples.astype(np.float32), 16_000)
    return path


def upload(client: Client, path: Path) -> str:
    """Bring a file to the backend; returns its hash."""
    event = answers(client, client.upload(path))[-1].event
    assert isinstance(event, Uploaded), event
    return event.sha256


def small_shot(voice: Path, actor: str = "pack", **changes) -> Shot:
    """32x32 pixels, 24 fps, one emotion."""
    audio = AudioRef(hashlib.sha256(voice.read_bytes()).hexdigest(), voice.name)
    given = {"emotions": (EmotionKey(0.2, "happy", 0.7),), "width": 32, "height": 32, **changes}
    return Shot(audio=audio, actor=actor, **given)


def raw_dealer(context: zmq.Context, connection: Connection, identity: bytes = b"") -> zmq.Socket:
    """A socket that says whatever it likes to the backend, encrypted if the connection has keys."""
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    if identity:
        socket.routing_id = identity
    if connection.secret_key:
        socket.curve_publickey = zmq.curve_public(connection.secret_key.encode())
        socket.curve_secretkey = connection.secret_key.encode()
        socket.curve_serverkey = connection.server_key.encode()
    socket.connect(connection.address)
    return socket
