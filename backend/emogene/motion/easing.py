"""The curves by which movements come and go."""

import numpy as np


def eased(way: np.ndarray) -> np.ndarray:
    """Smoothstep: 0 up to 0, 1 from 1 on, without a corner at either end."""
    t = np.clip(way, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def smootherstep(way: np.ndarray) -> np.ndarray:
    """0 up to 0, 1 from 1 on, with velocity and acceleration zero at both ends."""
    t = np.clip(way, 0.0, 1.0)
    return t * t * t * (t * (6.0 * t - 15.0) + 10.0)
