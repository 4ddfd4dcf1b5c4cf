"""Values, bytes and documents made to do harm."""

import math
import random
from typing import Any

import msgspec

NUMBERS = (
    *(0, -1, 1, 7, 16, 255, 4096, 65_536, 500_001, 2**31 - 1, 2**31, -(2**31), 2**53 - 1, 2**53, 2**63 - 1, -(2**63)),
    *(2**64 - 1, 0.0, -0.0, 1e-320, -1e308, 1e308, math.nan, math.inf, -math.inf, 0.1, 1.0, 24.0),
)
TEXTS = (
    *("", "\0", "..", "../../../../etc/passwd", "/dev/zero", "CON", "NUL", "C:\\Windows\\win.ini", "\\\\host\\share"),
    *("bundled", "pack", "a" * 3000, "\u202e\ud7ff\n\r\x1b[2J", "%s%s%n", "'; DROP TABLE jobs; --", "happy", "final"),
    *("f" * 64, "0" * 12, "#808080", "cuda", "torch", "file:///etc/passwd", "$(reboot)", "\U0001f47e" * 50),
)
CLAIMS = (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff")
"""Beginnings of an array, a map, a text and bytes with four thousand million entries."""


def value(chance: random.Random, depth: int = 0) -> Any:
    """Anything that MessagePack and JSON can say, and what only the former can."""
    kind = chance.randrange(9 if depth < 4 else 5)
    if kind < 2:
        return chance.choice(NUMBERS)
    if kind == 2:
        return chance.choice(TEXTS)
    if kind == 3:
        return chance.choice((None, True, False))
    if kind == 4:
        return chance.randbytes(chance.randrange(40))
    if kind == 5:
        return [value(chance, depth + 1) for _ in range(chance.randrange(5))]
    if kind == 6:
        return {chance.choice(TEXTS): value(chance, depth + 1) for _ in range(chance.randrange(4))}
    if kind == 7:
        return [[0.0] * 6] * chance.choice((1, 100, 3000))
    return msgspec.msgpack.Ext(chance.randrange(-128, 128), chance.randbytes(9))


def changed(document: Any, chance: random.Random, hostile: Any = value) -> Any:
    """A copy of a document of dictionaries and lists with something in it replaced, lost, doubled or added."""
    if isinstance(document, dict) and document and chance.random() < 0.85:
        key = chance.choice(sorted(document))
        copy = dict(document)
        how = chance.randrange(12)
        if how == 0:
            del copy[key]
        elif how == 1:
            copy[chance.choice(TEXTS)] = hostile(chance)
        else:
            copy[key] = changed(document[key], chance, hostile)
        return copy
    if isinstance(document, list | tuple) and document and chance.random() < 0.85:
        copy = list(document)
        place = chance.randrange(len(copy))
        how = chance.randrange(8)
        if how == 0:
            del copy[place]
        elif how == 1:
            copy *= chance.choice((2, 50))
        else:
            copy[place] = changed(copy[place], chance, hostile)
        return copy
    return hostile(chance)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Bytes with some of them changed, cut out, doubled, put in, or cut off."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data) + 1)
        how = chance.randrange(6)
        if how < 2 and place < len(data):
            data[place] = chance.randrange(256)
        elif how == 2:
            del data[place : place + chance.choice((1, 4, 64))]
        elif how == 3:
            data[place:place] = data[place : place + chance.choice((1, 8, 200))]
        elif how == 4:
            data[place:place] = chance.choice((chance.randbytes(8), *CLAIMS, b"\xff" * 8, bytes(8)))
        elif chance.random() < 0.3:
            del data[place:]
    return bytes(data)


def json_value(chance: random.Random) -> Any:
    """As `value`, but of JSON, whose writer knows no bytes."""
    made = value(chance)
    return chance.choice(NUMBERS) if isinstance(made, bytes | msgspec.msgpack.Ext) else _plain(made)


def _plain(made: Any) -> Any:
    if isinstance(made, list):
        return [_plain(one) for one in made]
    if isinstance(made, dict):
        return {name: _plain(one) for name, one in made.items()}
    return None if isinstance(made, bytes | msgspec.msgpack.Ext) else made
