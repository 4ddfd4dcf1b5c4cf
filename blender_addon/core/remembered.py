# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer that costs a look at the disk, kept for a moment: a panel asks with every redraw."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """The last answer, as long as the same is asked and it is not old."""

    def __init__(self, look: Callable[..., T], seconds: float = 5.0, clock: Callable[[], float] = time.monotonic):
        self._look = look
        self._seconds = seconds
        self._clock = clock
        self._kept: tuple[tuple[Hashable, ...], float, T] | None = None

    def get(self, *question: Hashable) -> T:
        """The answer to `look(*question)`, at most so many seconds old."""
        now = self._clock()
        if self._kept is None or self._kept[0] != question or now - self._kept[1] >= self._seconds:
            self._kept = (question, now, self._look(*question))
        return self._kept[2]

    def forget(self) -> None:
        """Look again next time."""
        self._kept = None
