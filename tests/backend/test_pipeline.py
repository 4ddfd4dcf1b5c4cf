"""The whole way with an actor of random models: form, rate, determinism, and what depends on what."""

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from emogene import pipeline
from emogene.actors.pack import SpeakingEntry, load_actor
from emogene.audio import encoder
from emogene.audio.encoder import EncoderConfig, save_speech_encoder
from emogene.audio.load import AudioFile, load_audio, open_audio
from emogene.motion.audio2motion import NeutralMotion
from emogene.motion.lips import CLOSING, DEEPEST, PRESSED, gaps
from emogene_proto.errors import ActorError, Cancelled, RenderError, ShotError
from emogene_proto.names import EMOTIONS
from emogene_proto.shot import (
    AudioRef,
    CameraKey,
    Crop,
    CurvePoint,
    EmotionCurve,
    EmotionKey,
    EmotionStrength,
    Feeling,
    HeadTrack,
    Performance,
    Shot,
    Speaking,
)

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


STILL = Performance(blink=0.0, gaze=0.0, head_motion=0.0, breath=0.0)


def test_a_still_performance_is_the_speech_alone(actor, audio):
    still = changed(SHOT, emotions=(), fps=25.0, performance=STILL, speaking=Speaking(smoothing=0.0, lip_closure=0.0))
    speech = dataclasses.replace(pipeline.listen(still, audio, actor), spans=np.array([[0.0, 2.0]]))
    plan = pipeline.perform(still, speech, actor)
    assert np.ptp(plan.poses, axis=0).max() == np.ptp(plan.gaze, axis=0).max() == 0.0
    away = plan.landmarks - speech.motion.landmarks
    eyes = np.r_[36:48]
    assert np.abs(np.delete(away, eyes, 1)).max() < 1e-7
    assert np.abs(away[:, eyes]).max() < 1e-3, "lids lie as the eyes look, which is at the camera"


def test_the_actors_style_and_the_shots_amplitude_make_the_mouth_larger(actor, audio):
    speech = dataclasses.replace(pipeline.listen(SHOT, audio, actor), spans=np.array([[0.0, 2.0]]))
    still = changed(SHOT, emotions=(), performance=Performance(blink=0.0), speaking=Speaking(lip_closure=0.0))
    manifest = msgspec.structs.replace(actor.manifest, speaking=SpeakingEntry(1.5))
    lively = dataclasses.replace(actor, manifest=manifest)

    def size(actor, amplitude):
        speaking = Speaking(amplitude=amplitude, lip_closure=0.0)
        plan = pipeline.perform(changed(still, speaking=speaking), speech, actor)
        return np.abs(plan.landmarks - actor.rest)[:, [48, 54]].mean()

    assert size(actor, 0.0) < 1e-8
    assert size(actor, 2.0) == pytest.approx(2.0 * size(actor, 1.0), rel=1e-3)
    assert size(lively, 1.0) == pytest.approx(1.5 * size(actor, 1.0), rel=1e-3)


@pytest.fixture(scope="module")
def bundled():
    """Real emotions: some open the mouth by a centimetre, some press the lips."""
    return load_actor("bundled")


@pytest.mark.parametrize("fps", [25.0, 60.0])
@pytest.mark.parametrize("style", [0.3, 1.0])
@pytest.mark.parametrize("amplitude", [0.1, 0.3, 1.0, 3.0])
def test_lips_that_meet_meet_in_every_emotion_and_never_pass_through_each_other(bundled, amplitude, style, fps):
    """However little the mouth moves: it is 9 mm open before and after, at amplitude and style 1."""
    lips = np.zeros((60, 2), np.float32)
    lips[20:23, 0] = 1.0
    face = (bundled.rest - (np.full(3, 0.009, np.float32) @ CLOSING).reshape(68, 3)).astype(np.float32)
    speech = pipeline.Speech(NeutralMotion(np.tile(face, (60, 1, 1)), lips), np.array([[0.0, 2.4]]), 2.4)
    actor = dataclasses.replace(
        bundled, manifest=msgspec.structs.replace(bundled.manifest, speaking=SpeakingEntry(style))
    )
    asked = changed(SHOT, fps=fps, speaking=Speaking(amplitude=amplitude))
    times = np.arange(round(2.4 * fps)) / fps
    meeting = (times > 19.99 / 25) & (times < 22.01 / 25)
    for emotion in EMOTIONS:
        plan = pipeline.perform(changed(asked, emotions=(EmotionKey(0.0, emotion),)), speech, actor)
        over_rest = gaps(plan.landmarks) - gaps(actor.rest)
        assert over_rest[meeting].max() < PRESSED * min(1.0, 2.0 * amplitude * style) + 1e-5, emotion
        assert over_rest.min() > DEEPEST - 1e-5, emotion


