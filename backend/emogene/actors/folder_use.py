"""Which unpacked packs are in use: a process holds those that it reads until it ends, however it ends."""

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

_held: dict[Path, int] = {}
"""Open files, by folder."""
_guard = threading.Lock()

if sys.platform == "win32":
    # A folder in which a file is open is not renamed there.
    def _open(folder: Path) -> int:
        return os.open(folder / "preview.png", os.O_RDONLY)

    def _is_open(number: int, folder: Path) -> bool:
        return os.path.samestat(os.fstat(number), (folder / "preview.png").stat())

    def _lock_alone(folder: Path) -> int | None:
        return None
else:
    import fcntl

    def _open(folder: Path) -> int:
        number = os.open(folder, os.O_RDONLY)
        with contextlib.suppress(OSError):  # where the disk has no locks nobody gets one to move the folder either
            fcntl.flock(number, fcntl.LOCK_SH)
        return number

    def _is_open(number: int, folder: Path) -> bool:
        return os.path.samestat(os.fstat(number), folder.stat())

    def _lock_alone(folder: Path) -> int | None:
        number = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(number)
            raise
        return number


def hold(folder: Path) -> bool:
    """Use a folder from now on until this process ends, and note that; False where there is none.

    Raises:
        OSError: it cannot be read.
    """
    with _guard:
        try:
            number = _held.get(folder)
            if number is None or not _is_open(number, folder):
                _let_go(folder)
                _held[folder] = _open(folder)
                if not _is_open(_held[folder], folder):  # it was moved while we waited for it
                    raise FileNotFoundError
        except (FileNotFoundError, NotADirectoryError):
            _let_go(folder)
            return False
        with contextlib.suppress(OSError):  # a cache that is only read is never cleaned either
            os.utime(folder)
        return True


def _let_go(folder: Path) -> None:
    number = _held.pop(folder, None)
    if number is not None:
        os.close(number)


def move_unused(folder: Path, to: Path, seconds: float) -> bool:
    """Rename a folder that nobody holds and that nobody has begun to use for so long; False where it stays."""
    number = None
    try:
        number = _lock_alone(folder)
        if time.time() - folder.stat().st_mtime <= seconds:
            return False
        folder.rename(to)
    except OSError:
        return False
    finally:
        if number is not None:
            os.close(number)
    return True
