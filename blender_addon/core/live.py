# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot shown while it is played or scrubbed: what is said to the backend, and the pictures that are at hand."""

import time
from collections.abc import Callable
from typing import NamedTuple

from ..emogene_proto.client import Client
from ..emogene_proto.errors import BackendError, EmoGeneError
from ..emogene_proto.messages import (
    Accepted,
    AnyEvent,
    Cancel,
    Done,
    Failed,
    Progress,
    StreamClock,
    StreamFrame,
    StreamFrames,
    Uploaded,
)
from ..emogene_proto.shot import Shot
from ..emogene_proto.wire import Buffer
from .bringing import Bringing, KnownFiles
from .character_key import CharacterKey

KEPT_PICTURES = 24
OLDEST_SECONDS = 1.0
"""A picture that is so much older than the playhead is not taken for it."""
_LONGEST_SHOT = 1_000_000
"""Frames that are asked for; the backend knows how many there are."""
_TELL_SECONDS = 0.25
"""A playhead that stands is told so often, so that the backend knows how many pictures have come."""


class LivePicture(NamedTuple):
    """One picture of the stream."""

    frame: int
    width: int
    height: int
    rgba: Buffer
    """Rows from the top, 8-bit sRGB with straight alpha."""


class SeenPlayhead:
    """A playhead of which only whole frames are seen, with the fraction that goes by between them."""

    def __init__(self, fps: float, clock: Callable[[], float] = time.monotonic):
        self._fps = fps
        self._clock = clock
        self._frame: float | None = None
        self._changed = 0.0

    def see(self, frame: float, playing: bool) -> float:
        """Where the playhead is, if `frame` is what Blender says of it now."""
        now = self._clock()
        if frame != self._frame:
            self._frame, self._changed = frame, now
        return frame + min((now - self._changed) * self._fps, 0.99) if playing else frame


class Live:
    """One stream. Its client's events go through `take`; `tell` is called again and again."""

    def __init__(
        self,
        whose: CharacterKey,
        shot: Shot,
        size: tuple[int, int],
        files: KnownFiles,
        clock: Callable[[], float] = time.monotonic,
    ):
        """
        Args:
            whose: the character that it is for.
            shot: its paths are those of this computer.
            size: width and height in pixels that are asked for.
            files: what the backend has already.
        """
        self.whose = whose
        self._bringing = Bringing(shot, files, with_background=True)
        self.size = size
        self.over = False
        self.problem: EmoGeneError | None = None
        self.stage = self._bringing.stage
        self.note = ""
        """What the backend says of the size of its pictures, if anything."""
        self.shown_size = (0, 0)
        self._playhead = SeenPlayhead(shot.fps, clock)
        self._clock = clock
        self._request = 0
        self._backend_job = ""
        self._stopped = False
        self._received = 0
        self._pictures: list[LivePicture] = []
        """In the order in which they came."""
        self._told: tuple[float, bool, int] | None = None
        self._told_at = 0.0

    @property
    def shot(self) -> Shot:
        """With the contents of its files, once they are known."""
        return self._bringing.shot

    def begin(self, client: Client) -> None:
        self._bring(client)

    def stop(self, client: Client) -> None:
        """No more pictures; the backend is told."""
        self.over = self._stopped = True
        if self._backend_job:
            client.send(Cancel(job=self._backend_job))

    def abandon(self, problem: EmoGeneError | None) -> None:
        """It cannot go on here."""
        self.over, self.problem = True, problem

    def tell(self, client: Client, frame: float, playing: bool) -> None:
        """Say where Blender's playhead is; a playhead that stands is not told each time."""
        if not self._backend_job or self.over:
            return
        now = self._clock()
        seen = (self._playhead.see(frame, playing), playing, self._received)
        if not playing and seen[:2] == (self._told or ())[:2] and now - self._told_at < _TELL_SECONDS:
            return
        self._told, self._told_at = seen, now
        client.send(StreamClock(to=self._request, frame=seen[0], playing=playing, received=self._received))

    def shown(self, frame: float, playing: bool) -> LivePicture | None:
        """The picture to show at this frame: its own, or the newest before it; else whichever came last.

        Args:
            playing: False takes the picture that came last, for it is the one that was asked for.
        """
        if not self._pictures:
            return None
        if not playing:
            exact = [picture for picture in self._pictures if picture.frame == round(frame)]
            return exact[-1] if exact else self._pictures[-1]
        oldest = frame - OLDEST_SECONDS * self.shot.fps
        fitting = [picture for picture in self._pictures if oldest <= picture.frame <= frame]
        return max(fitting, key=lambda picture: picture.frame) if fitting else None

    def take(self, client: Client, event: AnyEvent, parts: list[Buffer]) -> None:
        """Follow one event."""
        if event.id != self._request:
            return
        if isinstance(event, Accepted) and self._stopped:
            client.send(Cancel(job=event.job))  # stopped before the backend had named its job
        if self.over:
            return
        match event:
            case Uploaded() if self._bringing.uploaded(event.sha256):
                self._bring(client)
            case Accepted():
                self._backend_job, self.stage = event.job, "planning"
            case Progress():
                self.stage = event.stage.lower()
            case StreamFrame():
                self._keep(event, parts)
            case Failed() if self._bringing.begins_again(event.code):
                self._backend_job = ""
                self._bring(client)
            case Failed():
                self.abandon(EmoGeneError(event.message, event.hint, event.code))
            case Done():
                self.over = True

    def _bring(self, client: Client) -> None:
        request = self._bringing.next_request(client)
        if request:
            self.stage, self._request = self._bringing.stage, request
        else:
            self._ask(client)

    def _ask(self, client: Client) -> None:
        first = self.shot.frame_start
        last = min(first + _LONGEST_SHOT, 2**31 - 1)
        width, height = self.size
        self._request = client.send(StreamFrames(shot=self.shot, first=first, last=last, width=width, height=height))

    def _keep(self, event: StreamFrame, parts: list[Buffer]) -> None:
        self._received += 1
        if len(parts) != 1 or memoryview(parts[0]).nbytes != 4 * event.width * event.height or not event.width:
            hint = "Update the add-on and the backend to the same release."
            self.abandon(BackendError("The backend sent a picture that is none.", hint))
            return
        self.stage, self.note, self.shown_size = "live", event.note, (event.width, event.height)
        self._pictures.append(LivePicture(event.frame, event.width, event.height, parts[0]))
        del self._pictures[:-KEPT_PICTURES]


def live_size(frame_size: tuple[int, int], longer_side: int) -> tuple[int, int]:
    """Width and height with the shape of a shot's frames, the longer side as given; 16 to 1024 pixels each."""
    width, height = frame_size
    scale = longer_side / max(width, height)
    across, down = (min(max(round(side * scale), 16), 1024) for side in (width, height))
    return across, down
