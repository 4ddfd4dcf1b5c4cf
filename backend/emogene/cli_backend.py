"""Commands that talk to a running backend: how they reach it, and how they ask it something."""

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from emogene.cli_grouped_options import option, takes
from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import Connection, find_backend, remote_connection
from emogene_proto.errors import BackendError, EmoGeneError
from emogene_proto.keys import default_client_key_file
from emogene_proto.messages import LAST_EVENTS, AnyEvent, Failed, Request, Welcome

ANSWER_SECONDS = 60.0
"""A backend answers at once; one that has not said a word for so long hangs."""
RECONNECT_SECONDS = 600.0
"""So long a backend that is gone is looked for again: it may be restarted, or a network come back."""
_LISTEN_SECONDS = 0.2
_PAUSE_SECONDS = 1.0
_FINAL_CODES = ("version_mismatch",)
"""What no waiting mends."""


class ConnectionLostError(BackendError):
    """The backend is gone, or cannot be reached any more; its jobs may go on."""


@dataclass(frozen=True)
class BackendOptions:
    """Which backend is meant."""

    connection_file: Path | None = option("Where the backend announces itself.", "the user's own")
    remote: str | None = option("A backend on another computer instead, e.g. tcp://render1:5555.")
    server_key: str | None = option("That backend's public key, which it prints when it starts.")
    key: Path | None = option("This client's key file, for --remote.", "the user's own")


takes_backend = takes("backend", BackendOptions)
"""A command whose parameter `backend` is typed as the options of BackendOptions."""


def connection_to(chosen: BackendOptions) -> Connection:
    """Where that backend is, and how to get in.

    Raises:
        BackendError: none is running there, or that is no address.
        AccessError: one of the keys is none, or others can read the file.
    """
    if chosen.remote is not None:
        if chosen.server_key is None or chosen.connection_file is not None:
            raise typer.BadParameter("--remote goes with --server-key, and without --connection-file.")
        return remote_connection(chosen.remote, chosen.server_key, chosen.key or default_client_key_file())
    if chosen.server_key is not None or chosen.key is not None:
        raise typer.BadParameter("--server-key and --key go with --remote.")
    found = find_backend(chosen.connection_file)
    if found is None:
        where = f" at {chosen.connection_file}" if chosen.connection_file else ""
        raise BackendError(f"No backend is running{where}.", "Start one in Blender, or with `emogene serve`.")
    return found


@contextlib.contextmanager
def connected(chosen: BackendOptions) -> Iterator["Conversation"]:
    """A conversation with that backend; its jobs go on when the block ends.

    Raises:
        BackendError: none is running there, or it does not answer.
        ProtocolError: it is of another version, or does not let this user in.
    """
    conversation = Conversation(chosen)
    try:
        yield conversation
    finally:
        conversation.close()


def _welcomed(connection: Connection) -> Client:
    """A client that the backend has let in.

    Raises:
        BackendError: it does not answer.
        ProtocolError: it is of another version, or does not let this user in.
    """
    client = Client.connect(connection, "emogene jobs")
    try:
        while client.state is ConnectionState.CONNECTING:
            client.wait(_LISTEN_SECONDS)
            client.poll()
        if client.state is not ConnectionState.READY or client.welcome is None:
            raise client.problem or BackendError("The backend does not answer.", "Restart it.")
    except BaseException:
        client.close()
        raise
    return client


class Conversation:
    """Asks one thing after the other. What comes for earlier requests is kept until `heard`."""

    def __init__(self, chosen: BackendOptions):
        """Begin it; raises what `connected` does."""
        self._chosen = chosen
        self._others: deque[AnyEvent] = deque()
        self._reach()

    def _reach(self) -> None:
        connection = connection_to(self._chosen)
        self._client = _welcomed(connection)
        self.address = connection.address

    def reconnect(self, seconds: float) -> None:
        """Reach the backend again where it announces itself now; asks again and again for so long.

        Nothing comes any more for what was sent before, whose ids may come again.

        Raises:
            EmoGeneError: it was not reached in this time, or refuses for good; says why.
        """
        self.close()
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._reach()
                return
            except EmoGeneError as error:  # also keys that do not fit: those of a backend that is just starting
                if error.code in _FINAL_CODES or time.monotonic() > deadline:
                    raise
            time.sleep(_PAUSE_SECONDS)

    def close(self) -> None:
        """Leave; jobs go on."""
        self._client.close()
        self._others.clear()

    @property
    def welcome(self) -> Welcome:
        """What the backend said of itself, the newest."""
        assert self._client.welcome is not None
        return self._client.welcome

    def send(self, request: Request) -> int:
        """Ask without waiting; `heard` brings the answers, which carry the returned id.

        Raises:
            ConnectionLostError: the backend is gone.
        """
        self._check()
        return self._client.send(request)

    def ask(self, request: Request) -> AnyEvent:
        """Ask and wait for the last answer.

        Raises:
            EmoGeneError: the backend refuses, with its own sentence, hint and code.
            ConnectionLostError: it is gone.
            BackendError: it says nothing for a minute.
        """
        request_id = self.send(request)
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            self._client.wait(_LISTEN_SECONDS)
            answer = None
            for event, _ in self._client.poll():
                if event.id == request_id and isinstance(event, LAST_EVENTS):
                    answer = event
                else:
                    self._others.append(event)
            self._check()
            if isinstance(answer, Failed):
                raise EmoGeneError(answer.message, answer.hint, answer.code)
            if answer is not None:
                return answer
        raise BackendError(
            f"The backend has said nothing for {ANSWER_SECONDS:.0f} s.", "Restart it; its jobs are kept."
        )

    def heard(self, seconds: float) -> list[AnyEvent]:
        """Let so much time pass; what came meanwhile and before for requests that were sent.

        Raises:
            ConnectionLostError: the backend is gone.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._client.wait(min(left, _LISTEN_SECONDS))
            self._others.extend(event for event, _ in self._client.poll())
            self._check()
        events = list(self._others)
        self._others.clear()
        return events

    def _check(self) -> None:
        problem = self._client.problem
        if problem is None:
            return
        if self._client.state is ConnectionState.LOST:
            raise ConnectionLostError(problem.message, problem.hint, problem.code)
        raise problem
