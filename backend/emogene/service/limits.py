"""How much one client may ask of the backend, and how often it may be wrong: refused before memory is taken.

Sizes of messages are in emogene_proto/wire.py, of uploads in blobs.py, of shots in shot_check.py.
"""

import time
from collections.abc import Callable

from emogene_proto.errors import EmoGeneError

SESSIONS = 1024
UPLOADS = 4
"""Files that one client may bring at once."""
UPLOAD_BYTES = 2 * 2**30
"""Of the files that one client brings at once."""
ALL_UPLOADS = 256
"""Files that all clients may bring at once: each is open."""
ALL_UPLOAD_BYTES = 20 * 2**30
"""Of the files that all clients bring at once."""
WATCHES = 64
"""Jobs that one client may watch at once."""
CLIENT_JOBS = 256
"""Jobs of one client that have not ended."""
CLIENT_SHOT_BYTES = 64 * 2**20
"""Of the shots of one client's jobs that have not ended, as encoded; in memory they take about six times as much. A
single larger one is no less allowed."""
ALL_SHOT_BYTES = 256 * 2**20
"""Of the shots of all clients' jobs that have not ended."""
JOB_FRAMES = 500_000
"""Of one render: nearly six hours at 24 frames a second."""
BAD_MESSAGES = 200
BAD_MESSAGES_A_SECOND = 20.0
"""A client that is wrong more often than that, beyond the first BAD_MESSAGES, gets no more answers for a while. Each
megabyte of a wrong message counts as one more: it takes as long to read."""
LONGEST_NAME = 100
"""Characters of a client's name that are kept."""


def short_name(name: str) -> str:
    """A client's name as it may stand in lists and the log: one line, not long."""
    return "".join(letter for letter in name[:LONGEST_NAME] if letter.isprintable()).strip()


class LimitError(EmoGeneError):
    """A client asks for more than one may."""

    code = "busy"


class Tokens:
    """A bucket of so many tokens, filled again at a rate."""

    def __init__(self, most: int, a_second: float, clock: Callable[[], float] = time.monotonic):
        self._most, self._a_second, self._clock = most, a_second, clock
        self._left, self._at = float(most), clock()

    def take(self, count: float = 1.0) -> bool:
        """So many tokens, however few there are; False where none was left."""
        if self.empty:
            return False
        self._left -= count
        return True

    @property
    def empty(self) -> bool:
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._a_second)
        self._at = now
        return self._left < 1.0
