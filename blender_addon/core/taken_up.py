# SPDX-License-Identifier: GPL-3.0-or-later
"""A render of before Blender was restarted, or its connection lost: the backend went on, and its frames are fetched."""

import time
from collections.abc import Callable
from pathlib import Path

from ..emogene_proto.client import Client
from ..emogene_proto.errors import EmoGeneError
from ..emogene_proto.messages import Accepted, Failed, Watch
from .backend_job import CREDIT, BackendJob
from .character_key import CharacterKey
from .coming_frames import ComingFrames
from .happenings import Finished, Happening, TakenUp
from .render_note import FoundNote

KEPT_SECONDS = 30 * 24 * 3600.0
"""So long a backend remembers jobs that ended."""


class TakenUpJob(BackendJob):
    """Receive what a noted render still lacks. It is over in silence where the backend is not the one that has it."""

    def __init__(
        self, whose: CharacterKey, folder: Path, found: FoundNote, clock: Callable[[], float] = time.monotonic
    ):
        """
        Args:
            folder: holds the note, and takes the frames.
            found: what the note says.
        """
        super().__init__(whose, "taking up the last render", clock)
        self._found = found
        self._frames = ComingFrames(whose, folder, found.render.range)
        self._backend_job = found.render.job

    def begin(self, client: Client) -> None:
        if not self._frames.note.hold():  # another Blender is at it
            self._end()
            return
        offset = self._found.render.range.frame_start - 1
        have = tuple(number + offset for number in self._found.saved)
        try:
            self._request = client.send(Watch(job=self._backend_job, credit=CREDIT, have=have))
        except EmoGeneError:
            self._end()
            raise

    def finished(self) -> Finished:
        return Finished(self.whose, True, self.cancelled, self.problem)

    def _accepted(self, client: Client, event: Accepted) -> list[Happening]:
        if self.cancelled:
            return super()._accepted(client, event)
        frames, saved = self._frames, self._found.saved
        frames.note.begin(self._found.render, saved)
        self._begin_frames(frames, len(saved))
        wanted = frames.wanted
        return [TakenUp(self.whose, saved, frames.folder, wanted.frame_start, wanted.form, wanted.shot_frames)]

    def _failed(self, event: Failed) -> None:
        if event.code not in ("unknown_job", "refused"):
            super()._failed(event)
            return
        if time.time() - self._found.render.begun > KEPT_SECONDS:
            self._frames.note.remove()
        self._end()
