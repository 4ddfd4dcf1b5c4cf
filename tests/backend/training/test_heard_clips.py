import shutil
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from emogene.audio.encoder import EncoderConfig, save_speech_encoder, untrained
from emogene.corpus.landmark_corpus import LandmarkIndex, read_clips, read_index
from emogene.corpus.phones import PhoneSpan
from emogene.training.heard_clips import (
    FeatureSource,
    hear_corpus,
    prepare_clip,
    silent_motion,
    true_contacts,
    wordless_clip,
)
from emogene_proto.errors import ActorError, CorpusError


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    path = tmp_path_factory.mktemp("encoder") / "e.safetensors"
    save_speech_encoder(untrained(EncoderConfig(("a", "b", "sil"), 16, (1, 2))), path)
    return FeatureSource("built-in", path)


def rewritten(corpus, folder, change):
    """A copy of a corpus with another index."""
    shutil.copytree(corpus, folder)
    index = read_index(folder)
    changed = msgspec.structs.replace(index, clips=tuple(change(i, e) for i, e in enumerate(index.clips)))
    (folder / "index.json").write_bytes(msgspec.json.encode(changed))
    return folder


def test_test_clips_are_not_heard(landmark_corpus, sound, tmp_path):
    heard = hear_corpus(landmark_corpus, sound, tmp_path, 0, quiet=True)
    assert len(heard.train + heard.validation) == 5 and len(heard.wordless) == 4


def test_of_a_few_clips_one_is_held_out(landmark_corpus, sound, tmp_path):
    heard = hear_corpus(landmark_corpus, sound, tmp_path, 0, quiet=True)
    assert len(heard.train) == 4 and len(heard.validation) == 1


def test_validation_clips_stay_apart(landmark_corpus, sound, tmp_path):
    def one_held(i, entry):
        return msgspec.structs.replace(entry, split="val") if i == 2 else entry

    corpus = rewritten(landmark_corpus, tmp_path / "c", one_held)
    heard = hear_corpus(corpus, sound, tmp_path, 0, quiet=True)
    assert len(heard.train) == 4 and len(heard.validation) == 1
    expected = list(read_clips(corpus))[2]
    np.testing.assert_allclose(heard.validation[0].rest, expected.rest.reshape(-1))


def test_a_corpus_of_one_person_holds_every_tenth_clip_out(landmark_corpus, sound, tmp_path):
    shutil.copytree(landmark_corpus, tmp_path / "c")
    index = read_index(tmp_path / "c")
    me = [msgspec.structs.replace(index.clips[i % 5], identity=0, speaker="me", split="train") for i in range(20)]
    (tmp_path / "c/index.json").write_bytes(msgspec.json.encode(LandmarkIndex(25, 0, (), tuple(me))))
    heard = hear_corpus(tmp_path / "c", sound, tmp_path, 0, quiet=True)
    assert len(heard.train) == 18 and len(heard.validation) == 2


def test_what_was_heard_is_kept_and_is_the_same_for_the_same_seed(landmark_corpus, sound, tmp_path):
    first = hear_corpus(landmark_corpus, sound, tmp_path / "a", 3, quiet=True)
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "a").rglob("*.npz")}
    again = hear_corpus(landmark_corpus, sound, tmp_path / "a", 3, quiet=True)
    anew = hear_corpus(landmark_corpus, sound, tmp_path / "b", 3, quiet=True)
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
    for other in (again, anew):
        for a, b in zip(first.train + first.wordless, other.train + other.wordless, strict=True):
            assert all(np.array_equal(x, y) for x, y in zip(a.features, b.features, strict=True))
    other = hear_corpus(landmark_corpus, sound, tmp_path / "a", 4, quiet=True)
    assert not np.array_equal(other.train[0].features[1], first.train[0].features[1])


def test_a_clip_is_heard_clean_first_and_then_at_other_speeds(landmark_corpus, sound):
    clip = next(read_clips(landmark_corpus))
    features = sound.load()
    heard = prepare_clip(features, clip, (0,), 4)
    assert np.array_equal(heard.features[0], features.encode(clip.audio).astype(np.float16))
    assert heard.speeds[0] == heard.speeds[2] == 1.0 and len(set(heard.speeds)) > 1
    for told, speed in zip(heard.features, heard.speeds, strict=True):
        assert len(told) == pytest.approx(len(heard.motion) / speed, abs=1)


