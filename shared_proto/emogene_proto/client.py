"""A client that never blocks: Blender calls `poll` from a timer, everything else returns at once.

    client = Client.connect(find_backend(), name="Blender 5.0")
    upload = client.upload(Path("voice.wav"))
    ...
    for event, parts in client.poll():
        match event:
            case Uploaded(id=upload):  plan = client.send(PlanShot(shot=shot))
            case ShotPlanned():        landmarks, weights, poses, gaze = parts
            case FrameDone():          client.add_credit(event.id, 1)
            case Failed():             show(event.message, event.hint)

A client that stays silent, for minutes or for good, costs its jobs nothing: they belong to the backend.
"""

import enum
import threading
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

import msgspec
import zmq

from .addresses import parse_address
from .connection import Connection
from .errors import AccessError, BackendError, EmoGeneError, ProtocolError, ShotError
from .handshake import Handshake
from .keys import is_key, public_of
from .messages import LAST_EVENTS, PROTOCOL_VERSION, AnyEvent, Credit, Failed, Hello, Request, StreamClock, Welcome
from .upload import FileUpload
from .wire import MAX_EVENT_BYTES, MAX_REQUEST_BYTES, Buffer, decode_event, encode, greeting, version_error

CONNECT_SECONDS = 10.0
HEARTBEAT_SECONDS = 15.0
"""How often a backend on another computer is asked for a sign of life; after twice as long it counts as gone."""


class ConnectionState(enum.Enum):
    CONNECTING = "connecting"
    READY = "ready"
    REFUSED = "refused"
    """The backend does not take this client: other version, wrong key. `Client.problem` says why."""
    LOST = "lost"
    """The backend is gone or never answered. Its jobs may go on: connect a new Client and send Watch or ListJobs."""
    CLOSED = "closed"


class Received(NamedTuple):
    """One event and its raw parts (memoryviews: hand them to numpy.frombuffer or to a file)."""

    event: AnyEvent
    parts: list[Buffer]


