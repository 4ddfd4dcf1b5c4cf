# SPDX-License-Identifier: GPL-3.0-or-later
"""A render's frames on their way here: their files, and the note beside them."""

import time
from pathlib import Path

from ..emogene_proto.messages import FrameDone
from ..emogene_proto.wire import Buffer
from .character_key import CharacterKey
from .happenings import FrameSaved
from .render_note import NotedRender, RenderedRange, RenderNote
from .strips import frame_file
from .whole_files import WholeFile


class ComingFrames:
    """The frames of one range, for one folder."""

    def __init__(self, whose: CharacterKey, folder: Path, wanted: RenderedRange):
        self.folder = folder
        self.wanted = wanted
        self.note = RenderNote(folder)
        self.whose = whose
        self._saving: tuple[FrameDone, WholeFile] | None = None

    def accepted(self, job: str) -> None:
        """The backend has made this job of it."""
        self.note.begin(NotedRender(job, time.time(), self.wanted))

    @property
    def is_saving(self) -> bool:
        return self._saving is not None

    def begin(self, event: FrameDone, content: Buffer) -> None:
        """One has come: `go_on` puts it into its place."""
        self._saving = event, WholeFile(self.folder / frame_file(self._number(event), event.form), content)

    def go_on(self) -> FrameSaved | None:
        """A piece of the one that has come; the frame once its file is there.

        Raises:
            RenderError: the disk is full or the folder cannot be written.
        """
        if self._saving is None:
            return None
        event, file = self._saving
        if not file.step():
            return None
        self._saving = None
        number = self._number(event)
        self.note.add(number)
        return FrameSaved(self.whose, number, self.folder, self.wanted.frame_start, event.form, self.wanted.shot_frames)

    def leave(self) -> None:
        """No more come here; the render may go on without this Blender."""
        if self._saving is not None:
            self._saving[1].drop()
            self._saving = None
        self.note.leave()

    def _number(self, event: FrameDone) -> int:
        return event.frame - self.wanted.frame_start + 1
