"""The whole way with an actor of random models: form, rate, determinism, and what depends on what."""

import dataclasses
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio import encoder
from emogene.audio.encoder import EncoderConfig, save_speech_encoder
from emogene_proto.errors import ActorError, Cancelled, RenderError, ShotError
from emogene_proto.names import EMOTIONS
from emogene_proto.shot import AudioRef, CameraKey, EmotionKey, Performance, Shot

SHOT = Shot(
    AudioRef(),
    emotions=(EmotionKey(0.0, "happy", 0.8), EmotionKey(1.0, "sad", 1.0)),
    width=24,
    height=24,
)


def changed(shot: Shot, **fields) -> Shot:
    return msgspec.structs.replace(shot, **fields)


@pytest.fixture(scope="module")
def actor(tiny_actor):
    return load_actor(tiny_actor)


@pytest.fixture(scope="module")
def audio() -> np.ndarray:
    """Two seconds of a vowel that comes and goes."""
    t = np.arange(32_000) / 16_000
    wave = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 12))
    return (0.2 * wave * (np.sin(np.pi * t) > 0)).astype(np.float32)


@pytest.fixture(scope="module")
def planned(actor, audio):
    return pipeline.plan(SHOT, audio, actor)


@pytest.mark.parametrize("fps", [23.976, 24.0, 25.0, 30.0, 60.0])
def test_a_plan_covers_the_sound_at_any_rate(actor, audio, fps):
    plan = pipeline.plan(changed(SHOT, fps=fps), audio, actor)
    count = int(np.ceil(2.0 * fps))
    assert len(plan) == count and plan.fps == fps
    assert plan.landmarks.shape == (count, 68, 3) and plan.weights.shape == (count, 8)
    assert plan.poses.shape == (count, 4, 4) and plan.gaze.shape == (count, 2)
    assert all(a.dtype == np.float32 and np.isfinite(a).all() for a in (plan.landmarks, plan.poses, plan.gaze))


def test_the_same_shot_gives_the_same_plan_and_another_seed_another(actor, audio, planned):
    again = pipeline.plan(SHOT, audio, actor)
    other = pipeline.plan(changed(SHOT, seed=1), audio, actor)
    for name in ("landmarks", "weights", "poses", "gaze"):
        assert np.array_equal(getattr(planned, name), getattr(again, name))
    assert not np.array_equal(planned.landmarks, other.landmarks)
    assert not np.array_equal(planned.poses, other.poses)


def test_emotion_moves_the_face_and_nothing_else(actor, audio, planned):
    neutral = pipeline.plan(changed(SHOT, emotions=()), audio, actor)
    assert not np.allclose(neutral.landmarks, planned.landmarks, atol=1e-6)
    assert np.array_equal(neutral.poses, planned.poses) and np.array_equal(neutral.gaze, planned.gaze)
    assert planned.weights[0, EMOTIONS.index("happy")] == np.float32(0.8)
    assert planned.weights[-1, EMOTIONS.index("sad")] == 1.0


def test_a_still_performance_is_the_speech_alone(actor, audio):
    still = changed(SHOT, emotions=(), fps=25.0, performance=Performance(blink=0.0, gaze=0.0, head_motion=0.0))
    plan = pipeline.plan(still, audio, actor)
    speech = pipeline.listen(still, audio, actor)
    assert np.allclose(plan.landmarks, speech.neutral, atol=1e-7)
    assert np.ptp(plan.poses, axis=0).max() == np.ptp(plan.gaze, axis=0).max() == 0.0


def test_emotion_can_be_changed_without_listening_again(actor, audio, planned):
    speech = pipeline.listen(changed(SHOT, emotions=()), audio, actor)
    assert np.array_equal(pipeline.perform(SHOT, speech, actor).landmarks, planned.landmarks)


def test_progress_rises_to_the_end_and_a_cancelled_plan_stops(actor, audio):
    told = []
    pipeline.plan(SHOT, audio, actor, progress=lambda fraction, doing: told.append((fraction, doing)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0 and all(doing for _, doing in told)
    with pytest.raises(Cancelled):
        pipeline.plan(SHOT, audio, actor, cancelled=lambda: True)


def test_a_shot_that_cannot_be_is_refused_before_any_work(actor, audio):
    with pytest.raises(ShotError):
        pipeline.plan(changed(SHOT, emotions=(EmotionKey(0.0, "joy"),)), audio, actor)


def test_models_that_do_not_fit_together_are_told(tiny_actor, audio, tmp_path):
    pack = Path(shutil.copytree(tiny_actor, tmp_path / "pack"))
    listener = encoder.untrained(EncoderConfig(("sil", "AA"), width=8, dilations=(1,)))
    save_speech_encoder(listener, pack / "speech_encoder.safetensors")
    with pytest.raises(ActorError, match="fit"):
        pipeline.plan(SHOT, audio, load_actor(pack))


def test_a_frame_depends_on_its_own_row_only(actor, planned):
    first, second = (pipeline.load_engine(SHOT, actor) for _ in range(2))
    whole = [pipeline.render_frame(planned, row, SHOT, actor, first) for row in range(4)]
    alone = pipeline.render_frame(planned, 3, SHOT, actor, second)
    assert np.array_equal(whole[3].rgba, alone.rgba)
    assert whole[0].rgba.shape == (24, 24, 4) and whole[0].rgba[..., 3].max() > 0.5


def test_the_camera_is_the_actors_own_unless_the_shot_has_one(actor):
    own = pipeline.camera_of(changed(SHOT, width=48), actor)
    assert (own.width, own.height) == (48, 24)
    assert own.focal_px * 64 / 24 == pytest.approx(actor.camera.focal_px)
    matrix = tuple(tuple(float(x) for x in row) for row in np.eye(4))
    other = pipeline.camera_of(changed(SHOT, camera=CameraKey(matrix, 85.0, 36.0)), actor)
    assert other.focal_mm == 85.0 and np.array_equal(other.camera_to_world, np.eye(4))


def test_an_unknown_engine_is_told(actor):
    with pytest.raises(RenderError):
        pipeline.load_engine(changed(SHOT, engine="quantum"), actor)


def test_values_that_pass_between_stages_cannot_be_changed(planned):
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.fps = 30.0
