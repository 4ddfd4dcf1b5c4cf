"""A backend of its own to measure: a fresh cache, two cores at most, ended with whoever started it.

python -m emogene.evaluation.backend_process FOLDER ACTORS
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from emogene.evaluation.planning_process import CORES, take_cores
from emogene.service.serve import serve
from emogene.service.settings import ServiceSettings
from emogene_proto.client import Client, ConnectionState, Received
from emogene_proto.connection import find_backend
from emogene_proto.errors import BackendError
from emogene_proto.messages import LAST_EVENTS, Failed, Request, Uploaded

PATIENCE_SECONDS = 300.0
TOLD_LINES = 8
"""So many last lines of its log come with what went wrong: the log goes with its folder."""
_LOG = "backend.log"
_HINT = "`emogene doctor` may say why."


@contextlib.contextmanager
def fresh_backend(folder: Path, actors: Path) -> Iterator[Client]:
    """A client of a backend that has just started and is ready.

    Args:
        folder: empty; for the backend's cache and log.
        actors: a folder with actor packs.

    Raises:
        BackendError: it does not start, or what is asked of it raises one; its log's last lines are in the message.
    """
    try:
        with _running(folder, actors) as client:
            yield client
    except BackendError as error:
        raise BackendError(error.message + _log_tail(folder), error.hint, error.code) from error


@contextlib.contextmanager
def _running(folder: Path, actors: Path) -> Iterator[Client]:
    command = [sys.executable, "-m", "emogene.evaluation.backend_process", str(folder), str(actors)]
    limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), str(CORES))
    with (folder / _LOG).open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **limits}, stdout=log, stderr=subprocess.STDOUT)
    try:
        client = _ready_client(folder, process)
        try:
            yield client
        finally:
            client.close()
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _log_tail(folder: Path) -> str:
    """The last lines of the backend's log as a sentence; empty where it wrote none."""
    lines = (folder / _LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    told = " / ".join(line.strip() for line in lines[-TOLD_LINES:] if line.strip())
    return f" Its log ends: {told}" if told else ""


def ask(client: Client, request: Request) -> list[Received]:
    """Send a request and wait for all its answers."""
    return _answers(client, client.send(request))


def upload(client: Client, path: Path) -> str:
    """Bring a file to the backend; returns its sha256."""
    return next(event.sha256 for event, _ in _answers(client, client.upload(path)) if isinstance(event, Uploaded))


def _answers(client: Client, request: int) -> list[Received]:
    """All events of a request, to its last one.

    Raises:
        BackendError: it failed, or takes minutes.
    """
    answers: list[Received] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not any(isinstance(event, LAST_EVENTS) for event, _ in answers):
        if time.monotonic() > deadline:
            raise BackendError("The backend that is measured does not answer.", _HINT)
        client.wait(0.1)
        answers += [received for received in client.poll() if received.event.id == request]
    last = answers[-1].event
    if isinstance(last, Failed):
        raise BackendError(last.message, last.hint, last.code)
    return answers


def _ready_client(folder: Path, process: subprocess.Popen) -> Client:
    """Connected, and the renderer has started."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    client: Client | None = None
    while process.poll() is None and time.monotonic() < deadline:
        if client is None:
            connection = find_backend(folder / "backend.json")
            client = Client.connect(connection, "emogene evaluate") if connection else None
            time.sleep(0.02)
            continue
        client.wait(0.1)
        client.poll()
        if client.state not in (ConnectionState.CONNECTING, ConnectionState.READY):
            break
        if client.welcome is not None and client.welcome.ready:
            return client
    if client is not None:
        client.close()
    raise BackendError("The backend that is to be measured does not start.", _HINT)


def main() -> None:
    """Serve until the process that started this one is gone."""
    folder, actors = Path(sys.argv[1]), Path(sys.argv[2])
    take_cores()
    settings = ServiceSettings(cache=folder / "cache", actor_folders=(actors,), parent=os.getppid())
    serve(connection_file=folder / "backend.json", settings=settings)


if __name__ == "__main__":
    main()
