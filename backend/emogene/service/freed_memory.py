"""Memory of large messages goes back to the system when they are done with."""

import contextlib
import ctypes
import sys

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
LARGE_BYTES = 128 * 1024


def give_back_large_blocks() -> None:
    """Let the C library take every large block from the system, and give it back when it is freed.

    Left alone, glibc keeps blocks of up to 32 MB once it has seen some, in a pool for each thread: a server that had a
    few large messages would stay large for good. Other systems' libraries need no telling.
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
        library.mallopt(_M_ARENA_MAX, 2)
