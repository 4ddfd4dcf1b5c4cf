"""Where a client's playhead is now, from what the client told last: between tellings it is taken to run on."""

import time
from collections import deque
from collections.abc import Callable

JUMP_SECONDS = 0.3
"""A playhead that is told to be so far from where it should be was moved, and did not just run unevenly."""
SILENT_SECONDS = 1.0
"""After so long without a word a playhead is taken to stand: its client is busy with something else, or gone."""
_RATE_SECONDS = 1.0
_SHORTEST_RATE_SECONDS = 0.3


class Playhead:
    """A clock that counts frames, as far as it is known."""

    def __init__(self, fps: float, clock: Callable[[], float] = time.monotonic):
        self._fps = fps
        self._clock = clock
        self._told: deque[tuple[float, float]] = deque()
        """(time, frame) of the last second, since the playhead was last moved."""
        self._running = False
        self._heard = clock()

    def tell(self, frame: float, playing: bool) -> bool:
        """Take in where the playhead is now; True if it did not get there by itself."""
        now = self._clock()
        moved = not (self._told and self.playing and playing)
        moved = moved or abs(frame - self.at(now)) > JUMP_SECONDS * self._fps
        if moved:
            self._told.clear()
        self._told.append((now, frame))
        while self._told[0][0] < now - _RATE_SECONDS:
            self._told.popleft()
        self._running = playing
        self._heard = now
        return moved

    @property
    def playing(self) -> bool:
        return self._running and self.silent_seconds < SILENT_SECONDS

    @property
    def silent_seconds(self) -> float:
        """How long nothing was told of it."""
        return self._clock() - self._heard

    @property
    def frame(self) -> float | None:
        """Where it was told to be; None if never."""
        return self._told[-1][1] if self._told else None

    @property
    def rate(self) -> float:
        """Frames a second: what was seen of it lately, since a player may be too slow for its own rate."""
        (began, first), (ended, last) = self._told[0], self._told[-1]
        if ended - began < _SHORTEST_RATE_SECONDS:
            return self._fps
        return min(max((last - first) / (ended - began), 0.1 * self._fps), 2.0 * self._fps)

    def at(self, moment: float) -> float:
        """The frame, with its fraction, that a playing playhead is at."""
        told, frame = self._told[-1]
        return frame + self.rate * (moment - told)
