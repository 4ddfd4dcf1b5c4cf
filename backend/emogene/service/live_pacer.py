"""Which picture of a stream is rendered next, so that it is there when the playhead comes to it.

Nothing is queued: the question is asked anew whenever the renderer is free, and pictures that would come too late are
left out. Knows nothing of sockets, renderers or Blender; time comes from the clock that it is given.
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

from emogene.service.live_playhead import Playhead
from emogene.service.live_size import LiveSize

AHEAD_SECONDS = 0.25
"""So far before the playhead pictures are rendered where there is time: they bridge a hiccup."""
UNREAD = 6
"""Pictures beyond those ahead that may be on their way to a client that has not told of them yet."""
_DELIVERY_SECONDS = 0.01
"""From the renderer to the client's next look."""
_LONGEST_SECONDS = 1.0
"""No render time is believed beyond this: the first one may have compiled the kernels."""


class Wanted(NamedTuple):
    """A picture to render."""

    frame: int
    size: tuple[int, int]
    """Width and height."""
    skipped: int
    """Frames left out since the last picture, because they would have come too late."""


class Pacer:
    """Paces one stream. `wanted` and `begin` start a picture, `finished` or `lost` ends it."""

    def __init__(self, fps: float, frames: range, size: tuple[int, int], clock: Callable[[], float] = time.monotonic):
        """
        Args:
            fps: frames a second of the shot.
            frames: numbers of the frames that may be asked for.
            size: width and height of pictures in pixels.
        """
        self.frames = frames
        self.size = LiveSize(size, fps)
        self._fps = fps
        self._clock = clock
        self._playhead = Playhead(fps, clock)
        self._standing: int | None = None
        """Where the playhead stands; None while it moves."""
        self._last: int | None = None
        """The newest frame that was begun since the playhead was last moved by hand."""
        self._working: tuple[Wanted, float] | None = None
        self._warm = False
        self._sent = 0
        self._received = 0

    def tell(self, frame: float, playing: bool, received: int) -> None:
        """Take in where the client's playhead is now, and how many pictures of the stream the client has had."""
        moved = self._playhead.tell(frame, playing)
        standing = None if playing else round(frame)
        if moved if playing else standing != self._standing:
            self._last = None
        self._standing = standing
        self._received = max(self._received, min(received, self._sent))

    @property
    def playing(self) -> bool:
        """Whether the playhead moves, and pictures are needed in time."""
        return self._playhead.playing

    @property
    def silent_seconds(self) -> float:
        """How long the client has told nothing."""
        return self._playhead.silent_seconds

    def wanted(self) -> Wanted | None:
        """The picture to render now; None while there is nothing to do."""
        if self._working is not None or self._playhead.frame is None or not self.frames or self._unread():
            return None
        if self._standing is None:
            return self._in_time() if self.playing else None
        frame = min(max(self._standing, self.frames[0]), self.frames[-1])
        return None if frame == self._last else Wanted(frame, self.size.asked, 0)

    def wait_seconds(self) -> float | None:
        """When to ask again; None where only news can change the answer."""
        if self._working is not None or not self.playing or self._last is None or self._unread():
            return None
        here = self._playhead.at(self._clock())
        if max(self._last, here) >= self.frames[-1]:
            return None
        missing = self._last + 1 - AHEAD_SECONDS * self._fps - here
        return max(missing / self._playhead.rate, 0.001)

    def begin(self, wanted: Wanted) -> None:
        """The renderer has begun this picture."""
        self._last = wanted.frame
        self._working = (wanted, self._clock())

    def finished(self) -> float:
        """The picture at work is there; returns the seconds that it took."""
        if self._working is None:
            return 0.0
        (wanted, began), self._working = self._working, None
        seconds = self._clock() - began
        if self._warm:
            self.size.measured(wanted.size, seconds)
        self._warm = True
        return seconds

    def lost(self) -> None:
        """The picture at work will not come; one for a playhead that stands is wanted again."""
        self._working = None
        if self._standing is not None:
            self._last = None

    def sent(self) -> None:
        """A picture is on its way to the client."""
        self._sent += 1

    def _in_time(self) -> Wanted | None:
        """The next frame that can be there when the playhead comes to it, unless enough are ahead."""
        now = self._clock()
        takes = min(self.size.seconds, _LONGEST_SECONDS) + _DELIVERY_SECONDS
        first = max(math.ceil(self._playhead.at(now + takes)), self.frames[0])
        frame = first if self._last is None else max(first, self._last + 1)
        if frame > self.frames[-1] or frame > max(first, self._playhead.at(now) + AHEAD_SECONDS * self._fps):
            return None
        skipped = 0 if self._last is None else frame - self._last - 1
        return Wanted(frame, self.size.now, skipped)

    def _unread(self) -> bool:
        return self._sent - self._received >= UNREAD + math.ceil(AHEAD_SECONDS * self._fps)
