"""Noise without corners, that can be read at any time."""

import numpy as np

_MEAN_SQUARE = 0.4794
"""What the squared weights of four knots add up to, on the average."""


def smooth_noise(
    times_seconds: np.ndarray, spacing_seconds: float, columns: int, random: np.random.Generator
) -> np.ndarray:
    """(T, columns) smooth noise of unit deviation: a uniform cubic B-spline over normal knots.

    Its speed has deviation 1.18 / spacing. What it is at a moment does not depend on how long it goes on.

    Args:
        times_seconds: (T,) from 0.
        spacing_seconds: between two knots.
        random: drawn from once.
    """
    place = times_seconds / spacing_seconds
    first = place.astype(int)
    u = (place - first)[:, None]
    knots = random.standard_normal((int(first.max(initial=0)) + 4, columns)) / (6.0 * np.sqrt(_MEAN_SQUARE))
    rising, falling = u * u * u, (1.0 - u) ** 3
    noise = falling * knots[first] + rising * knots[first + 3]
    noise += (3.0 * rising - 6.0 * u * u + 4.0) * knots[first + 1]
    noise += (3.0 * u * (1.0 + u - u * u) + 1.0) * knots[first + 2]
    return noise
