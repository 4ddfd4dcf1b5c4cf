"""The neck: the head follows its pose, the shoulders stay, and between them nothing tears."""

import numpy as np
from scipy.spatial.transform import Rotation

from emogene.render.neck import NECK_HIGH, NECK_LOW, TORSO_POSE, bend, neck_weight


def turned(degrees: float) -> np.ndarray:
    pose = TORSO_POSE.astype(np.float64).copy()
    pose[:3, :3] = pose[:3, :3] @ Rotation.from_euler("y", degrees, degrees=True).as_matrix()
    return pose


def test_head_points_follow_the_pose_and_shoulders_stay():
    nose, shoulder = np.array([[0.0, 0.0, 0.11]]), np.array([[0.15, -0.2, -0.02]])
    pose = turned(15)
    assert np.allclose(bend(nose, pose), nose @ pose[:3, :3].T + pose[:3, 3])
    assert np.allclose(bend(shoulder, pose), shoulder @ TORSO_POSE[:3, :3].T)


def test_the_weight_rises_from_shoulders_to_head_without_a_step():
    heights = np.linspace(NECK_LOW - 0.01, NECK_HIGH + 0.01, 500)
    w = neck_weight(np.stack([np.zeros(500), heights, np.zeros(500)], -1))
    assert w[0] == 0 and w[-1] == 1
    assert (np.diff(w) >= 0).all() and np.diff(w).max() < 0.02


def test_at_rest_the_neck_is_rigid():
    points = np.random.default_rng(0).uniform(-0.2, 0.2, (100, 3))
    assert np.allclose(bend(points, TORSO_POSE), points @ TORSO_POSE[:3, :3].T, atol=1e-7)
