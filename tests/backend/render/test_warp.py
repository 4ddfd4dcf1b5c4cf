import numpy as np
import torch

from emogene.render.kernels import cpu_march
from emogene.render.torch_march import batch_displacement
from emogene.render.warp import LandmarkWarp, displacement_at

from .conftest import opened


def moved_by(warp: LandmarkWarp, landmarks: np.ndarray, points: np.ndarray) -> np.ndarray:
    grid = warp.grid(landmarks)
    points = np.asarray(points, np.float32)
    return points + displacement_at(grid, torch.from_numpy(points)).numpy()


def test_the_reference_face_is_not_moved(rest):
    warp = LandmarkWarp(opened(rest, 0.01), rest)
    assert np.abs(warp.grid(opened(rest, 0.01)).values).max() == 0.0


def test_kernels_can_take_a_point_by_one_load(rest):
    """Four floats a point, the last of them nothing; nothing moves at the border."""
    warp = LandmarkWarp(opened(rest, 0.01), rest)
    values = warp.grid(rest).values
    assert values.dtype == np.float32 and values.shape == (*warp.shape, 4) and values.flags.c_contiguous
    assert not values[..., 3].any() and np.abs(values[..., :3]).max() > 0.005
    for axis in range(3):
        assert not values.take([0, -1], axis).any()


def test_a_warp_that_is_filled_in_is_the_same(rest):
    warp = LandmarkWarp(opened(rest, 0.01), rest)
    values = np.full((*warp.shape, 4), np.nan, np.float32)
    warp.fill(rest, values)
    assert values.tobytes() == warp.grid(rest).values.tobytes()


def test_landmarks_that_coincide_tear_nothing(rest):
    pressed = rest.copy()
    pressed[60:68] = pressed[60]
    assert np.abs(LandmarkWarp(opened(rest, 0.01), rest).grid(pressed).values).max() < 0.06


def test_landmarks_land_on_the_reference(rest):
    reference = opened(rest, 0.010)
    warp = LandmarkWarp(reference, rest)
    # The nearer the lips come together, the less a 5 mm grid can hold apart what the reference holds 10 mm apart.
    for drop, worst in ((0.003, 3e-3), (0.006, 2e-3), (0.015, 1.5e-3), (0.025, 1.5e-3)):
        error = np.linalg.norm(moved_by(warp, opened(rest, drop), opened(rest, drop)) - reference, axis=1)
        assert np.median(error) < 2e-4, drop
        assert error.max() < worst, drop


def test_far_points_do_not_move(rest):
    warp = LandmarkWarp(opened(rest, 0.01), rest)
    far = np.array([[0, 0.12, 0], [0.0, 0.0, -0.09], [0.2, -0.2, 0.0]], np.float32)
    assert np.abs(moved_by(warp, opened(rest, 0.03), far) - far).max() < 5e-4


def test_space_does_not_fold_between_the_lips(rest):
    warp = LandmarkWarp(opened(rest, 0.010), rest)
    heights = np.linspace(-0.035, -0.09, 300)
    for x in (-0.012, 0.0, 0.012):
        line = np.stack([np.full(300, x), heights, np.full(300, 0.112)], 1)
        for drop in (0.0, 0.002, 0.02, 0.035):
            assert (np.diff(moved_by(warp, opened(rest, drop), line)[:, 1]) < 0).all(), (x, drop)


def test_space_does_not_fold_between_the_lids(rest):
    warp = LandmarkWarp(opened(rest, 0.010), rest)
    closed = rest.copy()
    closed[[37, 38, 43, 44], 1] = closed[[41, 40, 47, 46], 1] + 2e-4
    line = np.stack([np.full(300, 0.032), np.linspace(0.045, -0.01, 300), np.full(300, 0.094)], 1)
    assert (np.diff(moved_by(warp, closed, line)[:, 1]) < 0).all()


def test_both_engines_read_the_grid_alike(rest):
    grid = LandmarkWarp(opened(rest, 0.01), rest).grid(opened(rest, 0.025))
    points = np.random.default_rng(0).uniform(-0.15, 0.2, (300, 3)).astype(np.float32)
    expected = displacement_at(grid, torch.from_numpy(points)).numpy()
    found = [cpu_march.displacement(grid.values, grid.origin, np.float32(1 / grid.cell), *point) for point in points]
    assert np.abs(np.array(found) - expected).max() < 1e-6
    assert 0.05 < np.any(expected != 0, axis=1).mean() < 0.95


def test_many_frames_at_once_are_read_as_one_by_one(rest):
    warp = LandmarkWarp(opened(rest, 0.01), rest)
    grids = [warp.grid(opened(rest, drop)) for drop in (0.0, 0.025)]
    chance = np.random.default_rng(1)
    points = torch.from_numpy(chance.uniform(-0.15, 0.2, (300, 3)).astype(np.float32))
    frame = torch.from_numpy(chance.integers(0, 2, 300))
    warps, origin = torch.from_numpy(np.stack([grid.values for grid in grids])), torch.from_numpy(warp.origin)
    found = batch_displacement(warps, origin, warp.config.cell, frame, points)
    for number, grid in enumerate(grids):
        mine = frame == number
        assert torch.allclose(found[mine], displacement_at(grid, points[mine]), atol=1e-7)
