"""The small, slow sway of a body that holds its head up: nobody who rests is as still as a photograph."""

import numpy as np

from emogene.idle.smooth_noise import smooth_noise
from emogene.resample import resample_curves
from emogene_proto.names import MODEL_FPS

METRES = 0.0007
RADIANS = 0.0045
"""Deviations about each axis, in idle."""
SPEECH_SHARE = 0.4
"""The same in speech, as part of those: there the head moves anyway."""
SPACING_SECONDS = 0.7


def sway_motion(activity: np.ndarray, seed: int, times_seconds: np.ndarray) -> np.ndarray:
    """(T, 6) rotation about the head's own axes, radians, and shift in the world, metres, at any times.

    Args:
        activity: (T,) at 25 fps, 0 in speech to 1 idle.
    """
    noise = smooth_noise(times_seconds, SPACING_SECONDS, 6, np.random.default_rng([seed, 0x5A4A]))
    size = SPEECH_SHARE + (1.0 - SPEECH_SHARE) * resample_curves(activity, MODEL_FPS, times_seconds)
    return size[:, None] * noise * np.repeat([RADIANS, METRES], 3)
