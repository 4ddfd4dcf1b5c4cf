# SPDX-License-Identifier: GPL-3.0-or-later
"""One Blender at a time renders into a folder; the system frees it when that Blender ends, however it ends."""

import contextlib
import os
import sys
from pathlib import Path
from typing import BinaryIO

from ..emogene_proto.file_locks import lock_file

FILE_NAME = ".emogene_render.lock"
_TRIES = 5


class FolderHold:
    """Holds a folder from `hold_folder` to `release`."""

    def __init__(self, path: Path, file: BinaryIO):
        self._path = path
        self._file = file

    def release(self) -> None:
        """Leave the folder, without a file that stays behind."""
        if sys.platform == "win32":  # which removes no open file
            self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink()
        self._file.close()


def hold_folder(folder: Path) -> FolderHold | None:
    """Hold a folder; None if another Blender holds it, or nothing can be written there."""
    path = folder / FILE_NAME
    for _ in range(_TRIES):
        try:
            file = path.open("ab")
        except OSError:
            return None
        try:
            lock_file(file)
        except (BlockingIOError, PermissionError):
            file.close()
            return None
        except OSError:  # a disk that knows no locks: there, nobody can tell
            pass
        if _is_there(path, file):
            return FolderHold(path, file)
        file.close()  # whoever held it has just removed it
    return None


def _is_there(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except OSError:
        return False
