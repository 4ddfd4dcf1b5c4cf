"""From 25 fps to the scene's rate: exact where times meet, no drift over an hour, never beyond the neighbours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_actor import nodding

from emogene import resample
from emogene.resample import face_at, frame_count, frame_times, resample_curves, resample_poses
from emogene.values import Plan

RATES = (23.976, 24.0, 25.0, 29.97, 30.0, 48.0, 50.0, 60.0)


@pytest.mark.parametrize("fps", RATES)
def test_an_hour_does_not_drift(fps):
    clock = np.arange(3600 * 25 + 1)[:, None] / 25
    times = frame_times(frame_count(3600.0, fps), fps)
    assert np.abs(resample_curves(clock, 25, times)[:, 0] - times).max() < 3e-4
    assert times[-1] == (len(times) - 1) / fps
    assert 3600.0 - 1.0 / fps - 1e-6 <= times[-1] < 3600.0


@pytest.mark.parametrize("fps", RATES)
def test_rows_at_coinciding_times_are_the_same_rows(fps):
    rows = np.random.default_rng(0).normal(size=(101, 68, 3)).astype(np.float32)
    whole_seconds = np.arange(5.0)
    assert np.array_equal(resample_curves(rows, 25, whole_seconds), rows[::25])
    poses = nodding(101)
    assert np.allclose(resample_poses(poses, 25, whole_seconds), poses[::25], atol=1e-6)


def test_the_same_rate_changes_nothing():
    rows = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    assert np.array_equal(resample_curves(rows, 25, frame_times(50, 25.0)), rows)


@given(st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=30), st.sampled_from(RATES))
def test_curves_never_leave_their_neighbours(values, fps):
    rows = np.array(values, np.float32)[:, None]
    times = frame_times(frame_count(len(values) / 25, fps), fps)
    found = resample_curves(rows, 25, times)[:, 0]
    left = np.clip(np.floor(times * 25 + 1e-6).astype(int), 0, len(values) - 1)
    right = np.clip(left + 1, 0, len(values) - 1)
    low, high = np.minimum(rows[left, 0], rows[right, 0]), np.maximum(rows[left, 0], rows[right, 0])
    assert (found >= low - 1e-5).all() and (found <= high + 1e-5).all()


def test_in_blocks_as_in_one(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    times = frame_times(frame_count(12.0, 23.976), 23.976)
    whole = resample_curves(rows, 25, times)
    monkeypatch.setattr(resample, "_BLOCK", 17)
    np.testing.assert_allclose(resample_curves(rows, 25, times), whole, atol=1e-6)


def test_poses_between_frames_are_rigid_and_half_way():
    poses = nodding(60)
    turn = resample_poses(poses, 25, np.array([0.5]))[0, :3, :3].astype(np.float64)
    assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-5)
    before, after = (np.linalg.norm(turn - poses[row, :3, :3]) for row in (12, 13))
    assert before == pytest.approx(after, rel=1e-3) and before > 0.0


def test_after_the_end_the_last_row_holds_and_one_row_is_enough():
    rows = np.arange(10, dtype=np.float32)[:, None]
    assert resample_curves(rows, 25, np.array([5.0]))[0, 0] == 9.0
    assert np.array_equal(resample_curves(rows[:1], 25, np.array([0.0, 1.0])), [[0.0], [0.0]])
    assert resample_poses(nodding(1), 25, np.array([0.0, 1.0])).shape == (2, 4, 4)


def test_frames_cover_the_sound():
    assert frame_count(1.0, 24.0) == 24
    assert frame_count(1.0001, 24.0) == 25
    assert frame_count(0.1 + 0.2, 10.0) == 3
    assert frame_count(0.01, 24.0) == 1


def a_plan(rows: int, fps: float) -> Plan:
    rng = np.random.default_rng(1)
    landmarks = rng.normal(size=(rows, 68, 3)).astype(np.float32)
    gaze = rng.normal(size=(rows, 2)).astype(np.float32)
    return Plan(landmarks, np.zeros((rows, 8), np.float32), nodding(rows), gaze, fps, 1)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("rows", [1, 2, 3, 90])
def test_a_face_on_a_frame_is_its_row_and_beyond_the_ends_the_end(fps, rows):
    plan = a_plan(rows, fps)
    for row in (0, rows // 2, rows - 1):
        assert np.array_equal(face_at(plan, row / fps).landmarks, plan.landmarks[row])
        assert np.array_equal(face_at(plan, row / fps).pose, plan.poses[row])
    assert np.array_equal(face_at(plan, -3.0).gaze, plan.gaze[0])
    assert np.array_equal(face_at(plan, 1e6).gaze, plan.gaze[-1])


@given(st.floats(0.0, 89 / 24))
def test_a_face_between_frames_is_what_resampling_the_whole_plan_gives(seconds):
    plan, times = a_plan(90, 24.0), np.array([seconds])
    face = face_at(plan, seconds)
    assert np.allclose(face.landmarks, resample_curves(plan.landmarks, 24.0, times)[0], atol=1e-6)
    assert np.allclose(face.gaze, resample_curves(plan.gaze, 24.0, times)[0], atol=1e-6)
    assert np.allclose(face.pose, resample_poses(plan.poses, 24.0, times)[0], atol=1e-6)
    assert np.allclose(face.pose[:3, :3] @ face.pose[:3, :3].T, np.eye(3), atol=1e-5)
