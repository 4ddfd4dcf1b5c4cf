"""How idle somebody is: 0 while he speaks, 1 well inside a pause, without a step between the two."""

import numpy as np

from emogene.motion.easing import smootherstep
from emogene_proto.names import MODEL_FPS

SETTLE_SECONDS = 0.4
"""From the end of a voice until somebody is quite idle, and as long from there to the next voice."""
VOICE_ENDS_EARLIER, VOICE_BEGINS_LATER = 0.08, 0.04
"""Seconds that a span of voice activity holds beside the voice itself."""


def idle_activity(frames: int, spans: np.ndarray) -> np.ndarray:
    """(T,) float32 at 25 fps: 0 where there is a voice, 1 where there was none for a while and will be none.

    Every pause counts. It settles and wakes the same way, so it is over when the next word begins; a pause shorter
    than the two takes them as fast as it must and goes less far. Silence before the first and after the last span has
    no other end: a shot that begins silent begins idle.

    Args:
        spans: (S, 2) seconds in which there is a voice, in order.
    """
    begins, ends = _pauses(np.asarray(spans, np.float64).reshape(-1, 2), frames / MODEL_FPS)
    times = np.arange(frames) / MODEL_FPS
    pause = np.searchsorted(begins, times, "right") - 1
    begin, end = begins[pause], ends[pause]
    settle = np.clip(0.5 * (end - begin), 1e-6, SETTLE_SECONDS)
    still = smootherstep((times - begin) / settle) * smootherstep((end - times) / settle)
    return (settle / SETTLE_SECONDS * still).astype(np.float32)


def _pauses(spans: np.ndarray, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """(S + 1,) when each pause of the voice begins, and ends."""
    half = 0.5 * (spans[:, 1] - spans[:, 0])
    # A voice that is cut off by the shot's edge has no pause beside it.
    begins = spans[:, 1] - np.where(spans[:, 1] < seconds, np.minimum(VOICE_ENDS_EARLIER, half), 0.0)
    ends = spans[:, 0] + np.where(spans[:, 0] > 0.0, np.minimum(VOICE_BEGINS_LATER, half), 0.0)
    return np.concatenate([[-np.inf], begins]), np.concatenate([ends, [np.inf]])
