# SPDX-License-Identifier: GPL-3.0-or-later
"""One shot at the backend, step by step: bring the voice and the background, plan it, render it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..emogene_proto.client import Client
from ..emogene_proto.errors import BackendError, RenderError
from ..emogene_proto.messages import Accepted, AnyEvent, PlanShot, RenderRange, ShotPlanned, Uploaded, UploadProgress
from ..emogene_proto.shot import Shot
from ..emogene_proto.wire import Buffer
from .backend_job import CREDIT, BackendJob
from .bringing import Bringing, KnownFiles, hashes_of
from .character_key import CharacterKey
from .coming_frames import ComingFrames
from .edit_layer import without_edits
from .happenings import Finished, Happening, Planned
from .received_plan import read_plan
from .render_note import RenderedRange
from .whole_files import make_folder


@dataclass(frozen=True)
class RenderTo:
    """Which frames to render, and where their files go."""

    folder: Path
    first: int
    """Counted from 1 at the first frame of the shot."""
    last: int | None
    """None is to the end."""


@dataclass(frozen=True)
class KnownPlan:
    """A shot that was planned just so."""

    hashes: tuple[str, ...]
    """Contents of its recordings, in order."""
    frames: int


class Job(BackendJob):
    """Upload, plan and, if asked for, render."""

    def __init__(
        self,
        whose: CharacterKey,
        shot: Shot,
        files: KnownFiles,
        render: RenderTo | None = None,
        known: KnownPlan | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        """
        Args:
            whose: the character that it is for.
            shot: its paths are those of this computer.
            files: what the backend has already.
            render: None only plans.
            known: the same shot's plan, if there is one: planning is left out as long as the recordings still have
                that content.
        """
        self._bringing = Bringing(shot, files, with_background=render is not None)
        super().__init__(whose, self._bringing.stage, clock)
        self.render = render
        self._known = known

    @property
    def shot(self) -> Shot:
        """With the contents of its files, once they are known."""
        return self._bringing.shot

    def begin(self, client: Client) -> None:
        self._bring(client)

    def cancel(self, client: Client) -> None:
        super().cancel(client)
        if self.stage == self._bringing.stage:
            self._end()

    def finished(self) -> Finished:
        return Finished(self.whose, self.render is not None, self.cancelled, self.problem)

    def _take(self, client: Client, event: AnyEvent, parts: list[Buffer]) -> list[Happening]:
        match event:
            case UploadProgress():
                self.done, self.total = event.received, event.size
            case Uploaded() if self._bringing.uploaded(event.sha256):
                self._bring(client)
            case ShotPlanned():
                return self._planned(event, parts)
            case _:
                return super()._take(client, event, parts)
        return []

    def _accepted(self, client: Client, event: Accepted) -> list[Happening]:
        if self._frames is not None and not self.cancelled:
            self._frames.accepted(event.job)
        return super()._accepted(client, event)

    def _bring(self, client: Client) -> None:
        """The next file; where all are there, ask for the plan, or for frames where it is known."""
        request = self._bringing.next_request(client)
        if request:
            self._set_stage(self._bringing.stage)
            self._request = request
        elif self.render is not None and self._known is not None and self._known.hashes == hashes_of(self.shot):
            self._ask_for_frames(client, self.render, self._known.frames)
        else:
            self._known = None
            self._set_stage("planning")
            # Edits are no part of the plan: they are measured from it.
            self._request = client.send(PlanShot(shot=without_edits(self.shot)))

    def _begins_again(self, client: Client, code: str) -> bool:
        if not self._bringing.begins_again(code):
            return False
        if self._frames is not None:
            self._frames.note.remove()
            self._frames.leave()
            self._frames = None
        self._backend_job = ""
        self._failed_frames.clear()
        self._bring(client)
        return True

    def _planned(self, event: ShotPlanned, parts: list[Buffer]) -> list[Happening]:
        self._known = KnownPlan(hashes_of(self.shot), event.frames)
        return [Planned(self.whose, self.shot, read_plan(event, parts), event.note, event.warnings)]

    def _step_done(self, client: Client) -> None:
        """The plan is there, or all frames are."""
        self._backend_job = ""
        if self.stage == "rendering" or self.render is None or self.cancelled:
            super()._step_done(client)
        elif self._known is None:
            raise BackendError("The backend sent no plan.", "Update the add-on and the backend to the same release.")
        else:
            self._ask_for_frames(client, self.render, self._known.frames)

    def _ask_for_frames(self, client: Client, render: RenderTo, frames: int) -> None:
        last = frames if render.last is None else min(render.last, frames)
        if render.first > last:
            raise RenderError("The chosen range has no frame of the voice.", "Choose a range under the voice strip.")
        make_folder(render.folder)
        wanted = RenderedRange(render.first, last, frames, self.shot.frame_start, self.shot.output)
        self._begin_frames(ComingFrames(self.whose, render.folder, wanted))
        offset = self.shot.frame_start - 1
        request = RenderRange(shot=self.shot, first=render.first + offset, last=last + offset, credit=CREDIT)
        self._request = client.send(request)
