"""The intensity of one emotion as an animated value: an F-Curve, evaluated exactly as Blender evaluates it."""

import itertools

import numpy as np

from emogene_proto.curve_segments import cubic, parameter_at, segment_handles
from emogene_proto.shot import EmotionCurve


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
        at = parameter_at(way, handles[0], handles[1])
        moving = cubic(heights[left], handles[2], handles[3], heights[left + 1], at)
        constant = np.array([point.interpolation == "constant" for point in points])[left]
        values[rows] = np.where(constant, heights[left], moving)
    return np.clip(values, 0.0, 1.0)
