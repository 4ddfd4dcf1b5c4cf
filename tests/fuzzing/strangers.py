"""Every type of request from those without an allowed key, and what comes back."""

import contextlib
import time
from collections.abc import Sequence

import msgspec
import zmq
from running_backend import raw_dealer

from emogene_proto.connection import Connection
from emogene_proto.keys import new_keys
from emogene_proto.messages import Credit, Request, Shutdown, StreamClock, UploadPiece
from emogene_proto.wire import Buffer, decode_event, encode

PATIENCE_SECONDS = 1.0
LONGEST_SECONDS = 20.0
SILENT = (Credit, StreamClock, UploadPiece)
"""Requests that nothing answers when they are in order."""

Message = list[Buffer]


def strangers(connection: Connection) -> dict[str, Connection]:
    """Ways to come without an allowed key."""
    stranger = msgspec.structs.replace(connection, secret_key=new_keys().secret)
    return {
        "no encryption": msgspec.structs.replace(connection, secret_key="", server_key=""),
        "unknown key": stranger,
        "wrong server key": msgspec.structs.replace(stranger, server_key=new_keys().public),
    }


def unauthorised_answers(
    connection: Connection, requests: tuple[Request, ...], seconds: float = PATIENCE_SECONDS
) -> dict[str, int]:
    """For each way in, how many messages came back: each request over a connection of its own, and all over one."""
    return {
        way: sum(map(len, _answers(there, requests, requests, seconds))) for way, there in strangers(connection).items()
    }


def seconds_until_answered(connection: Connection, requests: tuple[Request, ...]) -> float:
    """Who has the key sends the same in the same way, and waits so long until everything is answered.

    Over a connection of its own each request is refused aloud, since it has said no hello; over one connection, which
    begins with a Hello, each is answered by its id. Shutdown, which would be obeyed there, is left out of the latter.

    Raises:
        AssertionError: something is not answered: that strangers get no answer would mean nothing then.
    """
    together = tuple(one for one in requests if not isinstance(one, Shutdown))
    seconds = PATIENCE_SECONDS
    while True:
        *alone, last = _answers(connection, requests, together, seconds)
        answered = {decode_event(message)[0].id for message in last}
        silent = [one for one, messages in zip(requests, alone, strict=True) if not messages]
        silent += [one for one in together if not isinstance(one, SILENT) and one.id not in answered]
        if not silent:
            return seconds
        seconds *= 2.0
        if seconds > LONGEST_SECONDS:
            names = ", ".join(sorted({type(one).__name__ for one in silent}))
            raise AssertionError(f"with an allowed key these were not answered: {names}")


def _answers(
    connection: Connection, alone: Sequence[Request], together: Sequence[Request], seconds: float
) -> list[list[Message]]:
    """What came back over the connection of each request of `alone`, and at last over the one of all of `together`."""
    with zmq.Context() as context, contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(raw_dealer(context, connection)) for _ in range(len(alone) + 1)]
        for socket, request in zip(sockets, alone, strict=False):
            _offer(socket, request)
        for request in together:
            _offer(sockets[-1], request)
        time.sleep(seconds)
        return [_read(socket) for socket in sockets]


def _offer(socket: zmq.Socket, request: Request) -> None:
    """Send, unless zmq itself has given the connection up."""
    with contextlib.suppress(zmq.Again):
        socket.send_multipart(encode(request, [b"x"] if isinstance(request, UploadPiece) else []), zmq.NOBLOCK)


def _read(socket: zmq.Socket) -> list[Message]:
    messages: list[Message] = []
    while socket.poll(0):
        messages.append(list(socket.recv_multipart()))
    return messages
