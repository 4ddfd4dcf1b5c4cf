"""Silence is silent: when the mouth speaks, and when it rests."""

import numpy as np

from emogene.motion.easing import eased
from emogene_proto.names import MODEL_FPS

# A span begins about 0.04 s before the voice and ends about 0.08 s after it: the mouth begins to close as the voice
# ends and rests 0.11 s later, it stirs 0.1 s before the voice and speaks when that begins.
RELEASE_SECONDS = (-0.09, 0.03)
"""From the end of a span on: when the mouth begins to come to rest, and when it is there."""
ONSET_SECONDS = (-0.06, 0.06)
"""From the beginning of a span on: when the mouth leaves its rest, and when it moves in full."""
SHORTEST_END_SECONDS = 0.15
"""Before the first span and after the last one: shorter silences are no pauses."""


def speech_envelope(frames: int, spans: np.ndarray) -> np.ndarray:
    """(T,) float32 at 25 fps: 1 in speech, 0 in pauses longer than 0.25 s, eased between the two.

    What parts two spans is a pause; one that is too short for both easings is gone through with a mouth half at rest.

    Args:
        spans: (S, 2) seconds in which there is a voice, in order.
    """
    times = np.arange(frames) / MODEL_FPS
    begins, ends = _pauses(frames / MODEL_FPS, np.asarray(spans, np.float64).reshape(-1, 2))
    latest = np.searchsorted(begins, times, "right") - 1
    # At the end of a short span both the pause before it and the one after it may be felt.
    still = np.maximum(_rest(times, begins, ends, latest), _rest(times, begins, ends, latest + 1))
    return (1.0 - np.maximum(still, _rest(times, begins, ends, latest - 1))).astype(np.float32)


def _pauses(seconds: float, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """When each pause begins and ends; those before the first and after the last span are endless."""
    begins = np.concatenate([[-np.inf], spans[:, 1]])
    ends = np.concatenate([spans[:, 0], [np.inf]])
    kept = np.ones(len(begins), bool)
    if len(spans):
        kept[0] = spans[0, 0] > SHORTEST_END_SECONDS
        kept[-1] = seconds - spans[-1, 1] > SHORTEST_END_SECONDS
    return begins[kept], ends[kept]


def _rest(times: np.ndarray, begins: np.ndarray, ends: np.ndarray, which: np.ndarray) -> np.ndarray:
    """(T,) how far the mouth has come to rest in the pause numbered `which`: 0 is not at all."""
    if not len(begins):
        return np.zeros(len(times))
    there = (which >= 0) & (which < len(begins))
    k = np.clip(which, 0, len(begins) - 1)
    ended = eased((times - begins[k] - RELEASE_SECONDS[0]) / (RELEASE_SECONDS[1] - RELEASE_SECONDS[0]))
    coming = eased((ends[k] - times + ONSET_SECONDS[1]) / (ONSET_SECONDS[1] - ONSET_SECONDS[0]))
    return there * ended * coming
