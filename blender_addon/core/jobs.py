# SPDX-License-Identifier: GPL-3.0-or-later
"""One shot at the backend, step by step: bring the voice and the background, plan it, render it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..emogene_proto.client import Client
from ..emogene_proto.errors import BackendError, RenderError
from ..emogene_proto.messages import (
    Accepted,
    AnyEvent,
    PlanShot,
    RenderRange,
    ShotPlanned,
    Uploaded,
    UploadProgress,
)
from ..emogene_proto.shot import Shot
from ..emogene_proto.wire import Buffer
from .backend_job import CREDIT, BackendJob
from .background import picture_to_bring, with_picture
from .coming_frames import ComingFrames
from .happenings import Finished, Happening, Planned
from .received_plan import read_plan
from .render_note import RenderedRange
from .whole_files import make_folder

_VOICE, _PICTURE = "sending the voice", "sending the background"


@dataclass(frozen=True)
class RenderTo:
    """Which frames to render, and where their files go."""

    folder: Path
    first: int
    """Counted from 1 at the first frame of the shot."""
    last: int | None
    """None is to the end."""


class Job(BackendJob):
    """Upload, plan and, if asked for, render."""

    def __init__(
        self,
        scene: int,
        shot: Shot,
        render: RenderTo | None = None,
        known: tuple[str, int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        """
        Args:
            scene: names the scene for as long as Blender runs.
            shot: `shot.audio.path` is the voice on this computer.
            render: None only plans.
            known: the audio's sha256 and the length in frames of the same shot's plan, if there is one: planning is
                left out as long as the file still has that content.
        """
        super().__init__(scene, _VOICE, clock)
        self.shot = shot
        self.render = render
        self._known_audio, self._known_frames = known or ("", None)

    def begin(self, client: Client) -> None:
        self._request = client.upload(Path(self.shot.audio.path))

    def cancel(self, client: Client) -> None:
        super().cancel(client)
        if self.stage in (_VOICE, _PICTURE):
            self._end()

    def finished(self) -> Finished:
        return Finished(self.scene, self.render is not None, self.cancelled, self.problem)

    def _take(self, client: Client, event: AnyEvent, parts: list[Buffer]) -> list[Happening]:
        match event:
            case UploadProgress():
                self.done, self.total = event.received, event.size
            case Uploaded() if self.stage == _VOICE:
                self._voice_is_there(client, event.sha256)
            case Uploaded() if self.stage == _PICTURE:
                self.shot = with_picture(self.shot, event.sha256)
                self._ask(client)
            case ShotPlanned():
                return self._planned(event, parts)
            case _:
                return super()._take(client, event, parts)
        return []

    def _accepted(self, client: Client, event: Accepted) -> list[Happening]:
        if self._frames is not None and not self.cancelled:
            self._frames.accepted(event.job)
        return super()._accepted(client, event)

    def _voice_is_there(self, client: Client, sha256: str) -> None:
        audio = msgspec.structs.replace(self.shot.audio, sha256=sha256)
        self.shot = msgspec.structs.replace(self.shot, audio=audio)
        if sha256 != self._known_audio:
            self._known_frames = None
        picture = picture_to_bring(self.shot) if self.render is not None else None
        if picture is None:
            self._ask(client)
        else:
            self._set_stage(_PICTURE)
            self._request = client.upload(picture)

    def _ask(self, client: Client) -> None:
        """For the plan, or for frames where it is known."""
        if self.render is not None and self._known_frames is not None:
            self._ask_for_frames(client, self.render, self._known_frames)
        else:
            self._set_stage("planning")
            self._request = client.send(PlanShot(shot=self.shot))

    def _planned(self, event: ShotPlanned, parts: list[Buffer]) -> list[Happening]:
        self._known_frames = event.frames
        return [Planned(self.scene, self.shot, read_plan(event, parts), event.note, event.warnings)]

    def _step_done(self, client: Client) -> None:
        """The plan is there, or all frames are."""
        self._backend_job = ""
        if self.stage == "rendering" or self.render is None or self.cancelled:
            super()._step_done(client)
        elif self._known_frames is None:
            raise BackendError("The backend sent no plan.", "Update the add-on and the backend to the same release.")
        else:
            self._ask_for_frames(client, self.render, self._known_frames)

    def _ask_for_frames(self, client: Client, render: RenderTo, frames: int) -> None:
        last = frames if render.last is None else min(render.last, frames)
        if render.first > last:
            raise RenderError("The chosen range has no frame of the voice.", "Choose a range under the voice strip.")
        make_folder(render.folder)
        wanted = RenderedRange(render.first, last, frames, self.shot.frame_start, self.shot.output)
        self._begin_frames(ComingFrames(self.scene, render.folder, wanted))
        offset = self.shot.frame_start - 1
        request = RenderRange(shot=self.shot, first=render.first + offset, last=last + offset, credit=CREDIT)
        self._request = client.send(request)
