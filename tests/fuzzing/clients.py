"""Clients with a key that behave badly: they flood, never read, send without end, or break conversations."""

import contextlib
import random
from collections.abc import Sequence

import zmq
from running_backend import raw_dealer

from emogene_proto.connection import Connection
from emogene_proto.errors import ProtocolError
from emogene_proto.messages import PROTOCOL_VERSION, Failed, Hello, ListJobs, RenderRange, StreamFrames, Watch
from emogene_proto.shot import Shot
from emogene_proto.wire import MAX_REQUEST_BYTES, Buffer, decode_event, encode

from .conversation import Message, broken
from .messages import Messages, nonsense

CASES_A_SOCKET = 150
"""Messages over one connection, before another one is made."""
SILENT = 12
"""Clients that never read, held at once."""


class BadClients:
    """Some connections, and what was wrong with the answers that came over them."""

    def __init__(self, connection: Connection, shot: Shot, conversation: Sequence[Message], job: str):
        self._connection, self._shot, self._job = connection, shot, job
        self._conversation = conversation
        self._messages = Messages(shot, job)
        self._context = zmq.Context()
        self._context.max_sockets = 4096
        self._socket: zmq.Socket | None = None
        self._said = 0
        self._silent: list[zmq.Socket] = []
        self.problems: list[str] = []

    def message(self, chance: random.Random) -> None:
        """One hostile message over a connection that has said hello, mostly."""
        if self._socket is None or self._said >= CASES_A_SOCKET:
            self._renew(hello=chance.random() < 0.9)
        self._send(self._messages.one(chance) if chance.random() < 0.9 else nonsense(chance))
        self._said += 1
        self._read()

    def conversation(self, chance: random.Random) -> None:
        """One broken copy of a real conversation."""
        self._renew(hello=False)
        for message in broken(self._conversation, chance):
            self._send(message)
        self._read(5)

    def nuisance(self, chance: random.Random) -> None:
        """Somebody who asks much and reads nothing, or sends what never ends."""
        socket = self._dealer(reads=False)
        socket.send_multipart(encode(Hello(id=1, protocol=PROTOCOL_VERSION, client="nuisance")))
        how = chance.randrange(6)
        with contextlib.suppress(zmq.Again):
            if how == 0:
                for number in range(300):
                    socket.send_multipart(encode(ListJobs(id=number)))
            elif how == 1:
                socket.send_multipart(encode(RenderRange(id=2, shot=self._shot, first=1, last=9, credit=0)))
            elif how == 2:
                stream = StreamFrames(id=2, shot=self._shot, first=1, last=9, width=64, height=64)
                socket.send_multipart(encode(stream))
            elif how == 3:
                for number in range(70):
                    socket.send_multipart(encode(Watch(id=number, job=self._job, credit=1000)))
            elif how == 4:
                for _ in range(30):
                    socket.send(bytes(200_000), zmq.SNDMORE)
            else:
                socket.send(bytes(chance.choice((2**20, MAX_REQUEST_BYTES, MAX_REQUEST_BYTES + 1))))
        self._silent.append(socket)
        while len(self._silent) > SILENT:
            self._silent.pop(0).close()

    def leave(self) -> None:
        """Close what is open; the next case connects anew."""
        for socket in (*self._silent, *([self._socket] if self._socket else [])):
            socket.close()
        self._silent.clear()
        self._socket = None

    def close(self) -> None:
        self.leave()
        self._context.term()

    def _dealer(self, reads: bool = True) -> zmq.Socket:
        socket = raw_dealer(self._context, self._connection)
        socket.sndtimeo = 5000
        socket.sndhwm = 2000
        if not reads:
            socket.rcvhwm = 1
        return socket

    def _renew(self, hello: bool) -> None:
        if self._socket is not None:
            self._read(2)
            self._socket.close()
        self._socket, self._said = self._dealer(), 0
        if hello:
            self._send(encode(Hello(id=1, protocol=PROTOCOL_VERSION, client="fuzz")))

    def _send(self, message: Message) -> None:
        assert self._socket is not None
        with contextlib.suppress(zmq.Again):
            self._socket.send_multipart(message)

    def _read(self, patience_ms: int = 0) -> None:
        """What has come; all of it must be events, and none may tell of an error inside the backend."""
        assert self._socket is not None
        while self._socket.poll(patience_ms):
            parts: list[Buffer] = list(self._socket.recv_multipart())
            try:
                event, _ = decode_event(parts)
            except ProtocolError as error:
                self.problems.append(f"an answer that cannot be read: {error}")
                continue
            if isinstance(event, Failed) and event.code == "internal":
                self.problems.append("an internal error")
