# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames' files, which are there whole or not at all."""

from pathlib import Path

from ..emogene_proto.errors import RenderError
from ..emogene_proto.wire import Buffer


def make_folder(folder: Path) -> None:
    """Make the folder for frames.

    Raises:
        RenderError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RenderError(f"The folder {folder} cannot be made.", "Choose another folder for frames.") from error


def save_whole(path: Path, content: Buffer) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        RenderError: the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        message = f"The frame {path.name} cannot be written: {error.strerror}."
        raise RenderError(message, "Check the folder for frames and the space on its disk.") from error
