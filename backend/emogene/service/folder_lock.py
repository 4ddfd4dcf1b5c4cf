"""One process at a time holds a folder; the system frees it when that process ends, however it ends."""

import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_folder(folder: Path) -> BinaryIO | None:
    """Hold `folder` as long as the returned file is open; None if another process holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # it went just while it was looked at
        folder.mkdir(parents=True, exist_ok=True)
    file = (folder / ".lock").open("ab")
    try:
        _lock(file)
    except OSError:
        file.close()
        return None
    return file
