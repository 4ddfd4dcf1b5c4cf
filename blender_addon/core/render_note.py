# SPDX-License-Identifier: GPL-3.0-or-later
"""The note beside a render's frames, by which a restarted Blender finds its job again.

Its first line is the render in JSON, each further line the number of a frame whose file is saved.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from ..emogene_proto.message_fields import FrameNumber, JobId
from .folder_hold import FolderHold, hold_folder
from .strips import frame_file

FILE_NAME = ".emogene_render.json"
MOST_FRAMES = 1_000_000
_MOST_BYTES = 16 * 2**20
_NEWEST = 32
"""Frames get into their place whole, but a computer that loses its power may leave the last ones empty: so many of them
are looked at singly."""

_Number = Annotated[int, msgspec.Meta(ge=1, le=MOST_FRAMES)]


class RenderedRange(msgspec.Struct, frozen=True):
    """Frames `first` to `last` of a shot, both included, counted from 1."""

    first: _Number
    last: _Number
    shot_frames: _Number
    """The whole shot's."""
    frame_start: FrameNumber
    """The timeline's frame of number 1."""
    form: Literal["png", "exr"] = "png"
    """Of the files."""


class NotedRender(msgspec.Struct, frozen=True):
    """What a render's job is called, and what it renders."""

    job: JobId
    begun: float
    """When, in seconds since 1970."""
    range: RenderedRange


class FoundNote(msgspec.Struct, frozen=True):
    """A render that may go on at the backend, and the frames of it that are here."""

    render: NotedRender
    saved: tuple[int, ...]


class RenderNote:
    """The note of a render that runs here. What cannot be written costs the note, never the render."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._path = folder / FILE_NAME
        self._hold: FolderHold | None = None
        self._complete = False
        """Whether all that was to be written is, so that more can follow."""

    def hold(self) -> bool:
        """Keep other Blenders from the note that is there; False where one of them has it."""
        if self._hold is None:
            self._hold = hold_folder(self._folder)
        return self._hold is not None

    def begin(self, render: NotedRender, saved: Iterable[int] = ()) -> None:
        """Write it whole, in place of what was there."""
        if not self.hold():
            return
        lines = [msgspec.json.encode(render), *(b"%d" % number for number in saved), b""]
        temporary = self._path.with_name(f"{FILE_NAME}.part")
        try:
            temporary.write_bytes(b"\n".join(lines))
            temporary.replace(self._path)
            self._complete = True
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            self.remove()  # what is there is of another render

    def add(self, number: int) -> None:
        """A frame's file is whole and in its place."""
        if not self._complete:
            return
        try:
            with self._path.open("r+b") as file:  # never makes one: without its first line it would be none
                file.seek(0, 2)
                file.write(b"%d\n" % number)
        except OSError:  # the end may now be half a line, to which nothing can be added
            self._complete = False

    def remove(self) -> None:
        """The render is over."""
        if self._hold is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
        self.leave()

    def leave(self) -> None:
        """The render may go on without this Blender."""
        self._complete = False
        if self._hold is not None:
            self._hold.release()
            self._hold = None


def read_note(folder: Path) -> FoundNote | None:
    """The render that the folder's note tells of; None where there is no note, or none that can be read."""
    path = folder / FILE_NAME
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            first, *further = file.read(_MOST_BYTES).split(b"\n")
        render = msgspec.json.decode(first, type=NotedRender)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not further:  # the line has no end
        return None
    frames = render.range
    lines = [line for line in further[:-1] if line.isdigit() and len(line) <= len(str(MOST_FRAMES))]
    numbers = [int(line) for line in lines]
    there = _names(folder)
    saved = {n for n in numbers if frames.first <= n <= frames.last and frame_file(n, frames.form) in there}
    saved -= {n for n in saved & set(numbers[-_NEWEST:]) if _is_empty(folder / frame_file(n, frames.form))}
    return FoundNote(render, tuple(sorted(saved)))


def _names(folder: Path) -> set[str]:
    """Names of the files in a folder: one listing, which asks nothing of each file, however slow its disk is."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries if entry.is_file()}
    except OSError:
        return set()


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return True
