# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a frame's picture is, from the first bytes of its file: Blender would decode all of it."""

import struct
from pathlib import Path

from .png import png_size

_HEAD_BYTES = 4096
_EXR = b"\x76\x2f\x31\x01"
_WINDOW = b"dataWindow\0box2i\0"


def picture_size(path: Path) -> tuple[int, int] | None:
    """Width and height of a PNG or OpenEXR file; None where it does not say, or is not there."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        return _exr_size(head) if head.startswith(_EXR) else png_size(head)
    except (OSError, ValueError, struct.error):
        return None


def _exr_size(head: bytes) -> tuple[int, int]:
    at = head.index(_WINDOW) + len(_WINDOW)
    left, top, right, bottom = struct.unpack_from("<4i", head, at + 4)
    return right - left + 1, bottom - top + 1


def scale_to_fit(picture: tuple[int, int], frame: tuple[int, int]) -> float:
    """By how much a picture is enlarged to be seen whole, and as large as possible, in a frame."""
    return min(frame[0] / picture[0], frame[1] / picture[1])
