"""Recordings with words become a speech corpus. A speech program reads: the aligner takes it as anybody."""

import shutil
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import soundfile

from emogene.cli import run
from emogene.corpus import forced_alignment
from emogene.corpus.forced_alignment import align
from emogene.corpus.recorded_speech import make_recorded_corpus, read_lexicon, read_list
from emogene.corpus.speech import Voice, speak
from emogene.corpus.speech_corpus import read_speech
from emogene_proto.errors import CorpusError

needs_flite = pytest.mark.skipif(
    shutil.which("flite") is None or find_spec("pocketsphinx") is None, reason="flite or PocketSphinx is not installed"
)
TEXT = "my mother makes a big pot of apple jam"


@pytest.fixture(scope="module")
def spoken():
    return speak(TEXT, Voice("flite", "rms", 1.0, None))


@needs_flite
def test_the_times_are_those_of_the_speech_program(spoken):
    spans = align(spoken.audio, TEXT.split())
    lips = [(p.start + p.end) / 2 for p in spans if p.symbol in ("p", "b", "m")]
    truth = [(p.start + p.end) / 2 for p in spoken.phones if p.symbol in ("p", "b", "m")]
    assert len(lips) == len(truth) == 7
    assert np.median(np.abs(np.array(lips) - truth)) < 0.03


@needs_flite
def test_words_that_only_the_lexicon_knows_are_aligned(spoken):
    words = TEXT.replace("apple", "appelbomm").split()
    with pytest.raises(CorpusError, match="appelbomm"):
        align(spoken.audio, words)
    spans = align(spoken.audio, words, {"appelbomm": "AE1 P AH0 L"})
    assert sum(p.symbol == "p" for p in spans) == 2


def write_lists(folder, rows):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "text").write_text("".join(f"{n}\t{t}\n" for n, _, t, _ in rows))
    (folder / "utt2spk").write_text("".join(f"{n} {s}\n" for n, s, _, _ in rows))
    (folder / "wav.scp").write_text("".join(f"{n} {f}\n" for n, _, _, f in rows))


@needs_flite
def test_recordings_become_a_corpus_and_damaged_ones_are_left_out(spoken, tmp_path):
    source = tmp_path / "collection"
    soundfile.write(tmp_path / "one.wav", spoken.audio, 16000)
    (tmp_path / "two.wav").write_text("no sound")
    write_lists(source, [("a", "anna", TEXT.upper(), "one.wav"), ("b", "bert", TEXT, "two.wav"),
                         ("c", "carl", TEXT, "one.wav")])  # fmt: skip
    index, left_out = make_recorded_corpus([source], tmp_path / "out", "home", workers=1)
    assert left_out == ("b",)
    assert [(f.speaker, f.split) for f in index.files] == [("home:anna", "val"), ("home:carl", "train")]
    (recording,) = read_speech(tmp_path / "out", "train")
    assert recording.phones[0].start == 0.0
    assert recording.phones[-1].end == pytest.approx(len(recording.audio) / 16000, abs=1e-3)


def test_a_list_that_names_a_missing_file_is_refused(tmp_path):
    write_lists(tmp_path / "c", [("a", "anna", "hello", "nowhere.wav")])
    with pytest.raises(CorpusError, match=r"nowhere\.wav"):
        read_list(tmp_path / "c")
    with pytest.raises(CorpusError, match="cannot be read"):
        read_list(tmp_path / "empty")


def test_a_lexicon_gives_the_first_pronunciation(tmp_path):
    (tmp_path / "lexicon").write_text("TAI\tT AY1\nTAI\tT EY1\nGoose G UW1 S\n")
    assert read_lexicon(tmp_path / "lexicon") == {"tai": "T AY1", "goose": "G UW1 S"}


@needs_flite
def test_the_command_says_what_was_left_out(spoken, tmp_path, capsys):
    soundfile.write(tmp_path / "one.wav", spoken.audio, 16000)
    (tmp_path / "two.wav").write_text("no sound")
    write_lists(tmp_path / "c", [("a", "anna", TEXT, "one.wav"), ("b", "bert", TEXT, "two.wav")])
    arguments = ["corpus", "recordings", str(tmp_path / "c"), "--out", str(tmp_path / "out"), "--name", "home"]
    assert run([*arguments, "--workers", "1"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Wrote 1 recordings" in told
    assert "Left out 1 that are damaged or do not follow their words: b." in told


def test_a_missing_aligner_is_told_before_anything_is_read(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    forced_alignment._decoder.cache_clear()
    arguments = ["corpus", "recordings", str(tmp_path / "none"), "--out", str(tmp_path / "out"), "--name", "home"]
    assert run(arguments) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "PocketSphinx, which is not installed" in told and "'.[corpus]'" in told
    assert not (tmp_path / "out").exists()
