"""Head motion: rigid, seeded, without a jump, at rest in pauses, and as large as was asked for."""

import numpy as np
import pytest
from tiny_actor import nodding

from emogene.idle.head_motion import build_bank, head_poses, load_head_motion, pauses, save_head_motion
from emogene.render.neck import TORSO_POSE
from emogene_proto.errors import ActorError

ALL_SPEECH = np.array([[0.0, 1e6]])


@pytest.fixture(scope="module")
def bank():
    return build_bank([nodding(400), nodding(200)[::-1]])


def speeds(poses: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(poses.reshape(len(poses), -1), axis=0), axis=1)


def test_poses_are_rigid_and_one_seed_gives_one_motion(bank):
    poses = head_poses(bank, 1000, ALL_SPEECH, seed=3)
    turns = poses[:, :3, :3].astype(np.float64)
    assert poses.shape == (1000, 4, 4) and poses.dtype == np.float32
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3), atol=1e-5)
    assert np.array_equal(poses, head_poses(bank, 1000, ALL_SPEECH, seed=3))
    assert not np.array_equal(poses, head_poses(bank, 1000, ALL_SPEECH, seed=4))


def test_stretches_meet_without_a_jump(bank):
    recorded = max(speeds(track).max() for track in bank.recordings)
    drawn = speeds(head_poses(bank, 3000, ALL_SPEECH, seed=0))
    assert drawn.max() < 2.0 * recorded


def test_strength_zero_holds_the_head_and_half_moves_it_half_as_far(bank):
    assert np.allclose(head_poses(bank, 50, ALL_SPEECH, 0, scale=0.0), TORSO_POSE, atol=1e-6)
    whole, half = (head_poses(bank, 200, ALL_SPEECH, 0, scale) for scale in (1.0, 0.5))
    away = [np.arccos(np.clip(p[:, 2, 1], -1, 1)) for p in (whole, half)]
    assert away[1].max() == pytest.approx(away[0].max() / 2, rel=0.02)


def test_in_pauses_the_head_slows_down_and_never_stops_dead(bank):
    spans = np.array([[0.0, 10.0], [30.0, 40.0]])
    poses = head_poses(bank, 1000, spans, seed=1)
    moving = speeds(poses)
    speech, pause = moving[:240], moving[260:740]
    assert pause.mean() < 0.6 * speech.mean()
    assert pause.min() > 0.0
    acceleration = np.abs(np.diff(poses.reshape(1000, -1), 2, axis=0)).max(1)
    assert acceleration[240:260].max() < 2.0 * acceleration[:240].max()


def test_pauses_are_what_speech_leaves():
    assert pauses(100, np.array([[1.0, 2.0]])) == [(0, 25), (50, 100)]
    assert pauses(100, np.array([[0.0, 9.0]])) == []
    assert pauses(100, np.zeros((0, 2))) == [(0, 100)]


def test_a_bank_comes_back_from_its_file(bank, tmp_path):
    save_head_motion(tmp_path / "head_motion.safetensors", bank)
    back = load_head_motion(tmp_path / "head_motion.safetensors")
    assert np.allclose(back.poses, bank.poses, atol=2e-4)
    assert [len(r) for r in back.recordings] == [400, 200]
    assert back.idle_lengths == bank.idle_lengths


def test_too_short_tracks_make_no_bank():
    with pytest.raises(ActorError):
        build_bank([nodding(20)])