def test_an_emotion_opens_a_mouth_that_rests_or_is_left_to_the_model(bundled):
    """What holds lips together is that they meet without emotion, the voice, and that the artist wants it."""
    lips = np.zeros((60, 2), np.float32)
    lips[20:23, 0] = 1.0
    shut = NeutralMotion(np.tile(bundled.rest, (60, 1, 1)), lips)
    surprised = changed(SHOT, fps=25.0, emotions=(EmotionKey(0.0, "surprised"),))

    def opening(spans, closure):
        shot = changed(surprised, speaking=Speaking(lip_closure=closure))
        landmarks = pipeline.perform(shot, pipeline.Speech(shut, spans, 2.4), bundled).landmarks
        return (gaps(landmarks) - gaps(bundled.rest)).min(1)

    speaks, silent = np.array([[0.0, 2.4]]), np.zeros((0, 2))
    held = opening(speaks, 1.0)
    assert held[21] < -0.001 and np.abs(held[40]) < 1e-5, "they meet, whether or not the sound is sure of it"
    assert opening(speaks, 0.0)[21] > 0.005 and opening(silent, 1.0)[21] > 0.005
    assert -0.001 < opening(speaks, 0.5)[21] < 0.7 * opening(silent, 1.0)[21]


def test_emotion_can_be_changed_without_listening_again(actor, audio, planned):
    speech = pipeline.listen(changed(SHOT, emotions=()), audio, actor)
    assert np.array_equal(pipeline.perform(SHOT, speech, actor).landmarks, planned.landmarks)


def test_emotion_can_be_changed_without_performing_the_rest_again(actor, audio, planned):
    """What `deliver` gives depends on nothing of the emotions: not on keys, curves or strengths."""
    plain = changed(SHOT, emotions=())
    delivery = pipeline.deliver(plain, pipeline.listen(plain, audio, actor), actor)
    felt = pipeline.feel(SHOT, delivery, actor)
    for name in ("landmarks", "weights", "poses", "gaze"):
        assert np.array_equal(getattr(felt, name), getattr(planned, name)), name


@pytest.fixture(scope="module")
def spoken(bundled) -> pipeline.Delivery:
    """Two seconds of the rest face with a voice that says nothing in particular."""
    motion = NeutralMotion(np.tile(bundled.rest, (50, 1, 1)), np.zeros((50, 2), np.float32))
    shot = changed(SHOT, fps=25.0, performance=STILL)
    return pipeline.deliver(shot, pipeline.Speech(motion, np.zeros((0, 2)), 2.0), bundled)


def felt_away(spoken, bundled, **emotion) -> np.ndarray:
    """(68,) metres that the last frame's landmarks are away from the face without emotion."""
    shot = changed(SHOT, fps=25.0, emotions=())
    without = pipeline.feel(shot, spoken, bundled).landmarks[-1]
    return np.linalg.norm(pipeline.feel(changed(shot, **emotion), spoken, bundled).landmarks[-1] - without, axis=1)


def test_strengths_scale_what_emotions_do_to_their_region(spoken, bundled):
    angry = (EmotionKey(0.0, "angry"),)
    full = felt_away(spoken, bundled, emotions=angry)
    still_brows = felt_away(spoken, bundled, emotions=angry, emotion_strength=EmotionStrength(brows=0.0))
    half = felt_away(spoken, bundled, emotions=angry, emotion_strength=EmotionStrength(overall=0.5))
    none = felt_away(spoken, bundled, emotions=angry, emotion_strength=EmotionStrength(overall=0.0))
    assert full[17:27].min() > 0.001 and still_brows[17:27].max() == 0.0
    assert np.array_equal(still_brows[48:], full[48:])
    assert np.allclose(half[17:27], 0.5 * full[17:27], atol=1e-6) and none.max() == 0.0


