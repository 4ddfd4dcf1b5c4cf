"""The landmark corpus: read as written, seeded, aligned, and split by person and voice."""

import shutil

import numpy as np
import pytest
import soundfile

from emogene.corpus.corpus_folder import write_index
from emogene.corpus.landmark_corpus import IDENTITIES, make_landmark_corpus, read_clips, read_index
from emogene.corpus.phones import PHONES
from emogene.corpus.speech import Voice, speak
from emogene.corpus.speech_corpus import SpeechFile, SpeechIndex
from emogene.corpus.voices import split_of
from emogene_proto.errors import CorpusError


@pytest.fixture(scope="module")
def corpus(face_model_path, speech_programs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("landmarks")
    make_landmark_corpus(face_model_path, folder, clips=12, seed=1, workers=2)
    return folder


def test_clips_are_whole(corpus):
    clips = list(read_clips(corpus))
    assert len(clips) == 12
    for clip in clips:
        frames = int(np.ceil(round(clip.entry.seconds * 25, 2)))
        assert 4.0 <= clip.entry.seconds <= 8.0
        assert clip.neutral.shape == clip.emotional.shape == (frames, 68, 3)
        assert clip.weights.shape == (frames, 8)
        assert clip.poses.shape == (frames, 4, 4)
        assert len(clip.audio) == pytest.approx(clip.entry.seconds * 16000, abs=2)
        assert {p.symbol for p in clip.phones} <= set(PHONES)
        assert np.abs(clip.neutral - clip.rest).max() < 0.05


def test_neutral_and_emotional_are_one_where_nothing_is_felt(corpus):
    for clip in read_clips(corpus):
        calm = clip.weights[:, 0] == 1.0
        assert np.array_equal(clip.neutral[calm], clip.emotional[calm])
        if not calm.all():
            assert not np.array_equal(clip.neutral, clip.emotional)


def test_splits_share_neither_people_nor_voices(corpus):
    people: dict[str, set] = {}
    for entry in read_index(corpus).clips:
        assert split_of(entry.speaker) == entry.split
        people.setdefault(entry.split, set()).add(entry.identity)
    assert sum(len(p) for p in people.values()) == len(set().union(*people.values()))
    assert sum(IDENTITIES.values()) >= 60
    assert IDENTITIES["test"] >= 8


def test_same_seed_same_bytes(corpus, face_model_path, tmp_path):
    make_landmark_corpus(face_model_path, tmp_path, clips=2, seed=1, workers=1)
    for path in sorted((tmp_path / "clips").iterdir()):
        assert path.read_bytes() == (corpus / "clips" / path.name).read_bytes()


def test_people_speak_half_of_the_training_clips_and_no_test_clip(face_model_path, speech_programs, tmp_path):
    recordings, out = tmp_path / "recordings", tmp_path / "out"
    recordings.mkdir()
    files = []
    for number, split in enumerate(("train", "train", "val")):
        said = speak("pick my book up", Voice("flite", "rms", 1.0, None))
        soundfile.write(recordings / f"{number}.flac", said.audio, 16000)
        phones = tuple((p.symbol, p.start, p.end) for p in said.phones)
        files.append(SpeechFile(f"{number}.flac", "x", f"home:{split}", split, said.text, said.seconds, phones))
    write_index(recordings, SpeechIndex(16000, 0, tuple(files)))

    make_landmark_corpus(face_model_path, out, clips=16, seed=3, workers=1, recordings=recordings)
    entries = read_index(out).clips
    people = [e for e in entries if e.speaker.startswith("home:")]
    assert all(e.split == e.speaker.removeprefix("home:") for e in people)
    assert 0 < len(people) < sum(e.split != "test" for e in entries)
    clip = next(c for c in read_clips(out) if c.entry in people)
    lips = [(p.start + p.end) / 2 for p in clip.phones if p.symbol == "m"]
    gap = (clip.neutral[:, [61, 62, 63], 1] - clip.neutral[:, [67, 66, 65], 1]).mean(1)
    assert max(gap[min(round(t * 25), len(gap) - 1)] for t in lips) < 0.15 * np.percentile(gap, 95)


def test_a_missing_corpus_is_told(tmp_path):
    with pytest.raises(CorpusError, match="no landmarks corpus"):
        next(read_clips(tmp_path))


def test_a_damaged_clip_is_named(corpus, tmp_path):
    shutil.copytree(corpus, tmp_path / "copy")
    clip = tmp_path / "copy/clips/00000.npz"
    clip.write_bytes(clip.read_bytes()[:5000])
    with pytest.raises(CorpusError, match=r"00000\.npz is damaged"):
        next(read_clips(tmp_path / "copy"))
