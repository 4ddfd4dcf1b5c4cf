"""How busy the backend is: frames per second, memory, for how long it runs."""

import time
from collections import deque
from collections.abc import Callable

import psutil

WINDOW_SECONDS = 10.0
_GRAIN_SECONDS = 0.1
"""Frames that are finished within this time are counted together: memory stays flat at any rate."""


class FrameRate:
    """Counts rendered frames. Frames that were in the store already are none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._began = clock()
        self._counts: deque[tuple[float, int]] = deque()
        """When, and how many."""

    def rendered(self, frames: int = 1) -> None:
        """So many frames have just been finished."""
        now = self._clock()
        if self._counts and now - self._counts[-1][0] < _GRAIN_SECONDS:
            since, before = self._counts.pop()
            self._counts.append((since, before + frames))
        else:
            self._counts.append((now, frames))
        self._forget(now)

    def per_second(self) -> float:
        """During the last ten seconds, or since the beginning where that is less, but at least one second."""
        now = self._clock()
        self._forget(now)
        span = min(max(now - self._began, 1.0), WINDOW_SECONDS)
        return sum(frames for _, frames in self._counts) / span

    def uptime_seconds(self) -> float:
        """Since this was made."""
        return self._clock() - self._began

    def _forget(self, now: float) -> None:
        while self._counts and now - self._counts[0][0] > WINDOW_SECONDS:
            self._counts.popleft()


def resident_bytes(pid: int | None = None) -> int:
    """Resident memory of a process, of this one where no id is given; 0 where it is gone or the system does not say."""
    try:
        return psutil.Process(pid).memory_info().rss
    except (psutil.Error, OSError, ValueError, OverflowError):
        return 0
