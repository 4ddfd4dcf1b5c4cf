"""The object that moves the head: frame by frame as it was animated, held at its ends, held in view by the eyes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_actor import nodding

from emogene.idle.gaze import FOCUS
from emogene.idle.head_motion import build_bank, head_poses, to_motion
from emogene.idle.head_track import object_motion
from emogene.idle.life import life
from emogene.render.neck import TORSO_POSE
from emogene.resample import frame_times
from emogene_proto.shot import HeadTrack, Performance

BANK = build_bank([nodding(400)])
ALONE = Performance(head_motion=0.0)


def swaying(rows: int, fps: float) -> HeadTrack:
    """0.5 rad to either side about Blender's Z, and 2 cm along its X."""
    sway = np.sin(1.5 * np.arange(rows) / fps)
    return HeadTrack(tuple((0.02 * float(x), 0.0, 0.0, 0.0, 0.0, 0.5 * float(x)) for x in sway))


def moved(performance: Performance, track: HeadTrack, frames: int, fps: float) -> np.ndarray:
    times = frame_times(frames, fps)
    return head_poses(BANK, round(frames / fps * 25), np.zeros((0, 2)), 1, performance, times, track)


def keys_of(motion: np.ndarray) -> np.ndarray:
    """Rows of a track, of (T, 6) rotation vectors and metres."""
    return np.concatenate([motion[:, 3:], motion[:, :3]], axis=1)


row = st.tuples(*[st.floats(-3.0, 3.0, width=32)] * 3, *[st.floats(-1.0, 1.0, width=32)] * 3)


@given(st.lists(row, min_size=1, max_size=30), st.sampled_from([23.976, 24.0, 25.0, 30.0, 60.0]), st.integers(1, 40))
def test_every_frame_is_the_row_of_the_track(rows, fps, frames):
    poses = moved(ALONE, HeadTrack(tuple(rows)), frames, fps)
    wanted = np.array(rows)[np.minimum(np.arange(frames), len(rows) - 1)]
    assert np.allclose(keys_of(to_motion(poses)), wanted, atol=1e-5)


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0])
def test_a_quick_nod_keeps_its_size_and_a_step_its_frame(fps):
    nod = 0.1 * np.sin(2.0 * np.pi * 5.0 * np.arange(90) / fps)
    nod[60:] += 0.4
    track = HeadTrack(tuple((0.0, 0.0, 0.0, float(x), 0.0, 0.0) for x in nod))
    assert np.allclose(to_motion(moved(ALONE, track, 90, fps))[:, 0], nod, atol=1e-6)


def test_before_and_after_the_track_the_object_holds():
    held = object_motion(HeadTrack(((0.0, 0.0, 0.1, 0.2, 0.0, 0.0),)), 50)
    assert held.shape == (50, 6)
    assert (held == held[0]).all() and held[0, 5] == pytest.approx(0.1) and held[0, 0] == pytest.approx(0.2)


def test_the_head_does_what_the_object_does():
    """A quarter turn about Blender's Z takes the face from -Y to +X; the head's origin goes where the object goes."""
    poses = moved(ALONE, HeadTrack(((0.1, 0.2, 0.3, 0.0, 0.0, np.pi / 2),)), 10, 24.0)
    assert np.allclose(poses[:, :3, 2], [1.0, 0.0, 0.0], atol=1e-6)
    assert np.allclose(poses[:, :3, 3], [0.1, 0.2, 0.3], atol=1e-6)


@pytest.mark.parametrize("fps", [24.0, 25.0])
def test_any_mix_of_recorded_and_animated_motion_is_their_weighted_sum(fps):
    track = swaying(100, fps)

    def turn(own: float, animated: float) -> np.ndarray:
        return to_motion(moved(Performance(head_motion=own, head_object=animated), track, 100, fps))

    assert np.allclose(turn(0.0, 0.0), 0.0, atol=1e-6)
    assert np.allclose(turn(0.5, 0.7), 0.5 * turn(1.0, 0.0) + 0.7 * turn(0.0, 1.0), atol=1e-5)


def test_a_weight_of_zero_is_the_resting_head():
    poses = moved(Performance(head_motion=0.0, head_object=0.0), swaying(20, 25.0), 20, 25.0)
    assert np.allclose(poses, TORSO_POSE, atol=1e-7)


def test_the_eyes_hold_the_focus_while_an_object_turns_the_head():
    times, still = frame_times(96, 24.0), Performance(head_motion=0.0, gaze=0.0, breath=0.0, blink=0.0)
    nod = tuple((0.0, 0.0, 0.0, 0.2 * float(np.sin(25.0 * t)), 0.0, 0.0) for t in times)
    alive = life(moved(still, HeadTrack(nod), 96, 24.0), np.ones(100, np.float32), still, 0, times)
    yaw, pitch = alive.gaze.astype(np.float64).T
    looking = np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], 1)
    world = np.einsum("tij,tj->ti", alive.poses[:, :3, :3], looking)
    assert np.allclose(world, FOCUS / np.linalg.norm(FOCUS), atol=1e-5)
