"""How a frame lies on disk: its PNG or EXR file, and behind it a seal that tells whether all of it is as it was.

The seal is 32 bytes: a mark, the content's length as little-endian uint64, and blake2b-128 over the content, keyed by
the frame's key, so that a frame under another one's name is noticed too.
"""

import hashlib
import os
import struct
from io import FileIO

_MARK = b"EmoFrame"
_SEAL = struct.Struct("<8sQ16s")
SEAL_BYTES = _SEAL.size


def seal(key: str, content: bytes) -> bytes:
    """What is written behind the content.

    Args:
        key: of the frame, 64 hexadecimal digits.
    """
    return _SEAL.pack(_MARK, len(content), _digest(key, content))


def unsealed(key: str, stored: bytes) -> bytes | None:
    """The content of a whole file; None if anything in it is not as it was written."""
    content, end = stored[:-SEAL_BYTES], stored[-SEAL_BYTES:]
    return content if end == seal(key, content) else None


def ends_with_seal(file: FileIO) -> bool:
    """Whether the file goes on to its end, without reading it whole.

    Raises:
        OSError: it cannot be read.
    """
    size = os.fstat(file.fileno()).st_size
    if size < SEAL_BYTES:
        return False
    file.seek(size - SEAL_BYTES)
    end = file.read(SEAL_BYTES)
    if len(end) < SEAL_BYTES:
        return False
    mark, length, _ = _SEAL.unpack(end)
    return mark == _MARK and length == size - SEAL_BYTES


def _digest(key: str, content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16, key=bytes.fromhex(key)).digest()
