# SPDX-License-Identifier: GPL-3.0-or-later
"""One piece of work at the backend, step by step: bring the voice and the background, plan the shot, render it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..emogene_proto.client import Client
from ..emogene_proto.errors import BackendError, EmoGeneError, RenderError
from ..emogene_proto.messages import (
    Accepted,
    AnyEvent,
    Cancel,
    Done,
    Failed,
    FrameDone,
    FrameFailed,
    PlanShot,
    Progress,
    RenderRange,
    ShotPlanned,
    Uploaded,
    UploadProgress,
)
from ..emogene_proto.shot import Shot
from ..emogene_proto.wire import Buffer
from .background import picture_to_bring, with_picture
from .failed_frames import told
from .happenings import Finished, FrameSaved, Happening, Planned
from .received_plan import read_plan
from .strips import frame_file
from .whole_files import make_folder, save_whole

_VOICE, _PICTURE = "sending the voice", "sending the background"
_CREDIT = 8
"""Frames that may be on their way to a Blender that is busy with other things."""


@dataclass(frozen=True)
class RenderTo:
    """Which frames to render, and where their files go."""

    folder: Path
    first: int
    """Counted from 1 at the first frame of the shot."""
    last: int | None
    """None is to the end."""


class Job:
    """Upload, plan and, if asked for, render. Its client's events go through `take`."""

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
        self.scene = scene
        self.shot = shot
        self.render = render
        self.over = False
        self.cancelled = False
        self.problem: EmoGeneError | None = None
        self.stage = _VOICE
        self.done = 0
        self.total = 0
        self.reused = 0
        """Frames that the backend had already; of those counted in `total`."""
        self._failed_frames: list[FrameFailed] = []
        self._known_audio, self._known_frames = known or ("", None)
        self._request = 0
        self._backend_job = ""
        self._render_began = 0.0
        self._clock = clock

    @property
    def fraction(self) -> float:
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """A guess from the frames so far; None while there is nothing to guess from."""
        if self.stage != "rendering" or not self.done or not self.total:
            return None
        return (self._clock() - self._render_began) / self.done * (self.total - self.done)

    def begin(self, client: Client) -> None:
        self._request = client.upload(Path(self.shot.audio.path))

    def cancel(self, client: Client) -> None:
        """Stop; a job that the backend has taken ends when it says so."""
        self.cancelled = True
        if self._backend_job:
            client.send(Cancel(job=self._backend_job))
        elif self.stage in (_VOICE, _PICTURE):
            self.over = True

    def abandon(self, problem: EmoGeneError | None) -> None:
        """It cannot go on here; None where the artist left the backend."""
        self.over = True
        self.problem = problem
        self.cancelled = problem is None

    def finished(self) -> Finished:
        return Finished(self.scene, self.render is not None, self.cancelled, self.problem)

    def take(self, client: Client, event: AnyEvent, parts: list[Buffer]) -> list[Happening]:
        """Follow one event; returns what came of it."""
        if event.id != self._request or self.over:
            return []
        try:
            return self._take(client, event, parts)
        except (EmoGeneError, ValueError, IndexError) as error:
            if not isinstance(error, EmoGeneError):  # an answer without its parts, a path that is no text
                hint = "Update the add-on and the backend to the same release."
                error = BackendError(f"Add-on and backend do not understand each other: {error}.", hint)
            self.abandon(error)
            if self._backend_job:
                client.send(Cancel(job=self._backend_job))
            return []

    def _take(self, client: Client, event: AnyEvent, parts: list[Buffer]) -> list[Happening]:
        match event:
            case UploadProgress():
                self.done, self.total = event.received, event.size
            case Uploaded() if self.stage == _VOICE:
                self._voice_is_there(client, event.sha256)
            case Uploaded() if self.stage == _PICTURE:
                self.shot = with_picture(self.shot, event.sha256)
                self._ask(client)
            case Accepted():
                self._backend_job = event.job
                if self.cancelled:
                    client.send(Cancel(job=event.job))
            case Progress():
                self._show_progress(event)
            case ShotPlanned():
                return self._planned(event, parts)
            case FrameDone():
                return self._frame_done(client, event, parts)
            case FrameFailed():
                self._failed_frames.append(event)
            case Done():
                self._step_done(client)
            case Failed():
                self._failed(event)
        return []

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
            self.over = True
        elif self._known_frames is None:
            raise BackendError("The backend sent no plan.", "Update the add-on and the backend to the same release.")
        else:
            self._ask_for_frames(client, self.render, self._known_frames)

    def _ask_for_frames(self, client: Client, render: RenderTo, frames: int) -> None:
        last = frames if render.last is None else min(render.last, frames)
        if render.first > last:
            raise RenderError("The chosen range has no frame of the voice.", "Choose a range under the voice strip.")
        make_folder(render.folder)
        self._set_stage("rendering")
        self.total = last - render.first + 1
        self._render_began = self._clock()
        offset = self.shot.frame_start - 1
        request = RenderRange(shot=self.shot, first=render.first + offset, last=last + offset, credit=_CREDIT)
        self._request = client.send(request)

    def _frame_done(self, client: Client, event: FrameDone, parts: list[Buffer]) -> list[Happening]:
        if self.render is None:
            raise BackendError("The backend sent a frame that nobody asked for.", "Restart the backend.")
        number = event.frame - self.shot.frame_start + 1
        save_whole(self.render.folder / frame_file(number, event.form), parts[0])
        client.add_credit(event.id, 1)
        self.done += 1
        return [FrameSaved(self.scene, number, self.render.folder, self.shot.frame_start, event.form)]

    def _show_progress(self, event: Progress) -> None:
        # Frames are counted as they are saved here, which is what the artist can see.
        if self.stage != "rendering":
            self.done, self.total = event.done, event.total
        elif event.stage == "rendering":
            self.reused = event.reused

    def _failed(self, event: Failed) -> None:
        self.over = True
        if event.code == "cancelled":
            self.cancelled = True
        elif self._failed_frames and event.code == "frames_failed":
            self.problem = told(self._failed_frames)
        else:
            self.problem = EmoGeneError(event.message, event.hint, event.code)

    def _set_stage(self, stage: str) -> None:
        self.stage, self.done, self.total = stage, 0, 0
