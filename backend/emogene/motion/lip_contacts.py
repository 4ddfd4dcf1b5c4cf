"""Contacts of the mouth read off landmarks: do the lips meet, does the lower lip touch the upper teeth?

Everything is told against the same person's rest face, in which the mouth is closed without effort. A landmark of the
lip's inner edge lies a little inside the lip or outside of it, differently in every person: heights alone say little.
"""

import numpy as np

UPPER_INNER = (61, 62, 63)
LOWER_INNER = (67, 66, 65)
LIPS, TEETH = 0, 1
"""Columns of contacts."""
CONTACT_COUNT = 2
_LIPS_SURE, _LIPS_NEVER = 0.0003, 0.0009
"""Gap over that at rest, metres, up to which the lips surely meet and from which they surely do not."""
_TEETH_UPPER_LIP = (0.0004, 0.0009)
"""Metres that the upper lip is raised over its rest to make way for the teeth: from never to surely."""
_TEETH_LOWER_LIP = (-0.0018, -0.0012)
"""Metres of the lower lip over its rest: lower than the first it is off the teeth, higher than the second at them."""


def lip_contacts(landmarks: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(T, 2) float32 in 0..1, by geometry alone: lips meet, lower lip at the upper teeth.

    For /f v/ the upper lip is raised while the lower one stays up, which nothing else does; for /p b m/ and a mouth at
    rest the inner lips are as near as at rest or nearer.

    Args:
        landmarks: (T, 68, 3) metres, without emotion.
        rest: (68, 3) metres, the same person's rest face.
    """
    upper, lower = list(UPPER_INNER), list(LOWER_INNER)
    raised = (landmarks[:, upper, 1] - rest[upper, 1]).astype(np.float64)
    lowered = (landmarks[:, lower, 1] - rest[lower, 1]).astype(np.float64)
    # The middle of the lips is what an eye looks at; the sides open a moment later.
    gap = (raised - lowered)[:, 1] + min(float(rest[62, 1] - rest[66, 1]), 0.0)
    lips = np.clip((_LIPS_NEVER - gap) / (_LIPS_NEVER - _LIPS_SURE), 0.0, 1.0)
    teeth = _ramp(raised.mean(1), _TEETH_UPPER_LIP) * lower_lip_up(landmarks, rest) * (1.0 - lips)
    return np.stack([lips, teeth], 1).astype(np.float32)


def lower_lip_up(landmarks: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(T,) in 0..1: is the lower lip of (T, 68, 3) landmarks about as high as at rest, so that it reaches the teeth?"""
    lower = list(LOWER_INNER)
    return _ramp((landmarks[:, lower, 1] - rest[lower, 1]).mean(1).astype(np.float64), _TEETH_LOWER_LIP)


def _ramp(value: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    return np.clip((value - span[0]) / (span[1] - span[0]), 0.0, 1.0)