def test_a_mixture_looks_like_both_and_a_curve_like_the_key_that_says_the_same(spoken, bundled):
    mixed = felt_away(spoken, bundled, emotions=(EmotionKey(0.0, "happy", 0.5, also=(Feeling("sad", 0.4),)),))
    curved = felt_away(
        spoken,
        bundled,
        emotions=(EmotionKey(0.0, "happy", 0.5),),
        emotion_curves=(EmotionCurve("sad", (CurvePoint(0.0, 0.4),)),),
    )
    assert np.array_equal(mixed, curved)
    assert mixed.max() > 0.001
    for alone in ("happy", "sad"):
        assert np.abs(mixed - felt_away(spoken, bundled, emotions=(EmotionKey(0.0, alone, 0.5),))).max() > 0.001


def test_an_object_moves_the_head_as_far_as_it_is_weighted(actor, audio):
    turned = HeadTrack(((0.0, 0.0, 0.0, 0.0, 0.0, 0.3),))
    shot = changed(SHOT, performance=STILL, head_track=turned)

    def turn(weight: float) -> float:
        weighted = changed(shot, performance=msgspec.structs.replace(STILL, head_object=weight))
        poses = pipeline.plan(weighted, audio, actor).poses
        assert np.ptp(poses, axis=0).max() < 1e-6
        away = poses[0, :3, :3].astype(np.float64) @ at_rest[0, :3, :3].T
        return float(np.arccos(np.clip((np.trace(away) - 1.0) / 2.0, -1.0, 1.0)))

    at_rest = pipeline.plan(changed(shot, head_track=None), audio, actor).poses.astype(np.float64)
    assert turn(0.0) == pytest.approx(0.0, abs=1e-3)
    assert turn(1.0) == pytest.approx(0.3, abs=1e-3) and turn(0.5) == pytest.approx(0.15, abs=1e-3)


@pytest.mark.parametrize("fps", [24.0, 30.0])
def test_an_objects_quick_nod_comes_out_frame_by_frame_and_the_eyes_hold_on(actor, audio, fps):
    nods = 0.1 * np.sin(2.0 * np.pi * 5.0 * np.arange(round(2 * fps)) / fps)
    track = HeadTrack(tuple((0.0, 0.0, 0.0, float(nod), 0.0, 0.0) for nod in nods))
    plan = pipeline.plan(changed(SHOT, fps=fps, performance=STILL, head_track=track), audio, actor)
    forward = plan.poses[:, :3, 2]
    assert np.allclose(np.arctan2(forward[:, 2], -forward[:, 1]), -nods, atol=1e-5)
    assert np.corrcoef(plan.gaze[:, 1], nods)[0, 1] > 0.999 and np.ptp(plan.gaze[:, 1]) > 0.15


def test_progress_rises_to_the_end_and_a_cancelled_plan_stops(actor, audio):
    told = []
    pipeline.plan(SHOT, audio, actor, progress=lambda fraction, doing: told.append((fraction, doing)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0 and all(doing for _, doing in told)
    with pytest.raises(Cancelled):
        pipeline.plan(SHOT, audio, actor, cancelled=lambda: True)


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    """Three minutes of bursts of vowels of many pitches, with pauses and hiss, as a file."""
    random = np.random.default_rng(0)
    t = np.arange(4000) / 16_000
    bursts = []
    for hz, level in zip(random.uniform(90, 250, 720), random.uniform(0, 1, 720), strict=True):
        wave = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 10))
        bursts.append((level > 0.3) * 0.2 * level * wave + 0.002 * random.standard_normal(len(t)))
    path = tmp_path_factory.mktemp("recording") / "Lange Rede.flac"
    soundfile.write(path, np.concatenate(bursts), 16_000)
    return path


def cut_of(shot: Shot, offset: float, duration: float | None = None) -> Shot:
    return changed(shot, audio=AudioRef(offset_seconds=offset, duration_seconds=duration))


