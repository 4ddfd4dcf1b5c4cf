"""Lips that survive an emotion: what meets in neutral speech meets in every emotion, and nothing else is closed.

What was tried, and how it measured: docs/emotion.md.
"""

import numpy as np
from scipy.ndimage import convolve1d, minimum_filter1d

from emogene.motion.articulation import MET, SPOKEN
from emogene.motion.lip_contacts import TEETH, lip_contacts
from emogene.motion.lips import OPENS, TOUCHING, gaps, keep_at_teeth, keep_gaps, part_lips, resting

FURTHEST = 0.007
"""By how much an emotion may open speaking lips at most, metres; what is allowed comes near it and never there."""
_CALM = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0
"""Weights of the frames around each in a gap that does not tremble."""


def may_open(neutral: np.ndarray, rest: np.ndarray, held: np.ndarray) -> np.ndarray:
    """How much further than without emotion lips may open, from the whole of what is said.

    Several times what they are apart beyond touching, but of a gap that was calmed: the least of it within two frames,
    smoothed over two frames. That is never more than the gap itself, so it is nothing where lips meet or the lower lip
    is at the teeth, and it grows beside that over four frames. Of the gap itself, an emotion would multiply all its
    trembling as well. Pauses allow what they like, and do not hold back the speech beside them.

    Args:
        neutral: (T, 68, 3) float32 metres at 25 fps, the speech without emotion.
        rest: (68, 3) float32 metres, the actor's rest face.
        held: (T, 2) float32 in 0..1, `motion.articulation.contacts_held`.

    Returns:
        (T, 3) float32 metres, 0 to `FURTHEST`, for the three pairs of inner lip points.
    """
    touching = np.maximum(held[:, MET], lip_contacts(neutral, rest)[:, TEETH])
    apart = np.maximum(gaps(neutral) - gaps(resting(rest)) - TOUCHING, 0.0) * (1.0 - touching)[:, None]
    free = apart + FURTHEST * (1.0 - held[:, SPOKEN, None])
    calm = convolve1d(minimum_filter1d(free, len(_CALM), axis=0, mode="nearest"), _CALM, axis=0, mode="nearest")
    return (FURTHEST * np.tanh(OPENS / FURTHEST * calm)).astype(np.float32)


def survive(
    emotional: np.ndarray, neutral: np.ndarray, rest: np.ndarray, held: np.ndarray, opening: np.ndarray
) -> np.ndarray:
    """Give the mouth's contacts back to a face that feels; frames do not depend on one another.

    Rows that the emotion has not moved come back bit for bit. Call it after everything that moves the mouth.

    Args:
        emotional: (T, 68, 3) float32 metres, what `LandmarkDeformation.deform` made of `neutral`.
        neutral: (T, 68, 3) float32 metres, the speech without emotion, at the same rate.
        rest: (68, 3) float32 metres, the actor's rest face.
        held: (T, 2) float32 in 0..1, `motion.articulation.contacts_held` at the same rate.
        opening: (T, 3) float32 metres, `may_open` at the same rate.

    Returns:
        (T, 68, 3) float32.
    """
    kept = np.array(emotional, np.float32)
    met, spoken = held[:, MET], held[:, SPOKEN]
    closed = resting(rest)
    keep_gaps(kept, neutral, closed, met, spoken, opening)
    keep_at_teeth(kept, neutral, spoken * lip_contacts(neutral, rest)[:, TEETH])
    part_lips(kept, closed, gaps(neutral))
    return kept
