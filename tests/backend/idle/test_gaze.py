"""Gaze: eyes hold the camera while the head turns, jump and rest, stray more in idle, and stay in their sockets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from tiny_actor import nodding

from emogene.idle.gaze import (
    AWAY_NEAREST,
    FOCUS,
    GAZE_LIMIT,
    Fixations,
    draw_fixations,
    gaze_track,
    head_turns,
    wandering,
)
from emogene.idle.head_motion import to_poses
from emogene.render.neck import TORSO_POSE

IDLE, SPEECH = np.ones(15000, np.float32), np.zeros(15000, np.float32)
FINE = np.arange(60_000) / 1000.0


def test_without_wandering_the_eyes_look_at_the_focus_from_every_pose():
    poses = nodding(200)
    yaw, pitch = gaze_track(poses, np.zeros((200, 2))).T
    looking = np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], 1)
    world = np.einsum("tij,tj->ti", poses[:, :3, :3], looking)
    assert np.allclose(world, FOCUS / np.linalg.norm(FOCUS), atol=1e-4)


@given(
    st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda axis: np.linalg.norm(axis) > 0.1),
    st.tuples(*[st.floats(-2.5, 2.5)] * 3),
)
def test_eyes_turn_no_faster_than_the_head_whichever_way_it_turns_once_around(axis, start):
    turns = Rotation.from_rotvec(np.linspace(0.0, 2.0 * np.pi, 500)[:, None] * axis / np.linalg.norm(axis))
    motion = np.pad((turns * Rotation.from_rotvec(start)).as_rotvec(), ((0, 0), (0, 3)))
    gaze = gaze_track(to_poses(motion), np.zeros((500, 2)))
    assert np.abs(np.diff(gaze, axis=0)).max() < 1.3 * 2.0 * np.pi / 499


def test_a_head_that_turns_its_back_looks_ahead_and_one_that_turns_aside_holds_the_focus_as_far_as_eyes_go():
    motion = np.zeros((3, 6))
    motion[:, 2] = np.radians([180.0, 60.0, -60.0])
    back, left, right = gaze_track(to_poses(motion), np.zeros((3, 2)))
    assert np.allclose(back, 0.0, atol=1e-6)
    assert left[0] == pytest.approx(-GAZE_LIMIT[0]) and right[0] == pytest.approx(GAZE_LIMIT[0])


def test_a_head_turned_to_its_left_has_eyes_turned_to_its_right():
    pose = nodding(60)[55]
    assert pose[0, 2] > 0.05
    assert gaze_track(pose[None], np.zeros((1, 2)))[0, 0] < -0.05


def test_eyes_stay_in_their_sockets_and_mostly_near_the_focus():
    looking = 3.0 * wandering(draw_fixations(IDLE, 2), 2, np.arange(15000) / 25)
    gaze = gaze_track(np.tile(TORSO_POSE, (15000, 1, 1)), looking)
    assert (np.abs(gaze) <= np.array(GAZE_LIMIT, np.float32)).all()
    assert np.median(np.abs(looking[:, 0])) < 0.15 < np.abs(looking[:, 0]).max()


def test_eyes_jump_and_rest_rather_than_glide():
    speed = np.linalg.norm(np.diff(wandering(draw_fixations(IDLE, 0), 0, FINE), axis=0), axis=1) * 1000.0
    assert (speed < 0.1).mean() > 0.9
    assert np.degrees(speed.max()) > 150.0


@pytest.mark.parametrize("size", [0.05, 0.15, 0.3])
def test_a_wider_jump_takes_longer_by_the_main_sequence(size):
    eyes = Fixations(np.array([0.0, 1.0]), np.array([[0.0, 0.0], [size, 0.0]]), np.array([False, True]))
    yaw = wandering(eyes, 0, FINE)[:, 0]
    moving = (yaw > 0.1 * size) & (yaw < 0.9 * size) & (FINE < 1.2)
    whole = 0.021 + 0.0022 * np.degrees(size)
    assert 0.25 * whole < moving.sum() / 1000.0 < 0.75 * whole


def test_fixations_are_uneven_from_a_sixth_of_a_second_to_seconds():
    seconds = np.diff(draw_fixations(IDLE, 1).starts)
    assert seconds.min() >= 0.15 and 0.3 < np.median(seconds) < 0.9 and seconds.max() > 2.0


@pytest.mark.parametrize("seed", range(4))
def test_eyes_stray_more_in_idle_than_in_speech(seed):
    times = np.arange(15000) / 25
    idle, speech = (
        np.mean(np.linalg.norm(wandering(draw_fixations(activity, seed), seed, times), axis=1) > AWAY_NEAREST)
        for activity in (IDLE, SPEECH)
    )
    assert 0.2 < idle < 0.5 and speech < 0.25 and idle > 1.5 * speech


def test_the_head_follows_a_wide_look_a_little_and_later_and_not_a_small_one():
    wide, small = (
        Fixations(np.array([0.0, 1.0]), np.array([[0.0, 0.0], [size, 0.0]]), np.array([False, True]))
        for size in (0.3, 0.05)
    )
    turned = head_turns(wide, FINE)[:, 0]
    assert not turned[FINE < 1.0].any() and 0.02 < turned[-1] < 0.1
    assert turned[np.searchsorted(FINE, 1.06)] < 0.1 * turned[-1], "eyes are there first"
    assert not head_turns(small, FINE).any()


def test_the_head_turns_without_a_step_in_velocity_however_the_looks_follow_each_other():
    velocity = np.diff(head_turns(draw_fixations(IDLE, 5), FINE), axis=0) * 1000.0
    assert np.abs(np.diff(velocity, axis=0)).max() < 0.02 * np.abs(velocity).max()


def test_the_seed_decides_and_what_comes_later_changes_nothing():
    times = np.arange(5000) / 25
    short, long = draw_fixations(IDLE[:5000], 7), draw_fixations(IDLE, 7)
    assert np.array_equal(wandering(short, 7, times), wandering(long, 7, times))
    assert np.array_equal(head_turns(short, times), head_turns(long, times))
    assert not np.array_equal(wandering(draw_fixations(IDLE, 8), 8, times), wandering(long, 7, times))
