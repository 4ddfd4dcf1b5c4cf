"""Files that appear whole and outlast a power cut: written under another name, synced, renamed."""

import contextlib
import errno
import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

REPLACE_SECONDS = 1.0
"""How long a rename is tried again where another program has the file open (Windows)."""

_PAUSE_SECONDS = 0.01
_FOLDERS_ARE_NOT_SYNCED = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM}
"""What file systems without such a thing answer."""


def write_durably(path: Path, *parts: bytes, is_there: Callable[[], bool]) -> None:
    """Put the parts, one behind the other, into a file. Its folder is made if need be.

    Args:
        is_there: asked where the file cannot be replaced because others have it open: whether it holds the same
            already.

    Raises:
        OSError: the disk is full, or cannot be written. Nothing is left behind then.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        try:
            file = temporary.open("xb", buffering=0)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(path.parent.parent)
            file = temporary.open("xb", buffering=0)
        with file:
            for part in parts:
                write_all(file.fileno(), part)
            os.fsync(file.fileno())
        replace(temporary, path, is_there)
        sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):  # it is gone, or goes when its age shows that it was abandoned
            temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names in a folder outlast a power cut, where the system can."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in _FOLDERS_ARE_NOT_SYNCED:
            raise
    finally:
        os.close(number)


def write_all(number: int, content: bytes) -> int:
    """Write everything to an open file; returns how many bytes that were.

    Raises:
        OSError: the disk is full, or cannot be written; some of it may have been written then.
    """
    left = memoryview(content)
    while left:
        left = left[os.write(number, left) :]
    return len(content)


def replace(temporary: Path, path: Path, is_there: Callable[[], bool] = lambda: False) -> None:
    """Rename a file over another one, also where others read that just now (Windows).

    Args:
        is_there: whether it is not worth the trouble.

    Raises:
        OSError: it cannot be renamed.
    """
    deadline = time.monotonic() + REPLACE_SECONDS
    while True:
        try:
            temporary.replace(path)
        except PermissionError:
            if is_there():
                return
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
