"""Emotion keys and curves become emotion weights over time.

A key sits where its change begins: the face leaves for what the key feels at `seconds` and is there
`transition_seconds` later. A key that comes while an earlier change is still under way blends from that moving change,
so that neither place nor velocity jumps; on the way from one emotion to another both are felt.
"""

import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from emogene.emotion.curves import curve_values
from emogene.motion.easing import smootherstep
from emogene_proto.names import EMOTIONS
from emogene_proto.shot import EmotionCurve, EmotionKey


def emotion_track(keys: Sequence[EmotionKey], curves: Sequence[EmotionCurve], times_seconds: np.ndarray) -> np.ndarray:
    """Weights of the eight emotions at each time.

    Before the first key the face is neutral, unless that key sits at or before 0 s: then it holds from the start.
    Of keys at the same second the last one given counts alone. A curve stands in place of what keys say of its
    emotion. Where curves and keys together want more than 1, all are scaled down to 1 in proportion: as the sum passes
    1, and where a curve is cut off at 0 or 1, the change has a corner, since up to 1 nothing is altered.

    Args:
        keys: in any order, but for those at the same second.
        curves: at most one for an emotion, none for neutral.
        times_seconds: (T,) any times, in any order.

    Returns:
        (T, 8) float32, order of EMOTIONS, none negative; column 0 is the neutral rest, so rows sum to 1.
    """
    times = np.asarray(times_seconds, np.float64)
    felt = _felt_by_keys(keys, times)
    for curve in curves:
        felt[:, EMOTIONS.index(curve.emotion) - 1] = curve_values(curve, times)
    # Blends round to a hair below 0 and over 1.
    felt = np.maximum(felt, 0.0)
    felt /= np.maximum(felt.sum(1, keepdims=True), 1.0)
    return np.concatenate([np.maximum(1.0 - felt.sum(1, keepdims=True), 0.0), felt], 1).astype(np.float32)


def _felt_by_keys(keys: Sequence[EmotionKey], times: np.ndarray) -> np.ndarray:
    """(T, 7) intensities of all emotions but neutral."""
    # Of keys at the same second the last one given is left.
    ordered = sorted({key.seconds: key for key in keys}.values(), key=lambda key: key.seconds)
    if ordered and ordered[0].seconds <= 0.0:
        ordered[0] = msgspec.structs.replace(ordered[0], seconds=-math.inf, easing="hold")
    order = np.argsort(times, kind="stable")
    moments = times[order]
    begins = np.searchsorted(moments, [key.seconds for key in ordered])
    felt = np.zeros((len(times), len(EMOTIONS) - 1))
    for key, first, last in zip(ordered, begins, _given_up(ordered, begins, len(times)), strict=True):
        rows = slice(first, last)
        arrived = _progress(key, moments[rows])[:, None]
        felt[rows] *= 1.0 - arrived
        felt[rows] += arrived * _target(key)
    result = np.empty_like(felt)
    result[order] = felt
    return result


def _given_up(ordered: Sequence[EmotionKey], begins: np.ndarray, rows: int) -> np.ndarray:
    """(K,) the row from which each key is of no account: that where a key begins after a later one has arrived.

    So a key costs the rows in which it is under way, not all that follow.

    Args:
        begins: (K,) the row at which each key begins.
    """
    seconds = np.array([key.seconds for key in ordered])
    arrivals = seconds + [key.change_seconds for key in ordered]
    by_arrival = np.argsort(arrivals, kind="stable")
    newest = np.maximum.accumulate(by_arrival)
    there = np.searchsorted(arrivals[by_arrival], seconds, "right")
    # The newest key that has arrived when each begins: nothing before it is felt any more.
    oldest = np.where(there > 0, newest[np.maximum(there - 1, 0)], 0)
    superseded = np.searchsorted(oldest, np.arange(len(ordered)), "right")
    return np.append(begins, rows)[superseded]


def _target(key: EmotionKey) -> np.ndarray:
    """(7,) intensities that a key leads to."""
    target = np.zeros(len(EMOTIONS))
    for feeling in key.feelings:
        target[EMOTIONS.index(feeling.emotion)] = feeling.intensity
    return target[1:]


def _progress(key: EmotionKey, times: np.ndarray) -> np.ndarray:
    """(T,) how far the change to `key` has come: 0 before it, 1 after it."""
    if key.easing == "hold":
        return (times >= key.seconds).astype(np.float64)
    return _EASED[key.easing]((times - key.seconds) / key.change_seconds)


def _ease_in(way: np.ndarray) -> np.ndarray:
    """Most of the change comes late; still at rest at both ends."""
    return smootherstep(np.maximum(way, 0.0) ** 2)


def _ease_out(way: np.ndarray) -> np.ndarray:
    """Most of the change comes early; still at rest at both ends."""
    return 1.0 - _ease_in(1.0 - way)


_EASED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda way: np.clip(way, 0.0, 1.0),
    "smooth": smootherstep,
    "ease_in": _ease_in,
    "ease_out": _ease_out,
}
