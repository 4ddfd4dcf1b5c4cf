"""Files that appear whole or not at all and outlast a power cut: written under another name, synced, renamed."""

import contextlib
import errno
import glob
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

REPLACE_SECONDS = 1.0
"""How long a rename is tried again where a viewer or a virus scanner has the file open (Windows)."""

ABANDONED_SECONDS = 24 * 3600.0
"""Without a change, after which nobody writes an unfinished file any more."""

_PAUSE_SECONDS = 0.01
_FOLDERS_ARE_NOT_SYNCED = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM}
"""What file systems without such a thing answer."""
_KEPT_LETTERS = 40
"""Of a file's name in that of the unfinished one: a name may be as long as the disk allows already."""


def write_whole(
    path: Path,
    *parts: bytes | memoryview,
    scratch: Path | None = None,
    is_there: Callable[[], bool] = lambda: False,
    name_lasts: bool = True,
) -> None:
    """Write the parts, one behind the other. Writers of the same file do not get into each other's way.

    Args:
        scratch: a folder of the same disk for the unfinished file; beside `path` where None.
        is_there: asked where the file cannot be replaced because others have it open: whether it holds the same
            already.
        name_lasts: whether the name outlasts a power cut at once, and not only when the caller syncs the folder.

    Raises:
        OSError: the folder is not there or cannot be written, or the disk is full; what was there before stays, and
            nothing is left behind.
    """
    with whole_file(path, scratch, is_there, name_lasts) as temporary, temporary.open("xb", buffering=0) as file:
        for part in parts:
            write_all(file.fileno(), part)


@contextlib.contextmanager
def whole_file(
    path: Path, scratch: Path | None = None, is_there: Callable[[], bool] = lambda: False, name_lasts: bool = True
) -> Iterator[Path]:
    """The same for writers that need a path: within, they write and close the file that is given.

    Args:
        scratch, is_there, name_lasts: as of `write_whole`.

    Raises:
        OSError: as `write_whole`.
        Exception: whatever is raised within; nothing is left behind then either.
    """
    temporary = (scratch or path.parent) / f".{path.name[:_KEPT_LETTERS]}.{uuid.uuid4().hex}.tmp"
    try:
        yield temporary
        sync_file(temporary)
        replace_file(temporary, path, is_there)
        if name_lasts:
            sync_folder(path.parent)
    except OSError as error:
        if error.filename and os.fspath(error.filename) == os.fspath(temporary):
            error.filename = str(path)  # the name that people know
        raise
    finally:
        with contextlib.suppress(OSError):  # it is gone, or goes when its age shows that it was abandoned
            temporary.unlink(missing_ok=True)


def remove_abandoned(folder: Path, name: str | None = None) -> None:
    """Remove unfinished files that killed processes left a day ago or longer.

    Args:
        name: only those that were to become the file of this name.
    """
    begin = "" if name is None else glob.escape(name[:_KEPT_LETTERS]) + "."
    for path in folder.glob(f".{begin}*.tmp"):
        try:
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink(missing_ok=True)
        except OSError:
            continue  # somebody else removes it, or it is not ours to remove


def sync_file(path: Path) -> None:
    """Make a file's content outlast a power cut.

    Raises:
        OSError: it is not there, or cannot be written.
    """
    with path.open("r+b") as file:  # Windows syncs only what may be written
        os.fsync(file.fileno())


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


def write_all(number: int, content: bytes | memoryview) -> int:
    """Write everything to an open file; returns how many bytes that were.

    Raises:
        OSError: the disk is full, or cannot be written; some of it may have been written then.
    """
    left = memoryview(content)
    while left:
        left = left[os.write(number, left) :]
    return len(content)


def replace_file(temporary: Path, path: Path, is_there: Callable[[], bool] = lambda: False) -> None:
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
            if path.is_dir() or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
