"""A stream of pictures to one client: what paces it, and the pictures that wait to be sent."""

from collections import deque
from typing import NamedTuple

from emogene.service.live_pacer import Pacer, Wanted

SILENT_SECONDS = 600.0
"""Where a client tells nothing of its playhead for so long its stream ends; a frozen Blender comes back sooner."""
WAITING_PICTURES = 2
"""Kept for a client that does not read just now; older ones are dropped."""


class Picture(NamedTuple):
    """A rendered picture of a stream."""

    wanted: Wanted
    rgba: bytes
    """8-bit sRGB with straight alpha, row by row from the top."""
    seconds: float
    """How long it took."""


class LiveStream:
    """The state of one stream, which is part of its job."""

    def __init__(self, pacer: Pacer):
        """`pacer` has the frames that were asked for."""
        self.pacer = pacer
        self.pictures: deque[Picture] = deque(maxlen=WAITING_PICTURES)
        self.turn = 0
        """Number of the task that made its newest picture: streams take turns."""
        self._at_work: Wanted | None = None

    def planned(self, frames: range) -> bool:
        """The shot has these frames; False if none of them was asked for."""
        asked = self.pacer.frames
        self.pacer.frames = range(max(frames.start, asked.start), min(frames.stop, asked.stop))
        return len(self.pacer.frames) > 0

    def begin(self, wanted: Wanted, turn: int) -> None:
        self._at_work, self.turn = wanted, turn
        self.pacer.begin(wanted)

    def rendered(self, rgba: bytes) -> None:
        """The picture at work is there."""
        wanted, self._at_work = self._at_work, None
        seconds = self.pacer.finished()
        if wanted is not None:
            self.pictures.append(Picture(wanted, rgba, seconds))

    def lost(self) -> None:
        """The picture at work will not come."""
        self._at_work = None
        self.pacer.lost()

    @property
    def abandoned(self) -> bool:
        return self.pacer.silent_seconds > SILENT_SECONDS
