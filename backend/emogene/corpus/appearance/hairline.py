"""Where hair grows on the head."""

import numpy as np

from emogene.corpus.appearance.noise import fractal_noise


def hairline(p: np.ndarray) -> np.ndarray:
    """(N,) metres inside the hairline of (N, 3) generic points; negative on bare skin."""
    x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
    wave = 0.0035 * fractal_noise(p, 0.014, 3, 201)
    front = np.interp(
        y,
        [-0.015, 0.01, 0.03, 0.05, 0.065, 0.078, 0.086, 0.092, 0.097, 0.104],
        [0.036, 0.041, 0.043, 0.047, 0.056, 0.068, 0.077, 0.0865, 0.098, 0.13],
    )
    recess = 0.007 * np.exp(-(((x - 0.048) / 0.014) ** 2))
    ahead = front - recess - z + wave
    bottom = np.interp(
        z,
        [-0.1, -0.055, -0.04, -0.03, -0.02, -0.008, 0.010, 0.019, 0.025, 0.031, 0.04],
        [-0.072, -0.068, -0.045, -0.01, 0.022, 0.034, 0.035, 0.030, 0.00, -0.012, -0.012],
    )
    above = y - bottom + wave
    ear = (x > 0.0795) & (y < 0.034)
    return np.where(ear, -0.01, np.minimum(ahead, above))
