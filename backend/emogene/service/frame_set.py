"""Frames that a client holds already, a bit each: half a million of them take 64 kB."""

from collections.abc import Iterable


class FrameSet:
    """Some frames of a range; others are never in it."""

    def __init__(self, first: int = 0, last: int = -1, frames: Iterable[int] = ()):
        """Frames outside `first` to `last`, both included, are left out."""
        self._frames = range(first, last + 1)
        bits = bytearray((len(self._frames) + 7) // 8)
        for frame in frames:
            if frame in self._frames:
                bits[(frame - first) >> 3] |= 1 << ((frame - first) & 7)
        self._bits = bytes(bits)

    def __contains__(self, frame: int) -> bool:
        place = frame - self._frames.start
        return frame in self._frames and bool(self._bits[place >> 3] >> (place & 7) & 1)
