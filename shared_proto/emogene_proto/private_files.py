"""Files that nobody but their owner may read: connection files and secret keys.

On Windows a file in the user's profile is private by itself; elsewhere the file's mode says who may read it.
"""

import os
import secrets
import stat
import sys
from pathlib import Path

from .errors import AccessError

LARGEST_BYTES = 65_536


def write_private(path: Path, content: bytes, replace: bool) -> None:
    """Write a file that only its owner can read; its folder is made where it is missing. One that replaces another
    appears whole.

    Raises:
        FileExistsError: it is there already and `replace` is false.
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}") if replace else path
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(written, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            written.replace(path)
    except OSError:
        written.unlink(missing_ok=True)
        raise


def read_private(path: Path, what: str, hint: str) -> bytes:
    """The content of a file that only its owner can read or write.

    Args:
        path: the file.
        what: names it in a sentence, e.g. "connection file".
        hint: what to do where others could have read it.

    Raises:
        AccessError: other users could have read or written it.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if sys.platform != "win32" and (status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077):
            raise AccessError(f"The {what} {path.name} is open to other users of this computer.", hint)
        return file.read(LARGEST_BYTES)
