"""Equation 10 with a tolerance: rests are found in noise, and none where the head moves."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from emogene.idle.stillness import (
    SMALLEST_TURN,
    USUAL_RESTS,
    Rests,
    idle_runs,
    pose_noise,
    rests_of,
    still_pairs,
    still_tolerance,
)


def track(turns: np.ndarray, turn_noise: float = 0.0, shift_noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """(n, 4, 4) heads turned to the left by (n,) radians, measured with noise."""
    random = np.random.default_rng(seed)
    poses = np.tile(np.eye(4), (len(turns), 1, 1))
    tremble = Rotation.from_rotvec(random.normal(0.0, turn_noise, (len(turns), 3)))
    poses[:, :3, :3] = (Rotation.from_rotvec(turns[:, None] * [0.0, 1.0, 0.0]) * tremble).as_matrix()
    poses[:, :3, 3] = random.normal(0.0, shift_noise, (len(turns), 3))
    return poses


def resting_at_times(rests: list[int], moves: list[int], speed: float) -> np.ndarray:
    """(n,) radians: still for rests[0] poses, moving over moves[0] steps to the next rest, and so on."""
    steps = np.concatenate([np.repeat([0.0, speed], [rest - 1, move]) for rest, move in zip(rests, moves, strict=True)])
    return np.cumsum(np.concatenate([[0.0], steps]))


def test_noise_is_measured_whatever_the_motion():
    times = np.arange(4000) / 25
    noise = pose_noise([track(0.15 * np.sin(1.7 * times) + 0.05 * np.sin(5.0 * times), 2e-3, 5e-4)])
    assert noise[:3] == pytest.approx([2e-3] * 3, rel=0.1)
    assert noise[3:] == pytest.approx([5e-4] * 3, rel=0.1)


@pytest.mark.parametrize(("turn_noise", "shift_noise"), [(2e-3, 1e-4), (1e-3, 3e-3)])
def test_one_pose_measured_twice_is_equal_99_times_of_100(turn_noise, shift_noise):
    poses = track(np.zeros(20_000), turn_noise, shift_noise)
    assert still_pairs(poses, still_tolerance([poses])).mean() == pytest.approx(0.99, abs=0.004)


def test_without_noise_what_no_picture_shows_is_still():
    poses = track(np.array([0.0, 0.0, 0.9 * SMALLEST_TURN, 2.0 * SMALLEST_TURN]))
    assert list(still_pairs(poses, still_tolerance([poses]))) == [True, True, False]


def test_rests_and_gaps_are_read_from_the_track_as_planted():
    turns = resting_at_times([12, 7, 30, 9], [6, 4, 11, 3], speed=0.02)
    assert rests_of([track(turns)]) == Rests(shortest=7, longest=30, gap=6)


def test_runs_without_a_pose_between_them_are_one_rest():
    still = np.array([1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0], bool)
    assert idle_runs(still) == [(0, 4), (6, 10)]
    assert idle_runs(np.zeros(5, bool)) == [] and idle_runs(np.ones(5, bool)) == [(0, 5)]


def test_noise_does_not_break_a_long_rest():
    """One pair in a hundred of a same pose is not equal; the limits are those of the head's own rests."""
    turns = resting_at_times([60] * 20, [12] * 20, speed=0.03)
    rests = rests_of([track(turns, turn_noise=2e-3, shift_noise=1e-4, seed=1)])
    assert 58 <= rests.longest <= 62 and rests.gap in (10, 11, 12)


def test_planted_rests_are_found_under_noise():
    turns = resting_at_times([40] * 30, [10] * 30, speed=0.03)
    poses = track(turns, turn_noise=2e-3, shift_noise=1e-4)
    still, truth = still_pairs(poses, still_tolerance([poses])), np.diff(turns) == 0.0
    assert still[truth].mean() > 0.97
    assert still[~truth].mean() < 0.01


def test_a_rest_does_not_reach_into_another_recording():
    turns = resting_at_times([5, 8, 6], [4, 4, 4], speed=0.02)
    still = track(np.zeros(10))
    assert rests_of([track(turns), still]).longest == 10
    assert rests_of([track(turns), still, still]).longest == 10


def test_a_head_that_never_rests_or_never_moves_gets_usual_rests():
    assert rests_of([track(np.linspace(0.0, 3.0, 100))]) == USUAL_RESTS
    assert rests_of([track(np.zeros(100))]) == USUAL_RESTS
