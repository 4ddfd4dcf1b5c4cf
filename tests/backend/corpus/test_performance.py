"""A clip is whole: aligned rows, rigid poses, blinks that close the eyes, gaze that turns the right lids."""

import numpy as np
import pytest

from emogene.corpus.body_motion import blink_closure, blinks, gaze_track, head_track
from emogene.corpus.expressions import emotion_style
from emogene.corpus.performance import close_lids, emotion_weights, full_expression, perform
from emogene_proto.names import EMOTIONS, MODEL_FPS

UPPER_LIDS, LOWER_LIDS = [37, 38, 43, 44], [41, 40, 47, 46]


@pytest.fixture(scope="module")
def clip(model, contacts, plosives):
    rng = np.random.default_rng(4)
    weights = emotion_weights(plosives.seconds, rng, "happy")
    return perform(plosives, weights, emotion_style(model.expression_names), contacts, rng)


def test_rows_are_aligned(clip, plosives):
    frames = int(np.ceil(plosives.seconds * MODEL_FPS))
    assert len(clip) == frames
    for rows in (clip.neutral, clip.emotional, clip.blink, clip.gaze, clip.poses, full_expression(clip)):
        assert len(rows) == frames
        assert rows.dtype == np.float32


def test_poses_are_rigid(clip):
    turns = clip.poses[:, :3, :3]
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3), atol=1e-5)
    assert np.allclose(np.linalg.det(turns), 1.0, atol=1e-5)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_blink_closes_the_eyes_in_every_emotion(model, emotion):
    style = emotion_style(model.expression_names).shapes[[EMOTIONS.index(emotion)]]
    shut = model.landmarks(np.zeros(100), close_lids(style, np.ones(1), model.expression_names))[0]
    slit = (shut[UPPER_LIDS, 1] - shut[LOWER_LIDS, 1]) * 1000
    assert slit.max() < 1.2
    assert slit.min() > -0.8


def test_every_blink_shows_closed_eyes_and_comes_at_a_human_rate():
    closure = blinks(60 * MODEL_FPS, np.random.default_rng(0))
    starts = np.flatnonzero((closure[1:] > 0) & (closure[:-1] == 0))
    peaks = [closure[s + 1 : s + 9].max() for s in starts[:-1]]
    assert 9 <= len(starts) <= 32
    assert min(peaks) > 0.999
    assert blink_closure(np.array([-0.1, 0.0, 0.1, 1.0])).tolist() == [0.0, 0.0, 1.0, 0.0]


def test_the_head_moves_like_a_persons(plosives):
    frames = len(plosives.audio) * MODEL_FPS // 16000
    still = np.tile(np.eye(8)[0], (frames, 1))
    angles = np.degrees(
        [head_track(plosives.audio, plosives.phones, still, np.random.default_rng(k))[1] for k in range(8)]
    )
    assert 1.0 < angles.std() < 5.0
    assert np.abs(np.diff(angles, axis=1)).max() * MODEL_FPS < 120.0


def test_eyes_hold_their_target_while_the_head_turns():
    head = np.zeros((100, 2))
    head[:, 0] = np.linspace(0.0, 0.1, 100)
    still = np.tile(np.eye(8)[0], (100, 1))
    world = gaze_track(head, still, np.random.default_rng(2)) + head
    assert np.median(np.abs(np.diff(world[:, 0]))) < 1e-4


def test_looking_down_lowers_the_upper_lids(model, clip):
    names = model.expression_index
    shown = full_expression(clip)
    down = clip.gaze[:, 1] < -0.05
    assert down.any()
    open_eyes = down & (clip.blink == 0)
    assert (shown[open_eyes, names["eyeLookDown_L"]] > 0.1).all()


@pytest.mark.parametrize("seed", range(20))
def test_emotion_weights_are_shares(seed):
    weights = emotion_weights(6.0, np.random.default_rng(seed))
    assert weights.shape == (150, 8)
    assert weights.min() >= -1e-12
    assert np.allclose(weights.sum(axis=1), 1.0)
    assert np.abs(np.diff(weights, axis=0)).max() < 0.35
