"""Messages to bytes and back. On the wire a message is a list of parts: the first is MessagePack, the others raw."""

import gc
from collections.abc import Sequence
from typing import Any

import msgspec

from .errors import ProtocolError
from .messages import PROTOCOL_VERSION, AnyEvent, AnyRequest, ArraySpec, Event, Request

MAX_REQUEST_BYTES = 32 * 1024 * 1024
"""Largest part that the backend takes. A whole shot is one part: an animated head takes 0.08 MB a minute at 24 fps,
seven emotion curves with a point on every frame 1.2 MB. zmq drops a peer that sends more, before memory is taken."""

MAX_EVENT_BYTES = 256 * 1024 * 1024
"""Largest part that a client takes: a plan of hours, a picture of 4096x4096."""

MAX_PARTS = 16

_LARGE = 2**20

Buffer = bytes | bytearray | memoryview

_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(AnyRequest)
_events = msgspec.msgpack.Decoder(AnyEvent)


class _Greeting(msgspec.Struct, tag_field="type"):
    """What Hello and Welcome have in common in every version; other fields are skipped."""

    protocol: int
    id: int = 0


class _HelloGreeting(_Greeting, tag="hello"):
    """A Hello of any version."""


class _WelcomeGreeting(_Greeting, tag="welcome"):
    """A Welcome of any version."""


_greetings = msgspec.msgpack.Decoder(_HelloGreeting | _WelcomeGreeting)


def encode(message: Request | Event, parts: Sequence[Buffer] = ()) -> list[Buffer]:
    """The message and its raw parts as they go over the wire."""
    return [_encoder.encode(message), *parts]


def decode_request(parts: Sequence[Buffer]) -> tuple[AnyRequest, list[Buffer]]:
    """Read what a client sent.

    Raises:
        ProtocolError: not a request of this protocol version.
    """
    # Structs of a large shot are looked through again and again by the garbage collector while they are made.
    pause = sum(map(len, parts[:1])) > _LARGE and gc.isenabled()
    if pause:
        gc.disable()
    try:
        return _decode(_requests, parts)
    finally:
        if pause:
            gc.enable()


def decode_event(parts: Sequence[Buffer]) -> tuple[AnyEvent, list[Buffer]]:
    """Read what the backend sent.

    Raises:
        ProtocolError: not an event of this protocol version.
    """
    event, raw = _decode(_events, parts)
    specs = getattr(event, "arrays", ())
    if specs and [array_bytes(spec) for spec in specs] != [memoryview(part).nbytes for part in raw]:
        raise ProtocolError("The backend sent arrays of another size than it said.", "Restart the backend.")
    return event, raw


def array_bytes(spec: ArraySpec) -> int:
    """Length of the raw part that `spec` describes."""
    size = 4
    for length in spec.shape:
        size *= length
    return size


def greeting(part: Buffer) -> tuple[int, int] | None:
    """(protocol version, id) of a Hello or Welcome of any version; None if it is neither."""
    try:
        message = _greetings.decode(part)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return message.protocol, message.id


def version_error(theirs: int, other_side: str, this_side: str) -> ProtocolError:
    """The refusal of another protocol version; the sides are "backend" and "add-on"."""
    return ProtocolError(
        f"The {other_side} speaks protocol version {theirs}, the {this_side} speaks {PROTOCOL_VERSION}.",
        f"Update the {other_side if theirs < PROTOCOL_VERSION else this_side}.",
        code="version_mismatch",
    )


def _decode(decoder: Any, parts: Sequence[Buffer]) -> tuple[Any, list[Buffer]]:
    hint = "Update the add-on and the backend to the same release."
    if not 1 <= len(parts) <= MAX_PARTS:
        raise ProtocolError(f"A message has {len(parts)} parts.", hint)
    try:
        return decoder.decode(parts[0]), list(parts[1:])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"A message cannot be read: {error}.", hint) from error
