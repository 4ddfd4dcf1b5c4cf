"""Whether a picture file was written to its end, without reading it whole."""

import os
import struct
from pathlib import Path
from typing import BinaryIO

_PNG_START, _PNG_END = b"\x89PNG", b"\x00\x00\x00\x00IEND\xaeB`\x82"
_EXR_START = b"v/1\x01"
_LONGEST_NAME = 256
_ZIP_LINES = 16
"""Lines of a block, as `render/output/exr.py` packs them."""


def is_whole(path: Path) -> bool:
    """Whether the PNG or EXR file is here and goes on to its end."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            if start == _PNG_START:
                file.seek(-len(_PNG_END), os.SEEK_END)
                return file.read() == _PNG_END
            return start == _EXR_START and _ends_with_last_block(file)
    except (OSError, struct.error):  # what is too short to be read is not whole
        return False


def _ends_with_last_block(file: BinaryIO) -> bool:
    """Whether the last block that an EXR's table names is the end of the file."""
    file.seek(8)
    height = 0
    while name := _text(file):
        _text(file)  # its type
        value = file.read(struct.unpack("<i", file.read(4))[0])
        if name == b"dataWindow":
            _, top, _, bottom = struct.unpack("<4i", value)
            height = bottom - top + 1
    blocks = -(-height // _ZIP_LINES)
    if blocks < 1:
        return False
    last = max(struct.unpack(f"<{blocks}Q", file.read(8 * blocks)))
    file.seek(last)
    _, size = struct.unpack("<2i", file.read(8))
    return last + 8 + size == os.fstat(file.fileno()).st_size


def _text(file: BinaryIO) -> bytes:
    """Bytes up to a zero, which is passed over."""
    found = bytearray()
    while (byte := file.read(1)) != b"\x00":
        found += byte
        if not byte or len(found) > _LONGEST_NAME:
            raise struct.error("no text")
    return bytes(found)
