"""The one curve by which the mouth comes and goes."""

import numpy as np


def eased(way: np.ndarray) -> np.ndarray:
    """Smoothstep: 0 up to 0, 1 from 1 on, without a corner at either end."""
    t = np.clip(way, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
