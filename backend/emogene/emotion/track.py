"""Emotion keys become emotion weights over time.

A key sits where its change begins: the face leaves for the key's emotion at `seconds` and is there `transition_seconds`
later. A key that comes while an earlier change is still under way blends from that moving change, so nothing jumps.
"""

from collections.abc import Callable, Sequence

import numpy as np

from emogene_proto.names import EMOTIONS
from emogene_proto.shot import EmotionKey

_SHORTEST_TRANSITION = 1e-6
"""Seconds; less is a jump."""


def emotion_weights(keys: Sequence[EmotionKey], times_seconds: np.ndarray) -> np.ndarray:
    """Weights of the eight emotions at each time.

    Before the first key the face is neutral, unless that key sits at or before 0 s: then it holds from the start.

    Args:
        times_seconds: (T,) any times, in any order.

    Returns:
        (T, 8) float32, order of EMOTIONS, none negative; column 0 is the neutral rest, so rows sum to 1.
    """
    times = np.asarray(times_seconds, np.float64)
    ordered = sorted(keys, key=lambda key: key.seconds)
    weights = np.broadcast_to(_target(None), (len(times), len(EMOTIONS)))
    if ordered and ordered[0].seconds <= 0.0:
        weights = np.broadcast_to(_target(ordered.pop(0)), weights.shape)
    for key in ordered:
        arrived = _progress(key, times)[:, None]
        weights = weights + arrived * (_target(key) - weights)
    # Curves round to a little more than 1.
    return np.maximum(weights, 0.0).astype(np.float32)


def _target(key: EmotionKey | None) -> np.ndarray:
    """(8,) weights that a key leads to; None is neutral."""
    target = np.zeros(len(EMOTIONS))
    if key is not None:
        target[EMOTIONS.index(key.emotion)] = key.intensity
    target[0] += 1.0 - target.sum()
    return target


def _progress(key: EmotionKey, times: np.ndarray) -> np.ndarray:
    """(T,) how far the change to `key` has come: 0 before it, 1 after it."""
    if key.easing == "hold" or key.transition_seconds < _SHORTEST_TRANSITION:
        return (times >= key.seconds).astype(np.float64)
    u = np.clip((times - key.seconds) / key.transition_seconds, 0.0, 1.0)
    return _CURVES[key.easing](u)


def smootherstep(u: np.ndarray) -> np.ndarray:
    """0 to 1 for u in [0, 1], with velocity and acceleration zero at both ends."""
    return u * u * u * (u * (6.0 * u - 15.0) + 10.0)


def _ease_in(u: np.ndarray) -> np.ndarray:
    """Most of the change comes late; still at rest at both ends."""
    return smootherstep(u * u)


def _ease_out(u: np.ndarray) -> np.ndarray:
    """Most of the change comes early; still at rest at both ends."""
    return 1.0 - _ease_in(1.0 - u)


_CURVES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda u: u,
    "smooth": smootherstep,
    "ease_in": _ease_in,
    "ease_out": _ease_out,
}
