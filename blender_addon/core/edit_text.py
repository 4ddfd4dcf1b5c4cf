# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit layer as the text that the .blend holds: a head, then a line for each block."""

import zlib

import msgspec

from .edit_blocks import EditBlock, Offset, block_in, block_of, line_of
from .edit_layer import NOWHERE, Anchor, EditLayer

_FORM = "2"


class _FirstForm(msgspec.Struct, frozen=True):
    """How older files hold a layer: JSON."""

    keys: tuple[tuple[int, float, Offset, int], ...] = ()
    """Point, frame, offset and index of the strip."""
    anchors: tuple[Anchor, ...] = ()


def read_layer(text: str) -> EditLayer:
    """The layer that a .blend holds; what cannot be read counts as none."""
    try:
        return _read_first_form(text) if text.startswith("{") else _read(text)
    except (ValueError, msgspec.MsgspecError):
        return EditLayer()


def write_layer(layer: EditLayer) -> str:
    if not layer.blocks:
        return ""
    lines = "\n".join([line_of(block) for block in layer.blocks])
    anchors = msgspec.json.encode(layer.anchors).decode()
    return f"{_FORM} {_check(lines)} {anchors}\n{lines}"


def _read(text: str) -> EditLayer:
    head, _, lines = text.partition("\n")
    form, check, anchors = head.split(" ", 2)
    if form != _FORM or check != _check(lines):
        raise ValueError(f"no edits: {head[:40]}")
    blocks = tuple([block_in(line) for line in lines.split("\n")])
    return EditLayer(blocks, msgspec.json.decode(anchors, type=tuple[Anchor, ...]))


def _read_first_form(text: str) -> EditLayer:
    read = msgspec.json.decode(text, type=_FirstForm)
    found: dict[tuple[float, int], dict[int, Offset]] = {}
    for point, frame, offset, anchor in read.keys:
        there = anchor if 0 <= anchor < len(read.anchors) else NOWHERE
        found.setdefault((frame, there), {})[point] = offset
    blocks: list[EditBlock] = [block_of(frame, anchor, offsets) for (frame, anchor), offsets in found.items()]
    return EditLayer(tuple(blocks), read.anchors)


def _check(lines: str) -> str:
    """Another one for other lines."""
    return f"{zlib.crc32(lines.encode()):x}"