def test_there_must_be_something_to_train_on(landmark_corpus, sound, tmp_path):
    def all_tested(i, entry):
        return msgspec.structs.replace(entry, split="test")

    corpus = rewritten(landmark_corpus, tmp_path / "c", all_tested)
    with pytest.raises(CorpusError, match="no training clips"):
        hear_corpus(corpus, sound, tmp_path, 0, quiet=True)
    with pytest.raises(ActorError, match="encoder"):
        hear_corpus(landmark_corpus, replace(sound, encoder=None), tmp_path, 0, quiet=True)


def test_teeth_are_met_in_f_and_v_where_phones_are_known():
    rest = np.zeros((68, 3), np.float32)
    raised = np.tile(rest, (50, 1, 1))
    raised[:, [61, 62, 63], 1] = 0.0016
    spans = (PhoneSpan("f", 0.0, 0.4), PhoneSpan("s", 0.4, 2.0))
    told = true_contacts(raised, rest, spans)
    assert (told[:10, 1] == 1).all() and (told[10:] == 0).all()
    assert (true_contacts(raised, rest, ())[:, 1] == 1).all()
    # Frame k shows the mouth at k / 25 s.
    short = true_contacts(raised, rest, (PhoneSpan("f", 0.03, 0.05),))
    assert np.flatnonzero(short[:, 1]).tolist() == [1]


def test_lips_are_closed_in_wordless_clips_which_are_as_still_as_silence(landmark_corpus, sound):
    features = sound.load()
    clips = [prepare_clip(features, clip, (0,), 1) for clip in read_clips(landmark_corpus, "train")]
    still = silent_motion(clips)
    # The corpus' mouths are at rest in silence.
    assert np.abs(still).max() < 1e-6
    quiet = wordless_clip(features, still, clips[0].rest, (0, 1))
    assert (quiet.contacts == [1.0, 0.0]).all() and (quiet.motion == still).all()
    assert len(quiet.features) > 1


def test_a_corpus_made_anew_with_other_mouths_is_heard_anew(landmark_corpus, sound, tmp_path):
    first = hear_corpus(landmark_corpus, sound, tmp_path / "heard", 0, quiet=True)
    corpus = rewritten(landmark_corpus, tmp_path / "c", lambda i, entry: entry)
    changed = corpus / read_index(corpus).clips[0].file
    with np.load(changed) as stored:
        arrays = dict(stored)
    np.savez(changed, **(arrays | {"neutral": arrays["neutral"] + np.float32(0.01)}))
    again = hear_corpus(corpus, sound, tmp_path / "heard", 0, quiet=True)
    np.testing.assert_allclose(again.train[0].motion, first.train[0].motion + 0.01, atol=1e-6)
    assert again.key != first.key


def test_other_splits_or_another_encoder_of_the_same_size_are_heard_anew(landmark_corpus, sound, tmp_path):
    def one_held(i, entry):
        return msgspec.structs.replace(entry, split="val") if i == 0 else entry

    other = tmp_path / "other.safetensors"
    save_speech_encoder(untrained(EncoderConfig(("a", "b", "sil"), 16, (1, 2)), seed=1), other)
    keys = [
        hear_corpus(corpus, features, tmp_path / "heard", 0, quiet=True).key
        for corpus, features in (
            (landmark_corpus, sound),
            (rewritten(landmark_corpus, tmp_path / "c", one_held), sound),
            (landmark_corpus, FeatureSource("built-in", other)),
        )
    ]
    assert len(set(keys)) == 3


def test_another_training_that_writes_the_same_folder_is_not_in_the_way(landmark_corpus, sound, tmp_path):
    hear_corpus(landmark_corpus, sound, tmp_path, 0, quiet=True)
    (kept,) = tmp_path.rglob("00000.npz")
    whole = kept.read_bytes()
    kept.unlink()
    half_written = kept.with_suffix(".1.tmp")
    half_written.write_bytes(b"half")
    kept.with_suffix(".tmp").mkdir()
    hear_corpus(landmark_corpus, sound, tmp_path, 0, quiet=True)
    assert kept.read_bytes() == whole and half_written.read_bytes() == b"half"


def test_a_clip_that_is_gone_is_told(landmark_corpus, sound, tmp_path):
    corpus = rewritten(landmark_corpus, tmp_path / "c", lambda i, entry: entry)
    (corpus / read_index(corpus).clips[1].file).unlink()
    with pytest.raises(CorpusError, match=r"1\.npz"):
        hear_corpus(corpus, sound, tmp_path / "heard", 0, quiet=True)
