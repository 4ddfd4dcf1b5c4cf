"""Every type of request from those without an allowed key, and what comes back."""

import contextlib
import time

import msgspec
import zmq
from running_backend import raw_dealer

from emogene_proto.connection import Connection
from emogene_proto.keys import new_keys
from emogene_proto.messages import Request, UploadPiece
from emogene_proto.wire import encode

PATIENCE_SECONDS = 1.0


def strangers(connection: Connection) -> dict[str, Connection]:
    """Ways to come without an allowed key."""
    stranger = msgspec.structs.replace(connection, secret_key=new_keys().secret)
    return {
        "no encryption": msgspec.structs.replace(connection, secret_key="", server_key=""),
        "unknown key": stranger,
        "wrong server key": msgspec.structs.replace(stranger, server_key=new_keys().public),
    }


def unauthorised_answers(connection: Connection, requests: tuple[Request, ...]) -> dict[str, int]:
    """For each way in, how many messages came back: each request over a connection of its own, and all over one."""
    return {way: _answers(there, requests) for way, there in strangers(connection).items()}


def _answers(connection: Connection, requests: tuple[Request, ...]) -> int:
    with zmq.Context() as context, contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(raw_dealer(context, connection)) for _ in range(len(requests) + 1)]
        for stranger, request in zip(sockets, requests, strict=False):
            _offer(stranger, request)
        for request in requests:
            _offer(sockets[-1], request)
        time.sleep(PATIENCE_SECONDS)
        return sum(_read(stranger) for stranger in sockets)


def _offer(socket: zmq.Socket, request: Request) -> None:
    """Send, unless zmq itself has given the connection up."""
    with contextlib.suppress(zmq.Again):
        socket.send_multipart(encode(request, [b"x"] if isinstance(request, UploadPiece) else []), zmq.NOBLOCK)


def _read(socket: zmq.Socket) -> int:
    count = 0
    while socket.poll(0):
        socket.recv_multipart()
        count += 1
    return count
