"""How landmarks that an artist moved by hand move the face: over time, and over neighbouring points.

Plain arithmetic, so that the add-on shows on its empties what the backend renders.

Own movement: at a key a point is where the artist put it. Between two keys of a point that lie within twice the fade it
goes smoothly from one offset to the other; elsewhere an edit comes and goes within the fade. So a point p has at each
time an offset e_p and a presence w_p, 1 where it is held and 0 where it is not edited.

Neighbours: a point that is not held follows those that are,

    d_p = e_p + (1 - w_p) * sum_q g_pq e_q / max(1, sum_q g_pq w_q),   g_pq = smoothstep(1 - hops / (neighbours + 1))

with the hops from p to q along the face's lines. No point ever moves further than the largest offset.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache

from .face_lines import hops_from
from .names import LANDMARK_COUNT
from .shot import LandmarkEdit, LandmarkEdits

Offset = tuple[float, float, float]

_ON_FRAME = 1e-3
"""Parts of a frame; a key so near to a frame is meant to be on it."""
_JOINED = 1e-6


class Edits:
    """An edit layer at a shot's rate. Row 0 is the shot's first frame."""

    def __init__(self, edits: LandmarkEdits, fps: float):
        """A fade of less than a frame is none: a key then shows on the frame nearest to it, and on no other."""
        fade = edits.fade_seconds * fps
        self._fade = fade if fade >= 1.0 else 0.0
        keys: dict[int, list[LandmarkEdit]] = {}
        for key in edits.keys:
            keys.setdefault(key.point, []).append(key)
        self._tracks = {point: PointTrack(keys[point], fps, self._fade) for point in sorted(keys)}
        self._follows = followed(edits.neighbours)

    @property
    def tracks(self) -> dict[int, "PointTrack"]:
        """Of each point that has keys, its own movement; in order of the points."""
        return self._tracks

    def moving_rows(self, count: int) -> list[range]:
        """The rows of 0 to count - 1 outside which nothing moves, in order and apart from each other."""
        spans = sorted(span for track in self._tracks.values() for span in track.spans())
        rows: list[range] = []
        for first, last in spans:
            first, stop = max(first, 0), min(last + 1, count)
            if first >= stop:
                continue
            if rows and first <= rows[-1].stop:
                rows[-1] = range(rows[-1].start, max(rows[-1].stop, stop))
            else:
                rows.append(range(first, stop))
        return rows

    def displacements(self, row: int) -> dict[int, Offset]:
        """Metres by which points move at a row, in the head's frame; only those that move."""
        own: dict[int, tuple[Offset, float]] = {}
        for point, track in self._tracks.items():
            offset, presence = track.at(row)
            if presence > 0.0:
                own[point] = offset, presence
        moved: dict[int, Offset] = {}
        for point in range(LANDMARK_COUNT) if own else ():
            offset = self._displacement(point, own)
            if any(offset):
                moved[point] = offset
        return moved

    def _displacement(self, point: int, own: dict[int, tuple[Offset, float]]) -> Offset:
        offset, presence = own.get(point, ((0.0, 0.0, 0.0), 0.0))
        if presence == 1.0:
            return offset
        x = y = z = pull = 0.0
        for other, share in self._follows[point]:
            if other in own:
                its, there = own[other]
                x, y, z, pull = x + share * its[0], y + share * its[1], z + share * its[2], pull + share * there
        follows = (1.0 - presence) / max(1.0, pull)
        return offset[0] + follows * x, offset[1] + follows * y, offset[2] + follows * z


class PointTrack:
    """The movement of one point by its own keys, over rows."""

    def __init__(self, keys: Iterable[LandmarkEdit], fps: float, fade: float):
        """`fade`: in frames; 0 or at least 1."""
        placed: dict[float, Offset] = {}
        for key in sorted(keys, key=lambda key: key.seconds):
            placed[_position(key.seconds * fps, fade)] = key.offset
        self.positions = sorted(placed)
        """Of the keys, in frames from the first one, rising."""
        self.offsets = [placed[position] for position in self.positions]
        self._fade = fade

    def at(self, row: int) -> tuple[Offset, float]:
        """The point's own offset in metres, with its fading, and its presence, 0 to 1."""
        after = bisect_right(self.positions, row)
        before = after - 1
        if before >= 0 and self.positions[before] == row:
            return self.offsets[before], 1.0
        since = row - self.positions[before] if before >= 0 else math.inf
        until = self.positions[after] - row if after < len(self.positions) else math.inf
        if since + until <= 2.0 * self._fade + _JOINED:
            return _between(self.offsets[before], self.offsets[after], smoothstep(since / (since + until))), 1.0
        nearest, distance = (before, since) if since <= until else (after, until)
        if distance >= self._fade:
            return (0.0, 0.0, 0.0), 0.0
        presence = smoothstep(1.0 - distance / self._fade)
        x, y, z = self.offsets[nearest]
        return (presence * x, presence * y, presence * z), presence

    def spans(self) -> Iterable[tuple[int, int]]:
        """First and last row around each key, beyond which it does nothing."""
        for position in self.positions:
            yield math.ceil(position - self._fade), math.floor(position + self._fade)


@cache
def followed(neighbours: int) -> tuple[tuple[tuple[int, float], ...], ...]:
    """For each point the others that it follows, and how much: nearly 1 near by, 0 from `neighbours` + 1 steps on."""
    shares = [smoothstep(1.0 - hops / (neighbours + 1)) for hops in range(neighbours + 1)]
    return tuple(
        tuple((other, shares[hops]) for other, hops in sorted(hops_from(point, neighbours).items()) if hops)
        for point in range(LANDMARK_COUNT)
    )


def smoothstep(share: float) -> float:
    """0 to 1 over 0 to 1, without a kink at either end."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


def _position(frames: float, fade: float) -> float:
    """Where a key lies, in frames: on a frame if it is meant to be, or if it does not fade."""
    nearest = math.floor(frames + 0.5)
    return float(nearest) if fade == 0.0 or abs(frames - nearest) < _ON_FRAME else frames


def _between(earlier: Offset, later: Offset, share: float) -> Offset:
    keeps = 1.0 - share
    return (
        keeps * earlier[0] + share * later[0],
        keeps * earlier[1] + share * later[1],
        keeps * earlier[2] + share * later[2],
    )
