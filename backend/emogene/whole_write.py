"""Files that appear whole or not at all, whoever is killed at whatever moment."""

import os
import sys
import time
import uuid
from pathlib import Path

_TRIES = 6
"""On Windows a file that somebody looks at cannot be replaced; a viewer or a virus scanner lets go in a moment."""


def write_whole(path: Path, content: bytes | memoryview, scratch: Path | None = None) -> None:
    """Write under a name of its own, sync, and rename. Writers of the same file do not get into each other's way.

    Args:
        scratch: a folder of the same disk for the unfinished file; beside `path` where None.

    Raises:
        OSError: the folder cannot be written, or the disk is full; what was there before stays.
    """
    temporary = (scratch or path.parent) / f".{path.name}.{uuid.uuid4().hex}.tmp"
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        replace_file(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_file(temporary: Path, path: Path) -> None:
    """Rename over what is there.

    Raises:
        OSError: it cannot be; on Windows after a second of trying.
    """
    for left in reversed(range(_TRIES)):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if not left or sys.platform != "win32" or path.is_dir():
                raise
        time.sleep(0.2)
