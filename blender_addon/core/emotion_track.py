# SPDX-License-Identifier: GPL-3.0-or-later
"""How strongly each emotion is felt at a moment, from keys and curves alone: what the backend's plan will say.

The backend's formula, without NumPy, for the few moments that a graph on the timeline shows. A curve's Bezier
segments are solved to a thousandth of their length, which no graph shows.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence

from ..emogene_proto.curve_segments import cubic, segment_handles
from ..emogene_proto.names import EMOTIONS
from ..emogene_proto.shot import EmotionCurve, EmotionKey

_HALVINGS = 10

_EASED = {
    "linear": lambda way: way,
    "smooth": lambda way: way * way * way * (way * (6.0 * way - 15.0) + 10.0),
    "ease_in": lambda way: _EASED["smooth"](way * way),
    "ease_out": lambda way: 1.0 - _EASED["smooth"]((1.0 - way) ** 2),
}


class EmotionTrack:
    """Keys and curves of a shot, to be asked for moments."""

    def __init__(self, keys: Sequence[EmotionKey], curves: Sequence[EmotionCurve] = ()):
        # Of keys at the same second the last one given counts alone.
        self._keys = sorted({key.seconds: key for key in keys}.values(), key=lambda key: key.seconds)
        # A first key at or before the voice's start holds from the start.
        self._held = bool(self._keys) and self._keys[0].seconds <= 0.0
        self._begins = [key.seconds for key in self._keys]
        if self._held:
            self._begins[0] = -math.inf
        self._targets = [_target(key) for key in self._keys]
        self._curves = [_Curve(curve) for curve in curves]

    def weights_at(self, seconds: float) -> list[float]:
        """(8,) in the order of EMOTIONS, none negative; their sum is 1."""
        felt = self._felt_by_keys(seconds)
        for curve in self._curves:
            felt[curve.emotion] = curve.value_at(seconds)
        total = sum(felt)
        if total > 1.0:
            felt = [weight / total for weight in felt]
        felt[0] = max(1.0 - total, 0.0)
        return felt

    def jumps(self) -> list[float]:
        """Seconds at which keys change the face at once."""
        return [key.seconds for key in self._keys if key.easing == "hold"]

    def _felt_by_keys(self, seconds: float) -> list[float]:
        """(8,) with 0 for neutral."""
        last = bisect_right(self._begins, seconds) - 1
        under_way = []
        for index in range(last, -1, -1):
            arrived = self._progress(index, seconds)
            under_way.append((arrived, self._targets[index]))
            if arrived >= 1.0:
                break
        felt = [0.0] * len(EMOTIONS)
        for arrived, target in reversed(under_way):
            felt = [was + arrived * (goes_to - was) for was, goes_to in zip(felt, target, strict=True)]
        return felt

    def _progress(self, index: int, seconds: float) -> float:
        """How far the change to a key that has begun has come, 0 to 1."""
        key = self._keys[index]
        if key.easing == "hold" or (index == 0 and self._held):
            return 1.0
        return _EASED[key.easing](min((seconds - key.seconds) / key.change_seconds, 1.0))


def _target(key: EmotionKey) -> list[float]:
    target = [0.0] * len(EMOTIONS)
    for feeling in key.feelings:
        target[EMOTIONS.index(feeling.emotion)] = feeling.intensity
    target[0] = 0.0
    return target


class _Curve:
    """An animated intensity, held before its first and after its last point."""

    def __init__(self, curve: EmotionCurve):
        self.emotion = EMOTIONS.index(curve.emotion)
        self._points = curve.points
        self._begins = [point.seconds for point in curve.points]

    def value_at(self, seconds: float) -> float:
        index = bisect_right(self._begins, seconds) - 1
        if index < 0 or index == len(self._points) - 1:
            value = self._points[max(index, 0)].value
        else:
            value = self._between(index, seconds)
        return min(max(value, 0.0), 1.0)

    def _between(self, index: int, seconds: float) -> float:
        left, right = self._points[index], self._points[index + 1]
        way = (seconds - left.seconds) / (right.seconds - left.seconds)
        if left.interpolation == "constant":
            return left.value
        if left.interpolation == "linear":
            return left.value + way * (right.value - left.value)
        first, second, out, into = segment_handles(left, right)
        low, size = 0.0, 1.0
        for _ in range(_HALVINGS):
            size *= 0.5
            if cubic(0.0, first, second, 1.0, low + size) <= way:
                low += size
        return cubic(left.value, out, into, right.value, low + 0.5 * size)
