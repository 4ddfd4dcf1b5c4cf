"""Where a recorded head is still, and for how long: the paper's equation 10 on tracks that hold noise."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.stats import gamma

CONFIDENCE = 0.99
"""Share of measurements of one same pose that count as equal."""
SMALLEST_TURN = 0.003
"""Radians a frame that no picture shows: the tip of the nose, 0.1 m out, goes 0.3 mm, which is half a pixel of a face
that is 256 pixels wide."""
_DEVIATION = 0.6745
"""Median absolute value of normal noise of deviation 1."""


@dataclass(frozen=True)
class Rests:
    """How long a head rests and how long it moves between two rests, frames at 25 fps; limits are included."""

    shortest: int
    longest: int
    gap: int
    """The mean number of frames between two rests, at least 1."""


USUAL_RESTS = Rests(shortest=10, longest=50, gap=12)
"""For a head that was never recorded resting, or never moving."""


def pose_noise(recordings: Sequence[np.ndarray]) -> np.ndarray:
    """(6,) deviation of a track's white noise: rotation about each axis, radians, and translation, metres.

    Third differences of a head that moves smoothly are small, those of noise are not: its variance grows by 1 + 9 + 9
    + 1. Their median leaves out the moments at which the head jerks.

    Args:
        recordings: (n, 4, 4) poses each, at 25 fps.
    """
    thirds = [np.diff(_steps(poses), 2, axis=0) for poses in recordings if len(poses) > 3]
    if not thirds:
        return np.zeros(6)
    return np.median(np.abs(np.concatenate(thirds)), axis=0) / (_DEVIATION * np.sqrt(20.0))


def still_tolerance(recordings: Sequence[np.ndarray]) -> float:
    """How far from 1 the cosine of two measurements of one same pose lies: what "equal to 1" means in equation 10.

    With a pose as 3x4 numbers x, |x|^2 = 3 + |t|^2; a turn of w radians and a shift of d metres make it differ by
    2 w^2 + d^2 and the cosine fall to 1 - (2 w^2 + d^2) / (2 |x|^2). Between two measurements w and d have twice the
    variance of the track's noise, so that the fall is a weighted sum of squares of six normal numbers; the tolerance is
    its 99th percentile (by a gamma distribution of the same mean and variance). It is never less than the smallest turn
    that a picture shows, since a synthetic track has no noise.

    Args:
        recordings: (n, 4, 4) poses each, at 25 fps.
    """
    square = 3.0 + float(np.mean(np.concatenate([np.square(poses[:, :3, 3]).sum(1) for poses in recordings])))
    weights = np.square(pose_noise(recordings)) * np.array([2.0, 2.0, 2.0, 1.0, 1.0, 1.0]) / square
    floor = SMALLEST_TURN**2 / square
    mean, variance = weights.sum(), 2.0 * np.square(weights).sum()
    if variance <= 0.0:
        return floor
    return max(float(gamma.ppf(CONFIDENCE, mean**2 / variance, scale=variance / mean)), floor)


def still_pairs(poses: np.ndarray, tolerance: float) -> np.ndarray:
    """(n - 1,) bool: a pose and the next are equal (equation 10).

    Args:
        poses: (n, 4, 4); their upper 3x4 are compared, the paper's P.
        tolerance: how far from 1 the cosine may lie.
    """
    rows = poses[:, :3].reshape(len(poses), 12).astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.einsum("ij,ij->i", rows[:-1], rows[1:]) >= 1.0 - tolerance


def rests_of(recordings: Sequence[np.ndarray], tolerance: float | None = None) -> Rests:
    """Shortest and longest rest of recorded heads (equation 10), and how long they move between two rests.

    Args:
        recordings: (n, 4, 4) poses each, at 25 fps.
        tolerance: how far from 1 the cosine of equal poses may lie; None takes it from the recordings' noise.
    """
    tolerance = still_tolerance(recordings) if tolerance is None else tolerance
    lengths: list[int] = []
    gaps: list[int] = []
    for poses in recordings:
        rests = idle_runs(still_pairs(poses, tolerance))
        lengths += [end - start + 1 for start, end in rests]
        gaps += [after - end - 1 for (_, end), (after, _) in itertools.pairwise(rests)]
    if not lengths or not gaps:
        return USUAL_RESTS
    return Rests(min(lengths), max(lengths), round(float(np.mean(gaps))))


def idle_runs(still: np.ndarray) -> list[tuple[int, int]]:
    """(first, last) pose of every rest: runs of equal poses, joined where no pose lies between one and the next.

    By the tolerance one pair in a hundred of the same pose is not equal, which would break long rests. Between two runs
    with one such pair there is no non-idle pose, and algorithm 1's gap is "the number of non-idle poses".

    Args:
        still: (n - 1,) bool, see `still_pairs`.
    """
    joined = still.copy()
    joined[1:-1] |= still[:-2] & still[2:]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], joined.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _steps(poses: np.ndarray) -> np.ndarray:
    """(n - 1, 6) from each pose to the next: rotation vector and translation."""
    turns = Rotation.from_matrix(poses[:, :3, :3].astype(np.float64))
    shifts = np.diff(poses[:, :3, 3].astype(np.float64), axis=0)
    return np.concatenate([(turns[:-1].inv() * turns[1:]).as_rotvec(), shifts], axis=1)
