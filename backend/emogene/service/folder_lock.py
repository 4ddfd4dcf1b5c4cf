"""One process at a time holds a folder or a file; the system frees it when that process ends, however it ends."""

import contextlib
import errno
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from emogene_proto.file_locks import lock_file


def lock_folder(folder: Path) -> BinaryIO | None:
    """Hold `folder` as long as the returned file is open; None if another process holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # it went just while it was looked at
        folder.mkdir(parents=True, exist_ok=True)
    file = (folder / ".lock").open("ab")
    try:
        lock_file(file)
    except OSError:
        file.close()
        return None
    return file


@contextlib.contextmanager
def only_one(path: Path, patience_seconds: float, in_vain: Callable[[], bool]) -> Iterator[bool]:
    """Hold the file `path`; False where another process still holds it after so long, or to wait is in vain. Where the
    disk knows no locks everybody holds it."""
    with path.open("ab") as file:
        yield _held(file, time.monotonic() + patience_seconds, in_vain)


def _held(file: BinaryIO, deadline: float, in_vain: Callable[[], bool]) -> bool:
    while True:
        try:
            lock_file(file)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                return True
            if in_vain() or time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True
