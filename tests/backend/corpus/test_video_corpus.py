"""A corpus from tracked video: read as every landmark corpus, its sound beside its lips, and ready for training."""

import numpy as np
import pytest
from tracked_person import EYE_DISTANCE_MM, gap_at, person

from emogene.audio.encoder import EncoderConfig, untrained
from emogene.corpus.landmark_corpus import read_clips
from emogene.corpus.rest_face import lip_gap
from emogene.corpus.video_corpus import VideoSettings, finish_corpus, sound_of, write_clips
from emogene.corpus.video_track import FaceTrack
from emogene.training.heard_clips import prepare_clip
from emogene.training.motion_data import MotionBatches
from emogene_proto.errors import CorpusError
from emogene_proto.names import EMOTIONS

SETTINGS = VideoSettings("anna", "happy", 4.0, 8.0, EYE_DISTANCE_MM)
BEGINS = 0.217
"""Seconds of the container's clock at which the sound begins."""


def clicks(seconds: float) -> np.ndarray:
    """(N,) sound of the whole video with a click whenever the lips part furthest; it begins at `BEGINS`."""
    audio = np.zeros(int((seconds - BEGINS) * 16000), np.float32)
    for middle in np.arange(1.0 + 1 / 6, seconds, 1 / 3):
        audio[round((middle - BEGINS) * 16000)] = 0.9
    return audio


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("video")
    (folder / "clips").mkdir()
    times = 0.02 + np.arange(0, 26, 1 / 29.97)
    track = person(times, noise_pixels=0.3).track(BEGINS)
    entries, report = write_clips(folder, "anna.mp4", track, clicks(26.0), SETTINGS, rest_seconds=(0.1, 0.9))
    finish_corpus(folder, entries, [report], SETTINGS)
    return folder


def test_clips_are_those_of_any_landmark_corpus(corpus):
    clips = list(read_clips(corpus))
    assert [c.entry.split for c in clips] == ["train", "train", "train", "val"]
    for clip in clips:
        frames = len(clip.neutral)
        assert clip.entry.seconds == frames / 25
        assert 4.0 <= clip.entry.seconds <= 8.0
        assert clip.phones == ()
        assert clip.entry.speaker == "anna"
        assert np.array_equal(clip.neutral, clip.emotional)
        assert len(clip.audio) == frames * 640
        assert clip.weights[:, EMOTIONS.index("happy")].min() == clip.weights.sum(1).max() == 1.0
        assert clip.poses.shape == (frames, 4, 4)
        assert lip_gap(clip.rest[None])[0] == pytest.approx(0.0, abs=2e-4)


def test_lips_move_beside_their_sound(corpus):
    for clip in read_clips(corpus):
        gap = lip_gap(clip.neutral)
        for sample in np.flatnonzero(clip.audio > 0.5):
            near = slice(max(0, round(sample / 640) - 3), round(sample / 640) + 4)
            assert abs(near.start + gap[near].argmax() - sample / 640) <= 1.0


def test_lip_gaps_are_true_to_half_a_millimetre(corpus):
    first = next(read_clips(corpus))
    at = 0.24 + np.arange(len(first.neutral)) / 25
    assert np.abs(lip_gap(first.neutral) - gap_at(at)).mean() < 0.0005


def test_clips_are_ready_for_training(corpus):
    hears = untrained(EncoderConfig(("sil", "aa", "m"), width=8, dilations=(1,)))
    clips = [prepare_clip(hears, clip, (0, i), 2) for i, clip in enumerate(read_clips(corpus, "train"))]
    batch = MotionBatches(clips, "built-in", 0)(0)
    assert batch.motion.shape[1:] == (204, 96)
    assert bool(batch.motion.isfinite().all())
    assert 0.003 < float(batch.motion.abs().max()) < 0.03
    shut = clips[0].motion.reshape(-1, 68, 3)[:, 66, 1] > -0.0005
    assert clips[0].contacts[shut, 0].mean() > clips[0].contacts[~shut, 0].mean() + 0.3


def test_a_lost_face_ends_the_clip(tmp_path):
    (tmp_path / "clips").mkdir()
    times = np.arange(0, 16, 1 / 30)
    track = person(times).track()
    points = track.points.copy()
    points[190:210] = np.nan
    points[60] = np.nan
    track = FaceTrack(times, points, 0.0)
    entries, report = write_clips(tmp_path, "a.mp4", track, np.zeros(16 * 16000, np.float32), SETTINGS)
    assert report.unused["without a face"] == 21
    assert sum(e.seconds for e in entries) == pytest.approx(16 - 21 / 30, abs=0.15)
    assert "21 without a face" in report.lines()[1]


def test_the_sound_of_a_frame_is_at_its_time():
    audio = np.arange(1, 16001, dtype=np.float32)
    assert sound_of(audio, 0.0, np.array([2, 3]))[0] == 1281
    assert sound_of(audio, 0.04, np.array([2, 3]))[0] == 641
    early = sound_of(audio, 0.01, np.array([0]))
    assert (early[159], early[160]) == (0.0, 1.0)
    late = sound_of(audio, 0.0, np.array([24, 25]))
    assert (late[639], late[640], len(late)) == (16000.0, 0.0, 1280)


def test_too_short_a_video_is_told(tmp_path):
    (tmp_path / "clips").mkdir()
    track = person(np.arange(0, 2, 1 / 30)).track()
    entries, report = write_clips(tmp_path, "a.mp4", track, np.zeros(32000, np.float32), SETTINGS)
    with pytest.raises(CorpusError, match="No 4 s with a steady face") as told:
        finish_corpus(tmp_path, entries, [report], SETTINGS)
    assert "--clip-seconds" in told.value.hint
    assert not (tmp_path / "index.json").exists()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (VideoSettings(emotion="bored"), "no emotion 'bored'"),
        (VideoSettings(shortest=5, longest=6), "cannot be cut"),
        (VideoSettings(eye_distance_mm=8.9), "No eyes are 8.9 mm apart"),
    ],
)
def test_settings_that_do_not_fit_are_told(settings, told):
    with pytest.raises(CorpusError, match=told):
        settings.check()
