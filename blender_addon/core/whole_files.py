# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames' files, which are there whole or not at all."""

import contextlib
from io import FileIO
from pathlib import Path

from ..emogene_proto.errors import RenderError
from ..emogene_proto.wire import Buffer

PIECE_BYTES = 2 * 2**20
"""About a millisecond's."""


def make_folder(folder: Path) -> None:
    """Make the folder for frames.

    Raises:
        RenderError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RenderError(f"The folder {folder} cannot be made.", "Choose another folder for frames.") from error


class WholeFile:
    """A file that is written little by little, and is there whole or not at all."""

    def __init__(self, path: Path, content: Buffer):
        self._path = path
        self._temporary = path.with_name(f".{path.name}.part")
        self._content = memoryview(content)
        self._written = 0
        self._file: FileIO | None = None

    def step(self) -> bool:
        """Write a piece; True once the file is in its place.

        Raises:
            RenderError: the disk is full or the folder cannot be written.
        """
        try:
            if self._file is None:
                self._file = FileIO(self._temporary, "w")
            end = min(self._written + PIECE_BYTES, len(self._content))
            while self._written < end:
                self._written += self._file.write(self._content[self._written : end])
            if self._written < len(self._content):
                return False
            self._file.close()
            self._temporary.replace(self._path)
        except OSError as error:
            self.drop()
            message = f"The frame {self._path.name} cannot be written: {error.strerror}."
            raise RenderError(message, "Check the folder for frames and the space on its disk.") from error
        return True

    def drop(self) -> None:
        """Leave nothing of a file that is not whole."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
                self._temporary.unlink(missing_ok=True)
