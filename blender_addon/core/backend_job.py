# SPDX-License-Identifier: GPL-3.0-or-later
"""What all jobs at the backend have in common: how far they are, how they end, and the frames that come of them."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from ..emogene_proto.client import Client
from ..emogene_proto.errors import BackendError, EmoGeneError
from ..emogene_proto.messages import Accepted, AnyEvent, Cancel, Done, Failed, FrameDone, FrameFailed, Progress
from ..emogene_proto.wire import Buffer
from .character_key import CharacterKey
from .coming_frames import ComingFrames
from .failed_frames import told
from .happenings import Finished, Happening

CREDIT = 8
"""Frames that may be on their way to a Blender that is busy with other things."""
_GOES_ON = ("connection_lost", "unknown_job", "refused", "busy")
"""Codes of what fails here while the job may go on, or be at another backend."""


class BackendJob(ABC):
    """One job, step by step. Its client's events go through `take`."""

    def __init__(self, whose: CharacterKey, stage: str, clock: Callable[[], float] = time.monotonic):
        """
        Args:
            whose: the character that it is for.
            stage: what it does first, for the artist.
        """
        self.whose = whose
        self.stage = stage
        self.over = False
        self.cancelled = False
        self.problem: EmoGeneError | None = None
        self.done = 0
        self.total = 0
        self.reused = 0
        """Frames that the backend had already; of those counted in `total`."""
        self._held = 0
        """Of those counted in `done`, frames that were here before the job began."""
        self._frames: ComingFrames | None = None
        self._failed_frames: list[FrameFailed] = []
        self._request = 0
        self._backend_job = ""
        self._render_began = 0.0
        self._is_lost = False
        self._clock = clock

    @property
    def fraction(self) -> float:
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """A guess from the frames so far; None while there is nothing to guess from."""
        came = self.done - self._held
        if self.stage != "rendering" or not came or not self.total:
            return None
        return (self._clock() - self._render_began) / came * (self.total - self.done)

    @abstractmethod
    def begin(self, client: Client) -> None:
        """Ask the backend for the first step."""

    def cancel(self, client: Client) -> None:
        """Stop; a job that the backend has taken ends when it says so."""
        self.cancelled = True
        if self._frames is not None:
            self._frames.note.remove()
        if self._backend_job:
            client.send(Cancel(job=self._backend_job))

    def abandon(self, problem: EmoGeneError | None) -> None:
        """It cannot go on here; None where the artist left the backend."""
        self._end()
        self.problem = problem
        self.cancelled = problem is None

    @property
    def folder(self) -> Path | None:
        """Where its frames go; None before there are any to come."""
        return self._frames.folder if self._frames is not None else None

    def belongs_to(self, whose: CharacterKey | None) -> None:
        """Its character is known by another name now; None where it is in no open file.

        What is rendered for nobody is still saved, and its note stays, so that it is shown when the file is opened.
        """
        self._is_lost = whose is None
        if whose is not None:
            self.whose = whose
            if self._frames is not None:
                self._frames.whose = whose

    @abstractmethod
    def finished(self) -> Finished:
        """How it ended, once it is over."""

    def take(self, client: Client, event: AnyEvent, parts: list[Buffer]) -> list[Happening]:
        """Follow one event; returns what came of it."""
        if event.id != self._request or self.over:
            return []
        return self._guarded(client, lambda: self._take(client, event, parts))

    @property
    def is_saving(self) -> bool:
        """Whether a frame that came is not whole in its place yet: `go_on`, before another event is taken."""
        return self._frames is not None and self._frames.is_saving

    def go_on(self, client: Client) -> list[Happening]:
        """Save a piece of the frame that came; returns what came of it."""
        return self._guarded(client, lambda: self._saved(client))

    def _guarded(self, client: Client, step: Callable[[], list[Happening]]) -> list[Happening]:
        try:
            return step()
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
            case Accepted():
                return self._accepted(client, event)
            case Progress():
                self._show_progress(event)
            case FrameDone():
                return self._frame_done(client, event, parts)
            case FrameFailed():
                self._failed_frames.append(event)
            case Done():
                self._step_done(client)
            case Failed() if not self.cancelled and self._begins_again(client, event.code):
                pass
            case Failed():
                self._failed(event)
        return []

    def _accepted(self, client: Client, event: Accepted) -> list[Happening]:
        self._backend_job = event.job
        if self.cancelled:
            client.send(Cancel(job=event.job))
        return []

    def _show_progress(self, event: Progress) -> None:
        # Frames are counted as they are saved here, which is what the artist can see.
        if self.stage != "rendering":
            self.done, self.total = event.done, event.total
        elif event.stage == "rendering":
            self.reused = event.reused

    def _frame_done(self, client: Client, event: FrameDone, parts: list[Buffer]) -> list[Happening]:
        if self._frames is None:
            raise BackendError("The backend sent a frame that nobody asked for.", "Restart the backend.")
        self._frames.begin(event, parts[0])
        return self._saved(client)

    def _saved(self, client: Client) -> list[Happening]:
        saved = self._frames.go_on() if self._frames is not None else None
        if saved is None:
            return []
        client.add_credit(self._request, 1)
        self.done += 1
        return [saved]

    def _step_done(self, client: Client) -> None:
        if self._frames is not None and not self._is_lost:
            self._frames.note.remove()
        self._end()

    def _begins_again(self, client: Client, code: str) -> bool:
        """Begin once more what failed with this code, if that may help; whether it was begun."""
        return False

    def _failed(self, event: Failed) -> None:
        if self._frames is not None and event.code not in _GOES_ON:
            self._frames.note.remove()
        self._end()
        if event.code == "cancelled":
            self.cancelled = True
        elif self._failed_frames and event.code == "frames_failed":
            self.problem = told(self._failed_frames)
        else:
            self.problem = EmoGeneError(event.message, event.hint, event.code)

    def _begin_frames(self, frames: ComingFrames, held: int = 0) -> None:
        self._frames = frames
        self._held = held
        self._set_stage("rendering", held, frames.wanted.last - frames.wanted.first + 1)
        self._render_began = self._clock()

    def _set_stage(self, stage: str, done: int = 0, total: int = 0) -> None:
        self.stage, self.done, self.total = stage, done, total

    def _end(self) -> None:
        self.over = True
        if self._frames is not None:
            self._frames.leave()
