"""Life: each part has its own size and its own chance; at 0 it is exactly none; it is the same at any rate."""

import msgspec
import numpy as np
import pytest
from tiny_actor import nodding

from emogene.idle.activity import idle_activity
from emogene.idle.head_motion import to_poses
from emogene.idle.life import Life, life
from emogene.idle.sway import sway_motion
from emogene.render.neck import TORSO_POSE
from emogene_proto.shot import Performance

FRAMES = 1500
TIMES = np.arange(FRAMES) / 25
ACTIVITY = idle_activity(FRAMES, np.array([[10.0, 14.0], [15.0, 25.0], [40.0, 50.0]]))
POSES = nodding(FRAMES)
STILL = np.tile(TORSO_POSE, (FRAMES, 1, 1))
WHOLE = Performance()
NONE = Performance(blink=0.0, gaze=0.0, breath=0.0)


def living(performance: Performance = WHOLE, poses=POSES, seed: int = 3, times=TIMES) -> Life:
    return life(poses, ACTIVITY[: round(25 * times[-1]) + 1], performance, seed, times)


def tilted(times: np.ndarray) -> np.ndarray:
    """(T, 4, 4) a head that turns evenly."""
    motion = np.zeros((len(times), 6))
    motion[:, 2] = 0.2 * np.sin(0.7 * times)
    return to_poses(motion)


def only(part: str, size: float = 1.0) -> Performance:
    return msgspec.structs.replace(NONE, **{part: size})


def test_without_any_of_it_the_head_is_the_same_bytes_the_lids_are_open_and_the_eyes_hold_the_focus():
    without = living(NONE)
    assert np.array_equal(without.poses, POSES) and not without.closure.any()
    still = living(NONE, STILL)
    assert np.array_equal(still.poses, STILL) and not np.ptp(still.gaze, axis=0).any()


def test_a_part_at_zero_is_the_same_bytes_as_without_it():
    assert np.array_equal(living(only("blink")).poses, living(NONE).poses)
    assert np.array_equal(living(only("blink")).gaze, living(NONE).gaze)
    assert not living(only("gaze")).closure.any() and not living(only("breath")).closure.any()


def test_no_part_changes_when_and_how_another_moves():
    whole = living()
    for part in ("gaze", "breath"):
        without = living(msgspec.structs.replace(WHOLE, **{part: 0.0}))
        assert np.array_equal(without.closure, whole.closure)
    without = living(msgspec.structs.replace(WHOLE, blink=0.0))
    assert np.array_equal(without.gaze, whole.gaze) and np.array_equal(without.poses, whole.poses)
    quiet = living(Performance(breath=0.0), STILL)
    looks, breathes = (quiet.gaze - living(NONE, STILL).gaze), living(only("gaze"), STILL)
    assert np.array_equal(breathes.gaze - living(NONE, STILL).gaze, looks)


@pytest.mark.parametrize("part", ["gaze", "breath"])
def test_its_size_scales(part):
    once, half = living(only(part), STILL), living(only(part, 0.5), STILL)
    head = [one.poses[:, :3, 2] - STILL[:, :3, 2] for one in (once, half)]
    assert np.abs(head[0]).max() > 0.003
    assert np.allclose(head[1], 0.5 * head[0], atol=1e-3)


def test_a_head_without_motion_of_its_own_goes_along_with_looks_breathes_and_sways_each_by_its_size():
    """What the shot document says of `head_motion`, `gaze` and `breath`."""
    assert np.array_equal(living(NONE, STILL).poses, STILL), "all at 0 is a static head"
    for part in ("gaze", "breath"):
        assert np.ptp(living(only(part), STILL).poses, axis=0).max() > 0.003
    still_breath = living(only("breath"), STILL).poses[:, :3, :3] - STILL[:, :3, :3]
    assert np.abs(still_breath[:, :, 0]).max() > 0.003, "sway turns the head about all axes, breath nods only"


def test_breath_lifts_the_head_by_millimetres_and_less_in_speech():
    height = np.abs(np.diff(living(only("breath"), STILL).poses[:, :3, 3], axis=0)).sum(1)
    idle, speech = height[ACTIVITY[1:] > 0.9], height[ACTIVITY[1:] == 0.0]
    shifts = living(only("breath"), STILL).poses[:, :3, 3]
    assert 0.0005 < np.ptp(shifts[:, 2]) < 0.008
    assert idle.mean() > 1.2 * speech.mean()


def test_the_head_stays_rigid_and_moves_without_a_step_in_velocity():
    times = np.arange(12_000) / 200.0
    alive = life(np.tile(TORSO_POSE, (12_000, 1, 1)), ACTIVITY, Performance(), 1, times)
    turns = alive.poses[:, :3, :3].astype(np.float64)
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3), atol=1e-6)
    velocity = np.diff(alive.poses[:, :3, 1:].astype(np.float64), axis=0)
    assert np.abs(np.diff(velocity, axis=0)).max() < 0.2 * np.abs(velocity).max()


def test_a_film_at_twice_the_rate_shows_the_same_moments():
    slow, fast = (living(poses=tilted(times), times=times) for times in (np.arange(1440) / 24, np.arange(2880) / 48))
    assert np.array_equal(slow.closure, fast.closure[::2])
    assert np.allclose(slow.gaze, fast.gaze[::2], atol=1e-6) and np.allclose(slow.poses, fast.poses[::2], atol=1e-6)


def test_the_seed_decides():
    first, again, other = living(), living(), living(seed=4)
    for name in ("poses", "gaze", "closure"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
        assert not np.array_equal(getattr(first, name), getattr(other, name))


def test_time_added_at_the_end_changes_nothing_well_before_it():
    short, whole = living(poses=POSES[:1000], times=TIMES[:1000]), living()
    # Breath is drawn for words to come, so the last seconds may differ.
    assert np.array_equal(short.closure[:1000], whole.closure[:1000])
    assert np.array_equal(short.poses[:750], whole.poses[:750])
    assert np.array_equal(short.gaze[:750], whole.gaze[:750])


def test_sway_is_smaller_in_speech():
    times = np.arange(3000) / 25
    idle, speech = (
        np.abs(sway_motion(np.full(3000, activity, np.float32), 0, times)).mean(0) for activity in (1.0, 0.0)
    )
    assert (speech < 0.6 * idle).all() and (speech > 0.0).all()
