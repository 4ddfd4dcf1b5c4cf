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
from .whole_files import save_whole


class ComingFrames:
    """The frames of one range, for one folder."""

    def __init__(self, whose: CharacterKey, folder: Path, wanted: RenderedRange):
        self.folder = folder
        self.wanted = wanted
        self.note = RenderNote(folder)
        self.whose = whose

    def accepted(self, job: str) -> None:
        """The backend has made this job of it."""
        self.note.begin(NotedRender(job, time.time(), self.wanted))

    def save(self, event: FrameDone, content: Buffer) -> FrameSaved:
        """Put one into its place.

        Raises:
            RenderError: the disk is full or the folder cannot be written.
        """
        number = event.frame - self.wanted.frame_start + 1
        save_whole(self.folder / frame_file(number, event.form), content)
        self.note.add(number)
        return FrameSaved(self.whose, number, self.folder, self.wanted.frame_start, event.form, self.wanted.shot_frames)
