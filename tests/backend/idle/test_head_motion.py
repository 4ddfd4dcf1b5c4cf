"""Head motion: rigid, seeded, without a jump, at rest in pauses, and as large as was asked for."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from tiny_actor import nodding

from emogene.idle.head_motion import (
    FADE,
    build_bank,
    draw_stretches,
    drawn_motion,
    head_poses,
    load_head_motion,
    save_head_motion,
    to_poses,
)
from emogene.render.neck import TORSO_POSE
from emogene.resample import frame_times
from emogene_proto.errors import ActorError
from emogene_proto.shot import Performance

ALL_SPEECH = np.array([[0.0, 1e6]])
USUAL = Performance()


@pytest.fixture(scope="module")
def bank():
    return build_bank([nodding(400), nodding(200)[::-1]])


def moved(bank, frames: int, spans: np.ndarray, seed: int, performance: Performance, fps: float = 25.0) -> np.ndarray:
    times = frame_times(round(frames * fps / 25), fps)
    return head_poses(bank, frames, spans, seed, performance, times)


def wandering(frames: int, seed: int) -> np.ndarray:
    """(T, 4, 4) somebody who turns and nods by some degrees, and keeps still for half a second after each second."""
    random = np.random.default_rng(seed)
    motion = np.zeros((frames, 6), np.float32)
    motion[:, :3] = gaussian_filter1d(random.normal(size=(frames, 3)), 8.0, axis=0, mode="wrap") * 0.4
    moves = gaussian_filter1d((np.arange(3 * frames) % 38 < 25).astype(float), 1.0)
    rows = np.cumsum(moves)[:frames]
    return to_poses(np.stack([np.interp(rows, np.arange(frames), column) for column in motion.T], 1))


@pytest.fixture(scope="module")
def person():
    return build_bank([wandering(1500, seed) for seed in range(4)])


def accelerations(rows: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(rows.reshape(len(rows), -1).astype(np.float64), 2, axis=0), axis=1)


def speeds(poses: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(poses.reshape(len(poses), -1), axis=0), axis=1)


def test_poses_are_rigid_and_one_seed_gives_one_motion(bank):
    poses = moved(bank, 1000, ALL_SPEECH, 3, USUAL)
    turns = poses[:, :3, :3].astype(np.float64)
    assert poses.shape == (1000, 4, 4) and poses.dtype == np.float32
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3), atol=1e-5)
    assert np.array_equal(poses, moved(bank, 1000, ALL_SPEECH, 3, USUAL))
    assert not np.array_equal(poses, moved(bank, 1000, ALL_SPEECH, 4, USUAL))


def test_at_twice_the_rate_the_head_goes_the_same_way(bank):
    once, twice = (moved(bank, 500, ALL_SPEECH, 2, USUAL, fps) for fps in (25.0, 50.0))
    assert np.array_equal(twice[::2], once)
    # After its last row at 25 fps the motion holds.
    assert accelerations(twice[:-1]).max() < accelerations(once).max()


def test_stretches_meet_without_a_jump(bank):
    recorded = max(speeds(track).max() for track in bank.recordings)
    drawn = speeds(moved(bank, 3000, ALL_SPEECH, 0, USUAL))
    assert drawn.max() < 2.0 * recorded


def test_weight_zero_holds_the_head_and_half_moves_it_half_as_far(bank):
    whole, half, none = (moved(bank, 200, ALL_SPEECH, 0, Performance(head_motion=w)) for w in (1.0, 0.5, 0.0))
    assert np.allclose(none, TORSO_POSE, atol=1e-6)
    away = [np.arccos(np.clip(p[:, 2, 1], -1, 1)) for p in (whole, half)]
    assert away[1].max() == pytest.approx(away[0].max() / 2, rel=0.02)


def test_a_loop_has_no_seams(person):
    """Where one stretch fades into the next, the head changes its speed no more than inside the stretches."""
    motion = drawn_motion(person, 20_000, np.random.default_rng(5))
    stretches = draw_stretches(person, 20_000, np.random.default_rng(5))
    begins = np.cumsum([end - start - FADE for start, end in stretches])[:-1]
    joins = np.unique((begins[:, None] + np.arange(-1, FADE)).ravel())
    joins = joins[joins < 20_000 - 2]
    acceleration = accelerations(motion)
    inside = np.delete(acceleration, joins)
    assert np.quantile(acceleration[joins], 0.99) < 1.1 * np.quantile(inside, 0.99)
    assert acceleration[joins].max() < 1.2 * inside.max()


def test_stretches_lie_in_one_recording_each_and_fill_the_shot(bank):
    stretches = draw_stretches(bank, 20_000, np.random.default_rng(5))
    assert sum(end - start - FADE for start, end in stretches) + FADE >= 20_000
    assert all(0 <= start < end <= 400 or 400 <= start < end <= 600 for start, end in stretches)


def test_in_pauses_the_head_slows_down(person):
    spans = np.array([[0.0, 20.0], [50.0, 70.0]])
    moving = speeds(moved(person, 1750, spans, 1, USUAL))
    assert moving[525:1225].mean() < 0.7 * moving[:500].mean()


def test_a_head_that_never_stops_does_not_stop_dead_in_pauses(bank):
    assert speeds(moved(bank, 1000, np.array([[0.0, 10.0], [30.0, 40.0]]), 1, USUAL)).min() > 0.0


@pytest.mark.parametrize("pause", [0.3, 0.6, 1.5, 6.0])
def test_the_head_comes_to_rest_and_leaves_it_without_a_step_in_velocity(person, pause):
    starts = np.arange(0.0, 200.0, 4.0 + pause)
    spans = np.stack([starts, starts + 4.0], 1)
    acceleration = accelerations(moved(person, 5000, spans, 0, USUAL))
    times = (np.arange(len(acceleration)) + 1) / 25
    meeting = np.abs(times[:, None] - spans.ravel()).min(1) <= 0.3
    speaking = ((times[:, None] > spans[:, 0]) & (times[:, None] < spans[:, 1])).any(1) & ~meeting
    assert np.quantile(acceleration[meeting], 0.99) < 1.2 * np.quantile(acceleration[speaking], 0.99)


def test_no_idle_sampling_moves_the_head_as_in_speech(bank):
    silent = np.zeros((0, 2))
    poses = moved(bank, 500, silent, 1, Performance(idle_sampling="none"))
    assert np.array_equal(poses, moved(bank, 500, ALL_SPEECH, 1, USUAL))


def test_hours_take_seconds(bank):
    starts = np.arange(0.0, 3 * 3600.0, 4.0)
    poses = moved(bank, 3 * 3600 * 25, np.stack([starts, starts + 2.5], 1), 0, USUAL)
    assert np.isfinite(poses).all() and len(poses) == 3 * 3600 * 25


def test_a_bank_comes_back_from_its_file(bank, tmp_path):
    save_head_motion(tmp_path / "head_motion.safetensors", bank)
    back = load_head_motion(tmp_path / "head_motion.safetensors")
    assert np.allclose(back.poses, bank.poses, atol=2e-4)
    assert [len(r) for r in back.recordings] == [400, 200]
    assert back.rests == bank.rests


def test_too_short_tracks_make_no_bank():
    with pytest.raises(ActorError, match="longer than 3 seconds"):
        build_bank([nodding(2 * FADE)])
    assert len(build_bank([nodding(2 * FADE + 1)]).poses) == 75
