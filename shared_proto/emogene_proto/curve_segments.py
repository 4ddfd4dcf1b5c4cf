"""Cubic Bezier segments between the points of an F-Curve, as Blender reads them, and how high a curve comes.

`cubic` and `parameter_at` are arithmetic alone: they take numbers, or NumPy arrays of them, which this package does
not know.
"""

import itertools
import math
from typing import Any

from .shot import CurvePoint, EmotionCurve

_HALVINGS = 48
"""Of the parameter of a Bezier curve, until it is known to the last bit that matters."""


def segment_handles(left: CurvePoint, right: CurvePoint) -> tuple[float, float, float, float]:
    """The two handles between points: parts of the way from one to the other, then values.

    A handle that reaches further than the other point is shortened until it does not, as in Blender, so that a curve
    never turns back in time.
    """
    span = right.seconds - left.seconds
    leaving, coming = left.handle_right, right.handle_left
    if left.interpolation == "linear":
        third = (right.value - left.value) / 3.0
        leaving, coming = (span / 3.0, third), (-span / 3.0, -third)
    out, into = _shortened(leaving, span), _shortened(coming, span)
    return out[0] / span, 1.0 + into[0] / span, left.value + out[1], right.value + into[1]


def curve_peak(curve: EmotionCurve, end_seconds: float = math.inf) -> float:
    """The greatest value of a curve from 0 s to the end, both included, clamped to 0 to 1.

    It is held before its first and after its last point. Between points, a Bezier segment is highest at one of its
    ends or where its cubic's derivative is 0; a handle itself may lie far above.
    """
    points = curve.points
    if not points:
        return 0.0
    seen = [point.value for point in points if 0.0 <= point.seconds <= end_seconds]
    held = [points[0].value] if points[0].seconds > 0.0 else [points[-1].value] if points[-1].seconds < 0.0 else []
    peak = max([0.0, *seen, *held])
    for left, right in itertools.pairwise(points):
        if left.seconds < right.seconds and left.seconds <= end_seconds and right.seconds > 0.0:
            peak = max(peak, _segment_peak(left, right, end_seconds, peak))
    return min(peak, 1.0)


def _segment_peak(left: CurvePoint, right: CurvePoint, end: float, known: float) -> float:
    """The greatest value of a segment from 0 s to `end`, or less than `known`, if it cannot exceed that."""
    if left.interpolation == "constant":
        return left.value
    first, second, out, into = segment_handles(left, right)
    if max(left.value, out, into, right.value) <= known:
        return 0.0
    span = right.seconds - left.seconds
    begins = parameter_at((0.0 - left.seconds) / span, first, second) if left.seconds < 0.0 else 0.0
    stops = parameter_at((end - left.seconds) / span, first, second) if right.seconds > end else 1.0
    turns = [at for at in _turns(left.value, out, into, right.value) if begins < at < stops]
    return max(cubic(left.value, out, into, right.value, at) for at in (begins, stops, *turns))


def _turns(a: float, b: float, c: float, d: float) -> list[float]:
    """Parameters at which the derivative of a cubic Bezier curve is 0."""
    square, linear, constant = d - a + 3.0 * (b - c), 2.0 * (a - 2.0 * b + c), b - a
    inside = linear * linear - 4.0 * square * constant
    if not inside >= 0.0:
        return []
    # Of the two sums in the usual formula the one that cancels nothing.
    half = -0.5 * (linear + math.copysign(math.sqrt(inside), linear))
    return [top / bottom for top, bottom in ((half, square), (constant, half)) if bottom]


def parameter_at(way: Any, first: Any, second: Any) -> Any:
    """The parameter at which a curve from 0 to 1, with these handles, is at `way`. A curve does not turn back, so
    halving finds its one place."""
    low, size = 0.0 * way, 1.0
    for _ in range(_HALVINGS):
        size *= 0.5
        low = low + size * (cubic(0.0, first, second, 1.0, low + size) <= way)
    return low


def cubic(a: Any, b: Any, c: Any, d: Any, t: Any) -> Any:
    """Where a cubic Bezier curve from `a` to `d` with handles `b` and `c` is at the parameter `t`."""
    s = 1.0 - t
    return s * s * (s * a + 3.0 * t * b) + t * t * (3.0 * s * c + t * d)


def _shortened(handle: tuple[float, float], span: float) -> tuple[float, float]:
    """A handle that stays within `span` seconds, in its own direction."""
    part = min(1.0, span / abs(handle[0])) if handle[0] else 1.0
    return part * handle[0], part * handle[1]
