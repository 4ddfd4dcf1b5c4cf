"""The landmark corpus: read as written, seeded, aligned, and split by person and voice."""

import shutil

import numpy as np
import pytest

from emogene.corpus.landmark_corpus import IDENTITIES, make_landmark_corpus, read_clips, read_index
from emogene.corpus.phones import PHONES
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


def test_a_missing_corpus_is_told(tmp_path):
    with pytest.raises(CorpusError, match="no landmarks corpus"):
        next(read_clips(tmp_path))


def test_a_damaged_clip_is_named(corpus, tmp_path):
    shutil.copytree(corpus, tmp_path / "copy")
    clip = tmp_path / "copy/clips/00000.npz"
    clip.write_bytes(clip.read_bytes()[:5000])
    with pytest.raises(CorpusError, match=r"00000\.npz is damaged"):
        next(read_clips(tmp_path / "copy"))
