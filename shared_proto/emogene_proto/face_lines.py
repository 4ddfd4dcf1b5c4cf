"""The lines of a face that join its 68 landmarks, and how far points are from each other along them."""

import itertools
from collections.abc import Sequence
from functools import cache

from .names import LANDMARK_COUNT


def _line(points: Sequence[int]) -> tuple[tuple[int, int], ...]:
    return tuple(itertools.pairwise(points))


def _loop(points: Sequence[int]) -> tuple[tuple[int, int], ...]:
    return (*_line(points), (points[-1], points[0]))


DRAWN_LINES = (
    *_line(range(0, 17)),
    *_line(range(17, 22)),
    *_line(range(22, 27)),
    *_line(range(27, 31)),
    *_line(range(31, 36)),
    *_loop(range(36, 42)),
    *_loop(range(42, 48)),
    *_loop(range(48, 60)),
    *_loop(range(60, 68)),
)
"""Jaw, brows, bridge and base of the nose, eyes, lips: pairs of points, as iBUG draws them."""

_ACROSS = (
    (30, 33),
    *((48, 60), (50, 61), (51, 62), (52, 63), (54, 64)),
    *((56, 65), (57, 66), (58, 67)),
)
"""Tip of the nose to its base; each lip's outer line to its inner one."""

_CORNERS = frozenset((36, 39, 42, 45, 48, 54, 60, 64))
"""Of eyes and mouth: here upper and lower lid or lip meet, which move apart from each other."""


@cache
def hops_from(point: int, most: int) -> dict[int, int]:
    """Steps along the face's lines from a point to each that is no more than `most` away.

    A way from a lid or a lip ends at its corners: the lower lip does not follow the upper one, but both corners do.
    """
    hops, ring = {point: 0}, [point]
    for distance in range(1, most + 1):
        ways = [(here, there) for here in ring for there in _joined()[here] if there not in hops]
        ring = sorted({there for here, there in ways if _leads_on(point, here, there)})
        hops.update(dict.fromkeys(ring, distance))
    return hops


def _leads_on(start: int, here: int, there: int) -> bool:
    return here not in _CORNERS or there in _CORNERS or start in _CORNERS


@cache
def _joined() -> tuple[frozenset[int], ...]:
    """Of each point those that are one step away."""
    pairs = (*DRAWN_LINES, *_ACROSS)
    ways = [*pairs, *((second, first) for first, second in pairs)]
    return tuple(frozenset(there for here, there in ways if here == point) for point in range(LANDMARK_COUNT))
