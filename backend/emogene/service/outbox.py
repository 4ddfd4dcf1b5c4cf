"""Events on their way to clients. A client that does not read costs no more than a fixed number of messages."""

from collections import deque
from collections.abc import Sequence

import zmq

from emogene_proto.messages import Event
from emogene_proto.wire import Buffer, encode

WAITING_MESSAGES = 64
"""Messages for one client inside zmq."""
BACKLOG = 1000
"""Further answers kept for a client that does not read; beyond that it is forgotten. Its jobs go on."""


class Outbox:
    """Sends without ever waiting."""

    def __init__(self, socket: zmq.Socket):
        socket.sndhwm = WAITING_MESSAGES
        socket.router_mandatory = True
        self._socket = socket
        self._backlog: dict[bytes, deque[list[Buffer]]] = {}
        self._gone: set[bytes] = set()

    def send(self, client: bytes, event: Event, parts: Sequence[Buffer] = ()) -> None:
        """Send an answer that must arrive; it waits here while the client does not read."""
        if self.offer(client, event, parts) or client in self._gone:
            return
        backlog = self._backlog.setdefault(client, deque())
        backlog.append(encode(event, parts))
        if len(backlog) > BACKLOG:
            self._lose(client)

    def offer(self, client: bytes, event: Event, parts: Sequence[Buffer] = ()) -> bool:
        """Send if the client reads; False if it has to be offered again later."""
        return client not in self._backlog and self._try(client, encode(event, parts))

    def flush(self) -> None:
        """Send on what had to wait."""
        for client, backlog in list(self._backlog.items()):
            while backlog and self._try(client, backlog[0]):
                backlog.popleft()
            if not backlog:
                self._backlog.pop(client, None)

    def drop(self, client: bytes) -> None:
        """Forget what still waits here for a client."""
        self._backlog.pop(client, None)

    def take_gone(self) -> set[bytes]:
        """Clients that turned out to be gone since the last call."""
        gone, self._gone = self._gone, set()
        return gone

    def _try(self, client: bytes, message: list[Buffer]) -> bool:
        try:
            self._socket.send_multipart([client, *message], zmq.NOBLOCK)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            self._lose(client)
            return False
        return True

    def _lose(self, client: bytes) -> None:
        self._gone.add(client)
        self._backlog.pop(client, None)