def opened(path: Path, shot: Shot) -> AudioFile:
    return open_audio(path, shot.audio.offset_seconds, shot.audio.duration_seconds)


@pytest.fixture(scope="module")
def whole(actor, recording) -> pipeline.Speech:
    return pipeline.listen(SHOT, open_audio(recording), actor)


def test_a_file_is_heard_as_its_samples_are(actor, recording):
    streamed = pipeline.listen(SHOT, open_audio(recording, 0.0, 75.0), actor)
    held = pipeline.listen(SHOT, load_audio(recording, 0.0, 75.0), actor)
    assert streamed.motion.landmarks.tobytes() == held.motion.landmarks.tobytes()
    assert streamed.motion.contacts.tobytes() == held.motion.contacts.tobytes()
    assert np.array_equal(streamed.spans, held.spans)
    assert streamed.duration_seconds == held.duration_seconds == 75.0


@pytest.mark.parametrize("offset", [0.16, 47.52, 100.0])
def test_a_piece_moves_as_it_does_within_the_whole(actor, recording, whole, offset):
    """Away from its edges: five seconds for the ear, one for the motion."""
    shot = cut_of(SHOT, offset, 22.4)
    piece = pipeline.listen(shot, opened(recording, shot), actor).motion
    first, margin = round(offset * 25), 6 * 25
    assert len(piece) == 560
    for name in ("landmarks", "contacts"):
        expected = getattr(whole.motion, name)[first + margin : first + 560 - margin]
        np.testing.assert_allclose(getattr(piece, name)[margin:-margin], expected, atol=1e-5)


def test_planning_tells_how_far_it_has_listened_and_stops_between_pieces(actor, recording):
    told = []
    pipeline.plan(SHOT, open_audio(recording, 0.0, 30.0), actor, lambda fraction, doing: told.append(fraction))
    assert told == sorted(told) and len(told) > 30 / 5 and told[-1] == 1.0
    assert told[4] == pytest.approx(0.9 * 16 / 30), "the step of the beginning, then pieces of 4 s"
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Cancelled):
        pipeline.plan(SHOT, open_audio(recording), actor, cancelled=cancelled)
    assert asked == 4


