"""How far emotions move each part of the face."""

import numpy as np

from emogene_proto.names import LANDMARK_COUNT, LANDMARK_REGIONS
from emogene_proto.shot import LARGEST_STRENGTH, EmotionStrength

_BROWS, _EYES, _MOUTH = range(3)
_BETWEEN = {
    0: (0.0, 0.5, 0.5),
    1: (0.0, 0.25, 0.75),
    15: (0.0, 0.25, 0.75),
    16: (0.0, 0.5, 0.5),
    27: (0.5, 0.5, 0.0),
    28: (0.25, 0.75, 0.0),
    29: (0.0, 0.75, 0.25),
    30: (0.0, 0.5, 0.5),
}
"""Landmarks where regions meet, with their shares of brows, eyes and mouth: the jaw's upper ends and the bridge of the
nose, so that the skin between two strengths is not torn. Halves and quarters: they add up to 1 exactly."""


def _shares() -> np.ndarray:
    shares = np.zeros((LANDMARK_COUNT, 3), np.float32)
    shares[:, _MOUTH] = 1.0
    for name, column in (("brow", _BROWS), ("eye", _EYES)):
        for side in ("right", "left"):
            shares[LANDMARK_REGIONS[f"{name}_{side}"]] = np.eye(3)[column]
    for point, row in _BETWEEN.items():
        shares[point] = row
    return shares


REGION_SHARES = _shares()
"""(68, 3): how much of each landmark belongs to brows, eyes and mouth; rows sum to 1."""


def gains(strength: EmotionStrength) -> np.ndarray:
    """(68,) float32 factors of each landmark's displacement by an emotion; exactly 1 where every strength is 1.

    The overall strength multiplies that of the region; together they are LARGEST_STRENGTH at most, further than which
    lids pass through each other. Lips that meet meet at any strength (`emotion.lips`).
    """
    regions = np.array([strength.brows, strength.eyes, strength.mouth], np.float32)
    return REGION_SHARES @ np.minimum(np.float32(strength.overall) * regions, np.float32(LARGEST_STRENGTH))
