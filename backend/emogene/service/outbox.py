"""Events on their way to clients. One that does not read costs no more than a fixed number of messages and bytes."""

from collections import deque
from collections.abc import Sequence

import zmq

from emogene_proto.messages import Event
from emogene_proto.wire import Buffer, encode

WAITING_MESSAGES = 64
"""Messages for one client inside zmq."""
WAITING_BYTES = 32 * 2**20
"""Of large parts for one client inside zmq: frames, plans, long lists. A single larger message goes when nothing else
is on its way."""
BACKLOG = 1000
"""Further answers kept for a client that does not read; beyond that it is forgotten. Its jobs go on."""
BACKLOG_BYTES = 16 * 2**20
"""Of these answers, but for a single larger one."""
LARGE = 64 * 1024
"""Bytes of a part that zmq takes without copying it, and tells when it is sent."""


class _Waiting:
    """Answers that wait for a client that does not read."""

    def __init__(self):
        self.messages: deque[list[Buffer]] = deque()
        self.size = 0

    def add(self, message: list[Buffer]) -> bool:
        """False where these are too many, or too large together."""
        self.messages.append(message)
        self.size += _size(message)
        return len(self.messages) <= BACKLOG and (self.size <= BACKLOG_BYTES or len(self.messages) == 1)

    def sent(self) -> None:
        self.size -= _size(self.messages.popleft())


class Outbox:
    """Sends without ever waiting."""

    def __init__(self, socket: zmq.Socket):
        self.use(socket)

    def use(self, socket: zmq.Socket) -> None:
        """Send through this ROUTER, see front_door.py; what waits for the clients of another is forgotten."""
        self._socket = socket
        self._backlog: dict[bytes, _Waiting] = {}
        self._under_way: dict[bytes, deque[tuple[zmq.MessageTracker, int]]] = {}
        self._gone: set[bytes] = set()

    def send(self, client: bytes, event: Event, parts: Sequence[Buffer] = ()) -> None:
        """Send an answer that must arrive; it waits here while the client does not read."""
        if self.offer(client, event, parts) or client in self._gone:
            return
        if not self._backlog.setdefault(client, _Waiting()).add(encode(event, parts)):
            self._lose(client)

    def offer(self, client: bytes, event: Event, parts: Sequence[Buffer] = ()) -> bool:
        """Send if the client reads; False if it has to be offered again later."""
        return client not in self._backlog and self._try(client, encode(event, parts))

    def has_room(self, client: bytes, size: int) -> bool:
        """Whether so many bytes more may be on their way to a client."""
        held = self._bytes_under_way(client)
        return held == 0 or held + size <= WAITING_BYTES

    def flush(self) -> None:
        """Send on what had to wait."""
        for client, waiting in list(self._backlog.items()):
            while waiting.messages and self._try(client, waiting.messages[0]):
                waiting.sent()
            if not waiting.messages:
                self._backlog.pop(client, None)
        for client in [client for client in self._under_way if not self._bytes_under_way(client)]:
            del self._under_way[client]

    def drop(self, client: bytes) -> None:
        """Forget what still waits here for a client."""
        self._backlog.pop(client, None)

    def take_gone(self) -> set[bytes]:
        """Clients that turned out to be gone since the last call."""
        gone, self._gone = self._gone, set()
        return gone

    def _try(self, client: bytes, message: list[Buffer]) -> bool:
        large = [part for part in message if _nbytes(part) >= LARGE]
        if large and not self.has_room(client, sum(map(_nbytes, large))):
            return False
        # A frame that is kept would keep its bytes: only whether zmq is done with them is.
        frames = [zmq.Frame(part, track=True, copy=False) if _nbytes(part) >= LARGE else part for part in message]
        told = [(frame.tracker, len(frame)) for frame in frames if isinstance(frame, zmq.Frame)]
        try:
            self._socket.send_multipart([client, *frames], zmq.NOBLOCK)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            self._lose(client)
            return False
        if told:
            self._under_way.setdefault(client, deque()).extend(told)
        return True

    def _bytes_under_way(self, client: bytes) -> int:
        """Of large parts that zmq still has for a client."""
        told = self._under_way.get(client, deque())
        while told and told[0][0].done:
            told.popleft()
        return sum(size for _, size in told)

    def _lose(self, client: bytes) -> None:
        self._gone.add(client)
        self._backlog.pop(client, None)


def _nbytes(part: Buffer) -> int:
    return part.nbytes if isinstance(part, memoryview) else len(part)


def _size(message: Sequence[Buffer]) -> int:
    return sum(map(_nbytes, message))
