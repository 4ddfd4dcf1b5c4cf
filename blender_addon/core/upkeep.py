# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a backend beside jobs: how it is, its memory, room on its disk."""

import time
from collections.abc import Callable

from ..emogene_proto.client import Client
from ..emogene_proto.messages import AnyEvent, Cleaned, CleanJobs, Done, Failed, GetStatus, ReleaseMemory, Status
from .amounts import bytes_text
from .said import said

ASK_SECONDS = 2.0
"""So often it is asked how it is."""
SILENT_SECONDS = 3.0
"""A backend answers within milliseconds; one that has not for so long hangs, or its computer does."""
_SETTLE_SECONDS = 1.5
"""So long the backend's processes take to give their memory back."""
_LONGEST_STEP = 1.0
"""While Blender itself stood still nobody listened: that time does not count as silence."""
_ALL_JOBS = 1_000_000_000


class Upkeep:
    """Follows one connection after the other. Nothing here waits, and silence ends nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Another connection begins."""
        self.status: Status | None = None
        """What the backend said last; None while it has said nothing."""
        self.note = ""
        """What came of the last thing that was asked for, for the artist."""
        self._silence = 0.0
        self._asked = 0
        self._asked_at = self._next_ask = self._stepped = self._clock()
        self._releasing = self._cleaning = 0
        self._memory_before: int | None = None
        self._memory_due: float | None = None
        """What is asked from then on tells the memory that is left."""

    @property
    def silent_seconds(self) -> int:
        """How long the backend has not answered; 0 where it answers, or may only be slow."""
        return int(self._silence) if self._silence >= SILENT_SECONDS else 0

    def step(self, client: Client) -> None:
        """Ask again, if it is time. Call it after all that came was taken.

        Raises:
            EmoGeneError: the connection is lost.
        """
        now = self._clock()
        if self._asked:
            self._silence += min(now - self._stepped, _LONGEST_STEP)
        elif now >= self._next_ask:
            self._asked, self._asked_at = client.send(GetStatus()), now
        self._stepped = now

    def take(self, event: AnyEvent) -> None:
        """Follow one event of the connection."""
        self._silence = 0.0  # whatever it says, it lives
        if event.id == self._asked and isinstance(event, Status | Failed):
            self._asked = 0
            self._next_ask = self._clock() + ASK_SECONDS
            if isinstance(event, Status):
                self._take_status(event)
        elif event.id == self._releasing and isinstance(event, Done | Failed):
            self._releasing = 0
            self._next_ask = self._memory_due = self._clock() + _SETTLE_SECONDS
            self._failed(event)
        elif event.id == self._cleaning and isinstance(event, Cleaned | Failed):
            self._cleaning = 0
            self._failed(event)
            if isinstance(event, Cleaned):
                removed = bytes_text(event.bytes)
                self.note = said("{size} of frames are removed. Frames in your own folders stay.", size=removed)

    def release_memory(self, client: Client) -> None:
        """Let the backend give back what it keeps in memory for the next job; `note` then says how much it was.

        Raises:
            EmoGeneError: the connection is lost.
        """
        self._memory_before = self.status.memory_bytes if self.status is not None else None
        self.note = said("Releasing memory")
        self._releasing = client.send(ReleaseMemory())

    def clear_frames(self, client: Client) -> None:
        """Remove the frames that the backend keeps, but those of jobs that go on. The list of jobs stays.

        Raises:
            EmoGeneError: the connection is lost.
        """
        self.note = said("Removing frames")
        self._cleaning = client.send(CleanJobs(keep=_ALL_JOBS, frame_bytes=0))

    def _take_status(self, status: Status) -> None:
        self.status = status
        if self._memory_due is None or self._asked_at < self._memory_due:
            return
        self._memory_due = None
        now = bytes_text(status.memory_bytes)
        if self._memory_before is None:
            self.note = said("Memory: {now} now", now=now)
        else:
            self.note = said("Memory: {before} before, {now} now", before=bytes_text(self._memory_before), now=now)

    def _failed(self, event: AnyEvent) -> None:
        if isinstance(event, Failed):
            self._memory_due = None
            self.note = f"{event.message} {event.hint}"
