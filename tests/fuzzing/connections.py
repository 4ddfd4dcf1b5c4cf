"""What comes to the port without ZeroMQ: half-open connections, random bytes, greetings that break off."""

import contextlib
import random
import socket
import struct
import sys
import time
from collections.abc import Callable

from emogene_proto.addresses import parse_address

from .hostile import damaged

_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""Of SO_LINGER: closing sends a reset."""
HELD = 40
"""Connections that stay half open at once."""
_TLS = bytes.fromhex("16030100c8010000c40303") + bytes(190)


def greeting(mechanism: bytes = b"CURVE", as_server: bool = False) -> bytes:
    """ZMTP 3.1: signature, version, mechanism, role, filler."""
    return b"\xff" + bytes(8) + b"\x7f\x03\x01" + mechanism.ljust(20, b"\0") + bytes([as_server]) + bytes(31)


def command(name: bytes, body: bytes) -> bytes:
    """A ZMTP command frame."""
    content = bytes([len(name)]) + name + body
    short = len(content) < 256
    size = bytes([len(content)]) if short else len(content).to_bytes(8, "big")
    return bytes([4 if short else 6]) + size + content


class BareConnections:
    """TCP connections of somebody without any manners."""

    def __init__(self, address: str):
        there = parse_address(address)
        self._address = (there.host, there.port)
        self._held: list[socket.socket] = []

    def case(self, chance: random.Random) -> None:
        """One connection: it says something, or nothing, and is closed, reset, or left half open."""
        with contextlib.suppress(OSError):  # the backend may close first, which is its right
            self._one(chance)

    def fill(self, size: int, measure: Callable[[], int]) -> int:
        """Begin a frame larger than `size`, send so much of it, and keep it waiting; what `measure` says then."""
        with contextlib.suppress(OSError):  # the backend may close, also its door for a moment
            one = socket.create_connection(self._address, timeout=5.0)
            self._held.append(one)
            one.sendall(greeting() + b"\x06" + (size + 1000).to_bytes(8, "big") + bytes(size))
        time.sleep(0.1)
        return measure()

    def close(self) -> None:
        for one in self._held:
            one.close()
        self._held.clear()

    def _one(self, chance: random.Random) -> None:
        one = socket.create_connection(self._address, timeout=5.0)
        try:
            said = self._words(chance)
            if chance.random() < 0.1:
                for at in range(min(len(said), 80)):
                    one.send(said[at : at + 1])
            else:
                one.sendall(said)
        finally:
            end = chance.randrange(4)
            if end == 0:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            if end < 3:
                one.close()
            else:
                self._hold(one, chance)

    def _hold(self, one: socket.socket, chance: random.Random) -> None:
        if chance.random() < 0.5:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_WR)
        self._held.append(one)
        while len(self._held) > HELD:
            self._held.pop(0).close()

    def _words(self, chance: random.Random) -> bytes:
        hello = command(b"HELLO", b"\1\0" + bytes(72) + chance.randbytes(32 + 8 + 80))
        choices = (
            b"",
            chance.randbytes(chance.choice((1, 10, 64, 3000))),
            greeting()[: chance.randrange(64)],
            greeting() + chance.randbytes(chance.choice((1, 9, 200, 60_000))),
            greeting() + hello,
            greeting() + damaged(hello, chance),
            damaged(greeting() + hello, chance),
            greeting(b"NULL") + command(b"READY", b"\x0bSocket-Type\0\0\0\6DEALER") + b"\0\x05hello",
            greeting(b"PLAIN") + command(b"HELLO", b"\4user\4pass"),
            greeting(as_server=True) + command(b"WELCOME", bytes(160)),
            greeting() + hello + command(b"INITIATE", chance.randbytes(300)),
            greeting() + command(chance.choice((b"PING", b"ERROR", b"MESSAGE", b"SUBSCRIBE")), chance.randbytes(20)),
            greeting()
            + b"\x06"
            + chance.choice((2**63 - 1, 2**31, 33 * 2**20, 100_000)).to_bytes(8, "big")
            + bytes(5000),
            greeting() + b"\x02" + (2**20).to_bytes(8, "big") + bytes(1000),
            b"\x0a\0identity" + bytes(30),
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            _TLS,
        )
        return chance.choice(choices)
