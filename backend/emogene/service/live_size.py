"""At which size a stream's pictures can be rendered as fast as they are played."""

import statistics
from collections import deque

SCALES = (1.0, 0.75, 0.5, 0.375, 0.25)
"""Of the size that was asked for."""
SMALLEST_SIDE = 96
"""Pixels of the shorter side: with less a mouth cannot be judged, and little time is won."""
_MEASURED = 9
"""Pictures whose median counts: a hiccup of the computer does not."""
_ENOUGH = 5
"""New measurements before the size is changed again."""
_ENOUGH_TO_RAISE = 24
_FORGOTTEN_AFTER = 240
"""After so many pictures at one size it is tried again whether a larger one goes by now."""
_BUSY = 0.9
"""Of a frame's duration; who takes longer cannot keep up."""
_FREE = 0.75
"""Of a frame's duration; a size that should take less is worth trying."""


class LiveSize:
    """The largest size that holds the rate, from measured render times."""

    def __init__(self, asked: tuple[int, int], fps: float):
        """
        Args:
            asked: width and height in pixels.
            fps: pictures that are played in a second.
        """
        self._sizes = list(dict.fromkeys(_scaled(asked, scale) for scale in SCALES))
        self._frame_seconds = 1.0 / fps
        self._times: list[deque[float]] = [deque(maxlen=_MEASURED) for _ in self._sizes]
        self._step = 0
        self._since = 0

    @property
    def asked(self) -> tuple[int, int]:
        return self._sizes[0]

    @property
    def now(self) -> tuple[int, int]:
        """Width and height that the next picture of a playing stream is to have."""
        return self._sizes[self._step]

    @property
    def seconds(self) -> float:
        """What a picture of this size takes: measured, or guessed from another size, or a frame's duration."""
        return self._expected(self._step)

    def measured(self, size: tuple[int, int], seconds: float) -> None:
        """Take in how long a picture took from asking to having it."""
        if size not in self._sizes:
            return
        step = self._sizes.index(size)
        self._times[step].append(seconds)
        if step != self._step:
            return  # a picture of a stream that stands, or one that was at work when the size changed
        self._since += 1
        if self._since >= _ENOUGH and self.seconds > _BUSY * self._frame_seconds:
            self._lower()
        elif self._step and self._since >= _ENOUGH_TO_RAISE:
            self._raise()

    def _lower(self) -> None:
        """To the largest smaller size that should do; the smallest if none should."""
        smaller = range(self._step + 1, len(self._sizes))
        enough = _FREE * self._frame_seconds
        if smaller:
            self._go(next((step for step in smaller if self._from_area(step) <= enough), smaller[-1]))

    def _raise(self) -> None:
        if self._since >= _FORGOTTEN_AFTER:
            for larger in self._times[: self._step]:
                larger.clear()
            self._since = _ENOUGH_TO_RAISE
        if self._expected(self._step - 1) < _FREE * self._frame_seconds:
            self._go(self._step - 1)

    def _go(self, step: int) -> None:
        self._step, self._since = step, 0

    def _expected(self, step: int) -> float:
        if self._times[step]:
            return statistics.median(self._times[step])
        return self._from_area(step)

    def _from_area(self, step: int) -> float:
        """As if the time went with the number of pixels, from the present size or the nearest that was measured."""
        known = [other for other, times in enumerate(self._times) if times and other != step]
        if not known:
            return self._frame_seconds
        nearest = min(known, key=lambda other: (other != self._step, abs(other - step)))
        return statistics.median(self._times[nearest]) * _area(self._sizes[step]) / _area(self._sizes[nearest])


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    scale = max(scale, SMALLEST_SIDE / min(size))
    return (round(size[0] * scale), round(size[1] * scale)) if scale < 1.0 else size


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
