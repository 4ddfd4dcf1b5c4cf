"""Speech is what was asked for, phone times fit the sound, and missing programs are named."""

import numpy as np
import pytest

from emogene.corpus import speech
from emogene.corpus.sentences import OTHER_LANGUAGES, sentence
from emogene.corpus.speech import Voice, speak
from emogene.corpus.speech_corpus import make_speech_corpus, read_speech
from emogene.corpus.voices import ESPEAK_LANGUAGES, speakers, split_of, voice_of
from emogene_proto.errors import CorpusError

VOICES = [
    Voice("flite", "slt"),
    Voice("flite", "kal", 1.2, 110.0),
    Voice("espeak-ng", "en-US+f3"),
    Voice("espeak-ng", "de"),
]


@pytest.mark.parametrize("voice", VOICES, ids=lambda v: v.name)
def test_phones_cover_the_audio(speech_programs, voice):
    spoken = speak("Please bring both maps.", voice)
    assert spoken.audio.dtype == np.float32
    assert spoken.phones[0].start == 0.0
    assert spoken.phones[-1].end == pytest.approx(spoken.seconds)
    gaps = [after.start - before.end for before, after in zip(spoken.phones, spoken.phones[1:], strict=False)]
    assert np.abs(gaps).max() < 1e-6


@pytest.mark.parametrize("voice", [Voice("flite", "rms"), Voice("espeak-ng", "en-US+m1")], ids=lambda v: v.program)
def test_stops_are_quieter_than_vowels_at_their_times(speech_programs, voice):
    spoken = speak("A happy puppet took a cup, a pot, a tape.", voice)

    def level(symbols, part):
        chosen = [p for p in spoken.phones if p.symbol in symbols]
        return np.median([_rms(spoken.audio, p.start, p.start + part * (p.end - p.start)) for p in chosen])

    assert level(("p", "t", "k"), 0.5) < 0.25 * level(("aa", "ae", "ah", "ey"), 1.0)


def _rms(audio, start, end):
    return float(np.sqrt(np.mean(audio[int(start * 16000) : int(end * 16000) + 1] ** 2)))


@pytest.mark.parametrize("voice", VOICES[:3], ids=lambda v: v.name)
def test_same_text_same_samples(speech_programs, voice):
    assert np.array_equal(speak("Five big boats.", voice).audio, speak("Five big boats.", voice).audio)


def test_stretch_makes_speech_longer(speech_programs):
    for program, name in (("flite", "slt"), ("espeak-ng", "en-US")):
        fast, slow = (speak("We saw a very long river.", Voice(program, name, s)).seconds for s in (0.8, 1.3))
        assert slow > 1.25 * fast


@pytest.mark.parametrize("program", ["flite", "espeak-ng"])
def test_a_missing_program_is_named(monkeypatch, program):
    monkeypatch.setattr(speech.shutil, "which", lambda name: None)
    with pytest.raises(CorpusError, match=f"'{program}' is missing") as error:
        speak("Hello.", Voice(program, "slt"))
    assert "apt install" in error.value.hint


def test_unknown_voices_are_refused(speech_programs):
    for program in ("flite", "espeak-ng"):
        with pytest.raises(CorpusError, match="no voice 'xx-none'"):
            speak("Hello.", Voice(program, "xx-none"))


def test_sentences_are_many_and_of_every_language():
    rng = np.random.default_rng(0)
    assert len({sentence("en-US", rng) for _ in range(2000)}) > 1500
    for language in ESPEAK_LANGUAGES:
        assert language.startswith("en") or language in OTHER_LANGUAGES
        assert sentence(language, rng)[-1] in ".?"


def test_every_voice_of_the_corpus_speaks(speech_programs):
    rng = np.random.default_rng(1)
    for split in ("train", "val", "test"):
        for speaker in speakers(split):
            voice = voice_of(speaker, rng)
            assert voice.speaker == speaker
            assert speak(sentence(voice.language, rng), voice).seconds > 0.3


def test_splits_share_no_speaker():
    by_split = {split: set(speakers(split)) for split in ("train", "val", "test")}
    assert not by_split["train"] & by_split["test"]
    assert not by_split["train"] & by_split["val"]
    assert not by_split["val"] & by_split["test"]
    assert any(s.startswith("flite") for s in by_split["test"])


def test_a_speech_corpus_is_read_as_written_and_seeded(speech_programs, tmp_path):
    first = make_speech_corpus(tmp_path / "a", 0.2, seed=5, workers=2)
    make_speech_corpus(tmp_path / "b", 0.2, seed=5, workers=1)
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    recordings = list(read_speech(tmp_path / "a"))
    assert len(recordings) == len(first.files)
    for recording in recordings:
        assert len(recording.audio) / 16000 == pytest.approx(recording.phones[-1].end, abs=1e-3)
        assert split_of(recording.entry.speaker) == recording.entry.split


def test_a_folder_without_corpus_is_told(tmp_path):
    with pytest.raises(CorpusError, match="no speech corpus"):
        next(read_speech(tmp_path))


def test_a_broken_run_leaves_no_index(speech_programs, tmp_path):
    make_speech_corpus(tmp_path, 0.05, seed=5, workers=1)

    def stop(done, wanted):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_speech_corpus(tmp_path, 0.05, seed=6, workers=1, progress=stop)
    with pytest.raises(CorpusError, match="not finished"):
        next(read_speech(tmp_path))


def test_a_lost_file_is_named(speech_programs, tmp_path):
    make_speech_corpus(tmp_path, 0.05, seed=5, workers=1)
    (tmp_path / "00000.flac").unlink()
    with pytest.raises(CorpusError, match=r"00000\.flac cannot be read"):
        next(read_speech(tmp_path))
