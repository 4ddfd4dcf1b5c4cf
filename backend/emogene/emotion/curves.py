"""The intensity of one emotion as an animated value: an F-Curve, evaluated exactly as Blender evaluates it."""

import itertools

import numpy as np

from emogene_proto.curve_segments import segment_handles
from emogene_proto.shot import EmotionCurve

_HALVINGS = 48
"""Of the parameter of a Bezier curve, until it is known to the last bit that matters."""


def curve_values(curve: EmotionCurve, times_seconds: np.ndarray) -> np.ndarray:
    """(T,) float64 values in 0..1 at any times; held before the first and after the last point.

    Args:
        curve: with at least one point, in order of time.
        times_seconds: (T,) any times, in any order.
    """
    times = np.asarray(times_seconds, np.float64)
    points = curve.points
    starts, heights = (np.array([getattr(point, name) for point in points]) for name in ("seconds", "value"))
    # The point at or before each time; -1 is before the first.
    latest = np.searchsorted(starts, times, "right") - 1
    values = heights[np.maximum(latest, 0)]
    rows = np.flatnonzero((latest >= 0) & (latest < len(points) - 1))
    if len(rows):
        left = latest[rows]
        way = (times[rows] - starts[left]) / (starts[left + 1] - starts[left])
        handles = np.array([segment_handles(a, b) for a, b in itertools.pairwise(points)])[left].T
        at = _parameter_at(way, handles[0], handles[1])
        moving = _cubic(heights[left], handles[2], handles[3], heights[left + 1], at)
        constant = np.array([point.interpolation == "constant" for point in points])[left]
        values[rows] = np.where(constant, heights[left], moving)
    return np.clip(values, 0.0, 1.0)


def _parameter_at(way: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(n,) parameters at which n curves from 0 to 1, with these handles, are at `way`. A curve does not turn back, so
    halving finds its one place."""
    low, size = np.zeros_like(way), 1.0
    for _ in range(_HALVINGS):
        size *= 0.5
        low += size * (_cubic(0.0, first, second, 1.0, low + size) <= way)
    return low


def _cubic(a: np.ndarray | float, b: np.ndarray, c: np.ndarray, d: np.ndarray | float, t: np.ndarray) -> np.ndarray:
    """(n,) places on n cubic Bezier curves from `a` to `d` with handles `b` and `c`."""
    s = 1.0 - t
    return s * s * (s * a + 3.0 * t * b) + t * t * (3.0 * s * c + t * d)
