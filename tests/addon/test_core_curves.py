"""Plans to curves: values lie on the right frames, and poses come back from their quaternions."""

from array import array

import numpy as np
import pytest
from emogene_addon.core import curves
from emogene_addon.core.curves import PlannedShot
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

seeds = st.integers(0, 2**31)


def flat(values: np.ndarray) -> array:
    return array("f", np.asarray(values, np.float32).tobytes())


def poses_of(rotations: Rotation, places: np.ndarray | None = None) -> np.ndarray:
    poses = np.tile(np.eye(4), (len(rotations), 1, 1))
    poses[:, :3, :3] = rotations.as_matrix()
    if places is not None:
        poses[:, :3, 3] = places
    return poses


def plan_of(landmarks: np.ndarray, poses: np.ndarray | None = None) -> PlannedShot:
    poses = np.tile(np.eye(4), (len(landmarks), 1, 1)) if poses is None else poses
    weights, gaze = np.zeros((len(landmarks), 8)), np.zeros((len(landmarks), 2))
    return PlannedShot(flat(landmarks), flat(weights), flat(poses), flat(gaze), 24.0, 1)


@given(seeds)
def test_quaternions_turn_as_the_matrices_do(seed):
    rotations = Rotation.random(20, random_state=seed)
    turns = np.reshape(curves.quaternions(flat(poses_of(rotations))), (-1, 4))
    back = Rotation.from_quat(turns[:, [1, 2, 3, 0]])
    assert (back * rotations.inv()).magnitude().max() < 1e-5


@pytest.mark.parametrize("axis", np.eye(3))
def test_half_turns_about_each_axis(axis):
    w, *xyz = curves.quaternions(flat(poses_of(Rotation.from_rotvec(np.pi * axis[None]))))
    assert w == pytest.approx(0, abs=1e-6)
    assert np.abs(xyz) == pytest.approx(axis, abs=1e-6)


def test_a_whole_turn_has_no_jump_between_neighbours():
    angles = np.linspace(0, 4 * np.pi, 200)
    turns = np.reshape(curves.quaternions(flat(poses_of(Rotation.from_euler("z", angles[:, None])))), (-1, 4))
    assert np.abs(np.diff(turns, axis=0)).max() < 0.05


@given(seeds)
def test_head_curves_hold_place_and_turn(seed):
    random = np.random.default_rng(seed)
    places = random.normal(size=(7, 3)).astype(np.float32)
    plan = plan_of(np.zeros((7, 68, 3)), poses_of(Rotation.random(7, random), places))
    made = {(c.data_path, c.index): c.values for c in curves.head_curves(plan) if c is not None}
    assert np.array_equal(np.stack([made["location", axis] for axis in range(3)], 1), places)
    assert sorted(index for path, index in made if path == "rotation_quaternion") == [0, 1, 2, 3]


def test_long_head_curves_are_made_in_slices_that_fit_together():
    angles = np.linspace(0, 6 * np.pi, 1000)
    poses = poses_of(Rotation.from_euler("z", angles[:, None]))
    made = list(curves.head_curves(plan_of(np.zeros((1000, 68, 3)), poses)))
    turns = [curve.values for curve in made if curve is not None and curve.data_path == "rotation_quaternion"]
    assert np.array_equal(np.stack(turns, 1), np.reshape(curves.quaternions(flat(poses)), (-1, 4)))
    assert made.count(None) == 4, "none of them takes a millisecond"


def test_keyframes_begin_at_the_voices_first_frame():
    coordinates = curves.keyframe_coordinates(array("f", [0.5, 0.25]), frame_start=11)
    assert coordinates.tolist() == [11.0, 0.5, 12.0, 0.25]


def test_empties_are_small_beside_the_face():
    landmarks = np.zeros((1, 68, 3))
    landmarks[0, 16, 0], landmarks[0, 0, 0] = 0.07, -0.07
    assert 0.0005 < curves.empty_size(array("f", landmarks.ravel())) < 0.005
