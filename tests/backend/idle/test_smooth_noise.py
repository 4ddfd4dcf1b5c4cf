"""Smooth noise: unit deviation, no corners, and a beginning that does not depend on its length."""

import numpy as np

from emogene.idle.smooth_noise import smooth_noise


def noise(seconds: float, rate: float = 100.0, seed: int = 0) -> np.ndarray:
    return smooth_noise(np.arange(int(seconds * rate)) / rate, 0.5, 2, np.random.default_rng(seed))


def test_deviation_and_speed_are_what_they_are_said_to_be():
    track = noise(2000.0)
    assert np.allclose(track.std(0), 1.0, atol=0.05) and np.allclose(track.mean(0), 0.0, atol=0.05)
    assert np.allclose((np.diff(track, axis=0) * 100.0).std(0), 1.18 / 0.5, rtol=0.05)
    assert abs(np.corrcoef(track.T)[0, 1]) < 0.1


def test_it_has_no_steps_in_speed():
    velocity = np.diff(noise(60.0, 1000.0), axis=0)
    assert np.abs(np.diff(velocity, axis=0)).max() < 0.02 * np.abs(velocity).max()


def test_a_longer_one_begins_with_the_shorter():
    assert np.array_equal(noise(20.0)[:1000], noise(10.0)[:1000])