class Client:
    """One connection to a backend. Make it with `Client.connect`, end it with `close`."""

    def __init__(
        self, connection: Connection, name: str = "", connect_seconds: float = CONNECT_SECONDS, parent: int = 0
    ):
        self.state = ConnectionState.CONNECTING
        self.problem: EmoGeneError | None = None
        """Why the state is REFUSED or LOST."""
        self.welcome: Welcome | None = None
        """What the backend said of itself, the newest."""
        self._deadline = time.monotonic() + connect_seconds
        self._last_id = 0
        self._open: set[int] = set()
        self._unsent: deque[list[Buffer]] = deque()
        self._uploads: dict[int, FileUpload] = {}
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.linger = 0
        self._socket.maxmsgsize = MAX_EVENT_BYTES
        self._socket.reconnect_ivl = -1
        self._socket.rcvhwm = 0  # credit is the limit; a pipe that is full would not answer heartbeats
        self._handshake = Handshake(self._socket, connection)
        self._slow_name = False
        self._connect(connection, name, parent)

    @classmethod
    def connect(
        cls, connection: Connection, name: str = "", connect_seconds: float = CONNECT_SECONDS, parent: int = 0
    ) -> "Client":
        """Begin to connect; returns at once. `poll` then moves `state` to READY, REFUSED or LOST.

        Args:
            connection: from `connection.find_backend` or `connection.remote_connection`.
            name: who this is, for the backend's log.
            parent: process that takes the backend over if the one that started it is gone; 0 is none.
        """
        return cls(connection, name, connect_seconds, parent)

    def send(self, request: Request) -> int:
        """Send a request, or keep it until the connection is ready; returns the id that its answers will carry.

        Raises:
            BackendError: the connection is refused, lost or closed.
            ShotError: the shot is longer than the backend takes.
        """
        self._check_usable()
        request_id = self._next_id()
        message = encode(msgspec.structs.replace(request, id=request_id))
        if len(message[0]) > MAX_REQUEST_BYTES:  # zmq would end the connection without a word
            raise ShotError("This shot has too much animation for one request.", "Cut the voice into shorter shots.")
        if not isinstance(request, Credit | StreamClock):
            self._open.add(request_id)
        self._unsent.append(message)
        self._flush()
        return request_id

    def upload(self, path: Path) -> int:
        """Bring a file to the backend during the coming polls; ends with Uploaded (which has the sha256) or Failed.

        Raises:
            BackendError: the connection is refused, lost or closed.
        """
        self._check_usable()
        request_id = self._next_id()
        self._open.add(request_id)
        self._uploads[request_id] = FileUpload(request_id, path)
        return request_id

    def add_credit(self, request_id: int, frames: int) -> None:
        """Let the backend send `frames` more frames for a request."""
        self.send(Credit(to=request_id, frames=frames))

    def is_open(self, request_id: int) -> bool:
        """Whether an answer to this request may still come."""
        return request_id in self._open

    def poll(self, budget_seconds: float = 0.004) -> list[Received]:
        """What has come since the last poll. Never blocks; stops after about `budget_seconds` and goes on next time."""
        deadline = time.monotonic() + budget_seconds
        received: list[Received] = []
        if self.state not in (ConnectionState.CONNECTING, ConnectionState.READY):
            return self._fail_open(received)
        drained = self._receive(received, deadline)
        if drained and (problem := self._handshake.look()):
            refused = isinstance(problem, AccessError | ProtocolError)
            self._end(ConnectionState.REFUSED if refused else ConnectionState.LOST, problem)
        elif self.state is ConnectionState.CONNECTING and time.monotonic() > self._deadline:
            self._end(ConnectionState.LOST, self._handshake.no_answer())
        if self.state in (ConnectionState.REFUSED, ConnectionState.LOST):
            return self._fail_open(received)
        self._flush()
        self._step_uploads(received, deadline)
        return received

    def wait(self, seconds: float) -> None:
        """Sleep until something has come or `seconds` have passed: for programs without a window, between polls."""
        if self._socket.closed or self._uploads:
            return
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._handshake.monitor, zmq.POLLIN)
        poller.poll(int(seconds * 1000))

    def close(self) -> None:
        """Leave; jobs go on. May be called twice."""
        self._open.clear()
        self._release()
        self.state = ConnectionState.CLOSED

    def _connect(self, connection: Connection, name: str, parent: int) -> None:
        if connection.protocol != PROTOCOL_VERSION:
            self._end(ConnectionState.REFUSED, version_error(connection.protocol, "backend", "add-on"))
            return
        try:
            self._encrypt(connection)
            address = parse_address(connection.address)
            self._socket.ipv6 = ":" in address.host
            if not address.is_loopback:
                self._socket.heartbeat_ivl = int(1000 * HEARTBEAT_SECONDS)
                self._socket.heartbeat_timeout = int(2000 * HEARTBEAT_SECONDS)
            self._slow_name = not (address.is_loopback or address.is_number)
            self._socket.connect(str(address))
        except EmoGeneError as problem:
            self._end(ConnectionState.REFUSED, problem)
            return
        except zmq.ZMQError:
            problem = BackendError(f"{connection.address} is no address.", "Use e.g. tcp://127.0.0.1:5555.")
            self._end(ConnectionState.REFUSED, problem)
            return
        self._try_send(encode(Hello(id=self._next_id(), protocol=PROTOCOL_VERSION, client=name, parent=parent)))

    def _encrypt(self, connection: Connection) -> None:
        public = public_of(connection.secret_key)
        if not is_key(connection.server_key):
            raise AccessError("The backend's key is damaged.", "Start the backend again, or copy its key again.")
        self._socket.curve_publickey = public.encode()
        self._socket.curve_secretkey = connection.secret_key.encode()
        self._socket.curve_serverkey = connection.server_key.encode()

    def _receive(self, received: list[Received], deadline: float) -> bool:
        """Read messages; True when nothing more is waiting."""
        while True:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return True
            parts: list[Buffer] = [frame.buffer for frame in frames]
            try:
                event, raw = decode_event(parts)
            except ProtocolError as error:
                self._refuse_message(parts, error)
                return False
            self._take(Received(event, raw), received)
            if self._socket.closed:
                return False
            if time.monotonic() >= deadline:
                return False

    def _take(self, message: Received, received: list[Received]) -> None:
        event = message.event
        received.append(message)
        if upload := self._uploads.get(event.id):
            upload.handle(event)
        if isinstance(event, LAST_EVENTS):
            self._open.discard(event.id)
            self._uploads.pop(event.id, None)
        if isinstance(event, Welcome):
            self.welcome = event
            if event.protocol != PROTOCOL_VERSION:
                self._end(ConnectionState.REFUSED, version_error(event.protocol, "backend", "add-on"))
            elif self.state is ConnectionState.CONNECTING:
                self.state = ConnectionState.READY
        elif isinstance(event, Failed) and (self.state is ConnectionState.CONNECTING or _is_expulsion(event)):
            self._end(ConnectionState.REFUSED, ProtocolError(event.message, event.hint, event.code))

    def _refuse_message(self, parts: list[Buffer], error: ProtocolError) -> None:
        theirs = greeting(parts[0])
        if theirs is not None and theirs[0] != PROTOCOL_VERSION:
            error = version_error(theirs[0], "backend", "add-on")
        self._end(ConnectionState.REFUSED, error)

    def _flush(self) -> None:
        while self._unsent and self.state is ConnectionState.READY and self._try_send(self._unsent[0]):
            self._unsent.popleft()

    def _try_send(self, message: list[Buffer]) -> bool:
        try:
            self._socket.send_multipart(message, zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def _step_uploads(self, received: list[Received], deadline: float) -> None:
        """The first upload goes on; the others wait for it."""
        for upload in list(self._uploads.values())[:1]:
            try:
                self._unsent.extend(upload.step(deadline))
            except EmoGeneError as error:
                failed = Failed(id=upload.id, code=error.code, message=error.message, hint=error.hint)
                self._take(Received(failed, []), received)
        self._flush()

    def _fail_open(self, received: list[Received]) -> list[Received]:
        """Every request that can no longer be answered gets its Failed, once."""
        if self.problem is not None:
            for request_id in sorted(self._open):
                failed = Failed(
                    id=request_id, code="connection_lost", message=self.problem.message, hint=self.problem.hint
                )
                received.append(Received(failed, []))
        self._open.clear()
        return received

    def _end(self, state: ConnectionState, problem: EmoGeneError) -> None:
        self.state = state
        self.problem = problem
        self._release()

    def _release(self) -> None:
        self._unsent.clear()
        self._uploads.clear()
        if not self._socket.closed:
            self._handshake.close()
            self._socket.close()
            if self._slow_name:  # zmq may still be looking it up, for as long as the system's resolver takes
                threading.Thread(target=self._context.term, daemon=True).start()
            else:
                self._context.term()

    def _check_usable(self) -> None:
        if self.state not in (ConnectionState.CONNECTING, ConnectionState.READY):
            raise self.problem or BackendError("The connection is closed.", "Connect again.")

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id


def _is_expulsion(event: Failed) -> bool:
    """Whether the backend has ended this connection: an id of 0 is no request's."""
    return event.id == 0 and event.code == "refused"
