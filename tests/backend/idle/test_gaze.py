"""Gaze: the eyes hold the camera while the head turns, wander a little, and stay in their sockets."""

import numpy as np
from tiny_actor import nodding

from emogene.idle.gaze import FOCUS, GAZE_LIMIT, gaze_track
from emogene.render.neck import TORSO_POSE


def test_without_wandering_the_eyes_look_at_the_focus_from_every_pose():
    poses = nodding(200)
    yaw, pitch = gaze_track(poses, seed=0, scale=0.0).T
    looking = np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], 1)
    world = np.einsum("tij,tj->ti", poses[:, :3, :3], looking)
    assert np.allclose(world, FOCUS / np.linalg.norm(FOCUS), atol=1e-4)


def test_a_head_turned_to_its_left_has_eyes_turned_to_its_right():
    pose = nodding(60)[55]
    assert pose[0, 2] > 0.05
    assert gaze_track(pose[None], 0, 0.0)[0, 0] < -0.05


def test_wandering_is_seeded_mostly_small_and_within_the_sockets():
    still = np.tile(TORSO_POSE, (5000, 1, 1))
    gaze = gaze_track(still, seed=2)
    assert np.array_equal(gaze, gaze_track(still, seed=2))
    assert (np.abs(gaze) <= np.array(GAZE_LIMIT, np.float32)).all()
    assert np.median(np.abs(gaze[:, 0])) < 0.05 < np.abs(gaze[:, 0]).max()
    moves = np.abs(np.diff(gaze, axis=0)).max(1)
    assert (moves < 1e-6).mean() > 0.8