def test_a_recording_that_breaks_off_is_planned_as_far_as_it_goes_and_says_so(actor, recording, tmp_path):
    short = tmp_path / "kurz.flac"
    short.write_bytes(recording.read_bytes()[: recording.stat().st_size // 10])
    told = []
    file = open_audio(short)
    plan = pipeline.plan(SHOT, file, actor, lambda fraction, doing: told.append(doing))
    assert 10 < len(plan) / plan.fps < 25
    assert file.note in told and "kurz.flac" in file.note


@pytest.mark.slow
def test_a_long_recording_is_planned_in_the_memory_of_its_plan(tiny_actor, recording, tmp_path):
    """A quarter of an hour takes little more than three minutes do; its own plan is 25 MB."""
    soundfile.write(tmp_path / "long.flac", np.tile(load_audio(recording), 5), 16_000)
    code = """
import resource, sys
from pathlib import Path
from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import open_audio
from emogene_proto.shot import AudioRef, Shot
actor = load_actor(sys.argv[1])
for path in sys.argv[2:]:
    pipeline.plan(Shot(AudioRef()), open_audio(Path(path)), actor)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    command = [sys.executable, "-c", code, str(tiny_actor), str(recording), str(tmp_path / "long.flac")]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    short, long = (int(line) * unit for line in found.stdout.split())
    assert long - short < 150e6 and long < 1.5e9


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
    whole = [pipeline.render_row(planned, row, SHOT, actor, first) for row in range(4)]
    alone = pipeline.render_row(planned, 3, SHOT, actor, second)
    assert np.array_equal(whole[3].rgba, alone.rgba)
    assert whole[0].rgba.shape == (24, 24, 4) and whole[0].rgba[..., 3].max() > 0.5


def test_between_frames_the_picture_lies_between_and_on_a_frame_it_is_that_frames(actor, planned):
    engine = pipeline.load_engine(SHOT, actor)
    rows = [pipeline.render_row(planned, row, SHOT, actor, engine).rgba for row in (3, 4)]
    on, between = (pipeline.render_frame(planned, row / SHOT.fps, SHOT, actor, engine).rgba for row in (3, 3.5))
    assert np.array_equal(on, rows[0])
    assert not np.array_equal(between, rows[0]) and not np.array_equal(between, rows[1])
    assert np.abs(between - rows[0]).mean() < 3 * np.abs(rows[1] - rows[0]).mean()
    ends = [pipeline.render_frame(planned, seconds, SHOT, actor, engine).rgba for seconds in (-1.0, 1e6)]
    assert np.array_equal(ends[0], pipeline.render_row(planned, 0, SHOT, actor, engine).rgba)
    assert np.array_equal(ends[1], pipeline.render_row(planned, len(planned) - 1, SHOT, actor, engine).rgba)


def test_a_live_picture_is_the_row_at_another_size(actor, planned):
    engine = pipeline.load_engine(SHOT, actor)
    live = pipeline.render_live(planned, 3, (40, 20), SHOT, actor, engine)
    same = pipeline.render_row(planned, 3, changed(SHOT, width=40, height=20), actor, engine)
    assert np.array_equal(live.rgba, same.rgba)


def test_quality_changes_the_picture_and_not_its_size(actor, planned):
    engine = pipeline.load_engine(SHOT, actor)
    pictures = {
        quality: pipeline.render_row(planned, 3, changed(SHOT, quality=quality), actor, engine).rgba
        for quality in ("draft", "preview", "final")
    }
    assert len({picture.tobytes() for picture in pictures.values()}) == 3
    assert {picture.shape for picture in pictures.values()} == {(24, 24, 4)}


def test_the_camera_is_the_actors_own_unless_the_shot_has_one(actor):
    own = pipeline.camera_of(changed(SHOT, width=48), actor, 0)
    assert (own.width, own.height) == (48, 24)
    assert own.focal_px * 64 / 24 == pytest.approx(actor.camera.focal_px)
    matrix = tuple(tuple(float(x) for x in row) for row in np.eye(4))
    other = pipeline.camera_of(changed(SHOT, camera=CameraKey(matrix, 85.0, 36.0)), actor, 0)
    assert other.focal_mm == 85.0 and np.array_equal(other.camera_to_world, np.eye(4))
    track = changed(SHOT, camera_track=tuple(CameraKey(matrix, focal, 36.0) for focal in (50.0, 60.0, 70.0)))
    assert [pipeline.camera_of(track, actor, row).focal_mm for row in (0, 1, 2, 3)] == [50.0, 60.0, 70.0, 70.0]


def test_a_crop_is_rendered_as_that_part_of_the_whole_picture(actor, planned):
    engine = pipeline.load_engine(SHOT, actor)
    rows = tuple(tuple(float(part) for part in row) for row in actor.camera.camera_to_world)
    key = CameraKey(rows, actor.camera.focal_mm, actor.camera.sensor_mm, shift_x=0.05, pixel_aspect_y=1.2)
    whole = pipeline.render_row(planned, 0, changed(SHOT, camera=key, width=64, height=48), actor, engine)
    part = msgspec.structs.replace(key, crop=Crop(16, 8, 32, 24))
    cropped = pipeline.render_row(planned, 0, changed(SHOT, camera=part, width=64, height=48), actor, engine)
    assert cropped.rgba[..., 3].max() > 0.5
    assert np.abs(cropped.rgba - whole.rgba[8:32, 16:48]).max() < 1e-4


def test_an_unknown_engine_is_told(actor):
    with pytest.raises(RenderError):
        pipeline.load_engine(changed(SHOT, engine="quantum"), actor)


def test_values_that_pass_between_stages_cannot_be_changed(planned):
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.fps = 30.0


@pytest.mark.parametrize(("seconds", "fps"), [(4 * 3600.0, 24.0), (1300.0, 240.0)])
def test_a_shot_of_more_frames_than_a_plan_may_have_is_refused_before_it_is_heard(seconds, fps):
    pipeline.check_length(pipeline.MOST_FRAMES / fps, fps)
    with pytest.raises(ShotError, match="too long"):
        pipeline.check_length(seconds, fps)
