"""What an EXR file says beside its pixels, put in and taken out without touching these.

A header is a list of attributes (name, type, size, value) that ends with a zero byte; a table of places in the file
follows, one for each block of lines. What makes the header longer moves all these places by as much.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from emogene_proto.errors import RenderError

_START = 8
"""Bytes of magic number and version."""
_ZIP_LINES = 16
"""Lines of a block, as `exr.py` packs them."""


@dataclass(frozen=True)
class Attribute:
    """A value as it stands in the file."""

    kind: str
    """Its type's name in the format."""
    value: bytes


def whole_number(value: int) -> Attribute:
    """A 32-bit number."""
    return Attribute("int", struct.pack("<i", value))


def text(value: str) -> Attribute:
    """UTF-8 text."""
    return Attribute("string", value.encode())


def rational(value: Fraction) -> Attribute:
    """A fraction, as the standard attribute `framesPerSecond` has it."""
    return Attribute("rational", struct.pack("<iI", value.numerator, value.denominator))


def attributes(content: bytes) -> dict[str, Attribute]:
    """All attributes of a file of one part, in their order.

    Raises:
        RenderError: not such a file.
    """
    return _read(content)[0]


def with_attributes(content: bytes, added: Mapping[str, Attribute]) -> bytes:
    """The same picture with these attributes in its header, in place of those of the same names.

    Raises:
        RenderError: not an EXR file of one part as `exr.py` writes it.
    """
    found, end = _read(content)
    header = bytearray(content[:_START])
    for name, attribute in ({name: each for name, each in found.items() if name not in added} | dict(added)).items():
        header += name.encode() + b"\0" + attribute.kind.encode() + b"\0"
        header += struct.pack("<i", len(attribute.value)) + attribute.value
    header += b"\0"
    blocks = _blocks(found)
    table = struct.unpack_from(f"<{blocks}Q", content, end)
    moved = struct.pack(f"<{blocks}Q", *(place + len(header) - end for place in table))
    return bytes(header) + moved + content[end + 8 * blocks :]


def _read(content: bytes) -> tuple[dict[str, Attribute], int]:
    """The attributes, and where the table begins."""
    found: dict[str, Attribute] = {}
    at = _START
    try:
        while content[at]:
            name, kind_at = _name(content, at)
            kind, size_at = _name(content, kind_at)
            (size,) = struct.unpack_from("<i", content, size_at)
            at = size_at + 4 + size
            if size < 0 or at >= len(content):
                raise IndexError
            found[name] = Attribute(kind, content[size_at + 4 : at])
    except (IndexError, ValueError, struct.error) as error:
        raise RenderError("This is not an EXR file.", "Render the frame again.") from error
    return found, at + 1


def _name(content: bytes, at: int) -> tuple[str, int]:
    """Text up to a zero, and where the next thing begins."""
    end = content.index(b"\0", at)
    return content[at:end].decode(), end + 1


def _blocks(found: Mapping[str, Attribute]) -> int:
    try:
        _, top, _, bottom = struct.unpack("<4i", found["dataWindow"].value)
    except (KeyError, struct.error) as error:
        raise RenderError("This EXR file does not say how large it is.", "Render the frame again.") from error
    return -(-(bottom - top + 1) // _ZIP_LINES)
