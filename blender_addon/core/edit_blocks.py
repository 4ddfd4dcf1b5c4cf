# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of one frame as they are kept in the .blend: short text, which is only unpacked where somebody asks.

A layer of all points on every frame of a minute has 100,000 edits; unpacking them all takes longer than a redraw may.
"""

import binascii
import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from ..emogene_proto.names import LANDMARK_COUNT
from ..emogene_proto.shot import LandmarkEdit

Offset = tuple[float, float, float]

_FIRST = ord("0")
"""Point 0 is written as 0, 17 as A, 67 as s."""
_STEPS = 1e6
"""Offsets are kept in thousandths of a millimetre."""
_LETTERS = 16
"""Of one packed offset: three numbers of four bytes, in base 64."""


class EditBlock(msgspec.Struct, frozen=True):
    """Points that were moved on one frame, and that go with the same strip."""

    frame: float
    anchor: int
    points: str
    """One letter a point, each once."""
    packed: str
    """Their offsets, in the same order."""


def block_of(frame: float, anchor: int, offsets: Mapping[int, Offset]) -> EditBlock:
    numbers = [round(_STEPS * part) for offset in offsets.values() for part in offset]
    points = "".join([chr(_FIRST + point) for point in offsets])
    packed = binascii.b2a_base64(struct.pack(f"<{len(numbers)}i", *numbers), newline=False).decode()
    return EditBlock(frame, anchor, points, packed)


def offsets_of(block: EditBlock) -> dict[int, Offset]:
    """Metres, by point."""
    numbers = struct.unpack(f"<{3 * len(block.points)}i", binascii.a2b_base64(block.packed))
    parts = [number / _STEPS for number in numbers]
    return dict(zip(points_of(block), zip(parts[::3], parts[1::3], parts[2::3], strict=True), strict=True))


def points_of(block: EditBlock) -> list[int]:
    return [ord(letter) - _FIRST for letter in block.points]


def without_points(block: EditBlock, points: frozenset[int]) -> EditBlock | None:
    """What is left of a block; None where that is nothing."""
    letters, spans = _left(block.points, points)
    if len(letters) == len(block.points):
        return block
    packed = "".join([block.packed[span] for span in spans])
    return EditBlock(block.frame, block.anchor, letters, packed) if letters else None


@lru_cache(maxsize=256)  # most blocks of a large layer have the same points
def _left(letters: str, gone: frozenset[int]) -> tuple[str, tuple[slice, ...]]:
    """Letters of the other points, and where their packed offsets are."""
    keeps = [index for index, letter in enumerate(letters) if ord(letter) - _FIRST not in gone]
    spans = tuple(slice(_LETTERS * index, _LETTERS * (index + 1)) for index in keeps)
    return "".join(letters[index] for index in keeps), spans


def how_many(blocks: Iterable[EditBlock], points: Iterable[int]) -> int:
    """Edits of these points."""
    letters = "".join([block.points for block in blocks])
    return sum(letters.count(chr(_FIRST + point)) for point in points)


@lru_cache(maxsize=4096)  # after a small change of a large layer nearly all is as it was
def edits_at(seconds: float, block: EditBlock) -> tuple[LandmarkEdit, ...]:
    """What the Shot document says of a block."""
    return tuple([LandmarkEdit(point, seconds, offset) for point, offset in offsets_of(block).items()])


def line_of(block: EditBlock) -> str:
    return f"{block.frame!r} {block.anchor} {block.points} {block.packed}"


def block_in(line: str) -> EditBlock:
    """The block that a line holds.

    Raises:
        ValueError: none.
    """
    frame, anchor, points, packed = line.split(" ")
    if len(packed) != _LETTERS * len(points) or not "0" <= min(points) <= max(points) < chr(_FIRST + LANDMARK_COUNT):
        raise ValueError(f"no edits: {line[:40]}")
    return EditBlock(float(frame), int(anchor), points, packed)
