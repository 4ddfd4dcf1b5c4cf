import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emogene import doctor
from emogene.audio import voice_activity
from emogene.audio.load import load_audio
from emogene.audio.voice_activity import CHUNK, SpeechFinder, speech_spans
from emogene_proto.errors import EmoGeneError
from emogene_proto.names import SAMPLE_RATE

TIME = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE


def hiss(seconds: float, level: float) -> np.ndarray:
    samples = np.random.default_rng(0).standard_normal(int(seconds * SAMPLE_RATE))
    return (level * samples).astype(np.float32)


def chords() -> np.ndarray:
    """Four seconds of organ chords, one a second, each of three notes with overtones."""
    roots = np.array([220.0, 174.6, 261.6, 196.0])[np.minimum(TIME.astype(int), 3)]
    notes = [np.sin(2 * np.pi * roots * ratio * k * TIME) / k for ratio in (1, 1.25, 1.5) for k in (1, 2, 3, 4)]
    return (0.08 * sum(notes)).astype(np.float32)


def plucked() -> np.ndarray:
    """Four seconds of plucked strings, a note every quarter of a second."""
    time = TIME % 0.25
    hz = np.resize([220.0, 277.2, 329.6, 440.0, 329.6, 277.2], 16)[np.minimum((TIME * 4).astype(int), 15)]
    return (0.2 * sum(np.sin(2 * np.pi * hz * k * time) / k * np.exp(-6 * k * time) for k in range(1, 8))).astype("f")


def hum() -> np.ndarray:
    """Mains hum and a fan."""
    return (0.1 * np.sin(2 * np.pi * 50 * TIME) + 0.05 * np.sin(2 * np.pi * 150 * TIME)).astype(np.float32) + hiss(
        4, 0.01
    )


def heard(*pieces: np.ndarray) -> SpeechFinder:
    finder = SpeechFinder()
    for piece in pieces:
        finder.feed(piece)
    return finder


def speaking(audio: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(T,) bool: is there speech at these times?"""
    return np.any([(times >= span.start) & (times < span.end) for span in speech_spans(audio)], 0)


@pytest.mark.parametrize(
    "audio",
    [np.zeros(4 * SAMPLE_RATE, np.float32), hiss(4, 0.001), hiss(4, 0.05), hiss(4, 0.3), chords(), plucked(), hum()],
    ids=["silence", "faint hiss", "hiss", "loud hiss", "chords", "strings", "hum"],
)
def test_what_is_no_voice_is_no_speech(audio):
    assert speech_spans(audio) == []


def test_one_probability_every_32_ms():
    assert len(heard().probabilities()) == 0
    for samples in (1, 512, 513, 16_000):
        found = heard(np.zeros(samples, np.float32)).probabilities()
        assert len(found) == -(-samples // CHUNK)
        assert ((found >= 0) & (found <= 1)).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 20 * SAMPLE_RATE), max_size=6))
def test_how_a_sound_is_cut_does_not_matter(cuts):
    audio = hiss(20, 0.05) * np.repeat(np.random.default_rng(1).uniform(0, 1, 200), 1600).astype(np.float32)
    cut = heard(*np.split(audio, sorted(cuts)))
    assert np.array_equal(cut.probabilities(), heard(audio).probabilities())


def test_threads_are_left_alone():
    code = (
        "import torch; torch.set_num_threads(2); from emogene.audio.voice_activity import speech_spans; import numpy\n"
    )
    code += (
        "speech_spans(numpy.zeros(9000, 'f')); import sys; print(torch.get_num_threads(), 'torchaudio' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["2", "False"]


@pytest.fixture(scope="module")
def voice(speech_folder):
    return load_audio(speech_folder / "allison_vm-review.flac")


def test_the_answers_are_those_of_the_library(voice):
    from silero_vad import load_silero_vad

    threads = torch.get_num_threads()
    audio = torch.from_numpy(voice[: 3 * SAMPLE_RATE])
    with torch.inference_mode():
        expected = load_silero_vad().audio_forward(audio[None], SAMPLE_RATE)[0].numpy()
    np.testing.assert_allclose(heard(audio.numpy()).probabilities(), expected, atol=1e-4)
    torch.set_num_threads(threads)


@pytest.mark.parametrize("around", ["silence", "hiss", "music"])
def test_a_person_speaking_between_pauses(voice, around):
    voice = voice[5000:-5000]
    ground = {"silence": np.zeros(len(TIME), np.float32), "hiss": hiss(4, 0.01), "music": 0.15 * chords()}[around]
    audio = np.resize(ground, 4 * SAMPLE_RATE + len(voice)).copy()
    audio[2 * SAMPLE_RATE : -2 * SAMPLE_RATE] += voice
    found = speech_spans(audio)
    assert abs(found[0].start - 2.0) < 0.15
    assert abs(found[-1].end - (2.0 + len(voice) / SAMPLE_RATE)) < 0.5
    times = np.arange(len(audio) // 640) / 25
    talks = speaking(audio, times)
    assert not talks[times < 1.8].any()
    assert talks[(times > 2.3) & (times < 4.2)].all()


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
def test_speech_is_found_at_any_level(voice, gain):
    assert sum(span.seconds for span in speech_spans(gain * voice)) > 0.85 * len(voice) / SAMPLE_RATE


def test_screaming_monkeys_do_not_speak(speech_folder):
    audio = load_audio(speech_folder / "allison_tt-monkeys.flac")
    assert sum(span.seconds for span in speech_spans(audio)) < 0.2 * len(audio) / SAMPLE_RATE


def test_a_cut_has_the_spans_that_it_has_within_the_whole(speech_folder):
    parts = [load_audio(path) for path in sorted(speech_folder.glob("allison_*.flac"))[:4]]
    breath = np.zeros(SAMPLE_RATE, np.float32)
    whole = np.concatenate([sound for part in parts for sound in (part, breath)])
    offset = round(24.0 / 0.16) * 0.16
    cut = whole[round(offset * SAMPLE_RATE) :][: 30 * SAMPLE_RATE]
    times = np.arange(25, 29 * 25) / 25
    same = speaking(cut, times) == speaking(whole, times + offset)
    assert same.mean() > 0.99


def test_pieces_and_the_whole_have_the_same_spans(voice):
    assert heard(*np.array_split(voice, 7)).finish() == speech_spans(voice)


def write_another_release(package: Path) -> None:
    torch.jit.script(torch.nn.Linear(2, 2)).save(package / "data" / "silero_vad.jit")


def write_damaged(package: Path) -> None:
    (package / "data" / "silero_vad.jit").write_bytes(b"no network")


def write_nothing(package: Path) -> None:
    pass


@pytest.mark.parametrize("write", [write_another_release, write_damaged, write_nothing])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_detector_with_other_weights_says_which_release_to_install(tmp_path, monkeypatch, write):
    (tmp_path / "data").mkdir()
    write(tmp_path)
    spec = ModuleSpec("silero_vad", None)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(voice_activity, "find_spec", lambda name: spec)
    monkeypatch.setattr(voice_activity, "_network", voice_activity._network.__wrapped__)
    with pytest.raises(EmoGeneError, match="silero-vad") as caught:
        SpeechFinder()
    assert "pip install 'silero-vad>=" in caught.value.hint
    check = next(check for check in doctor.examine("none") if check.name == "speech detector")
    assert not check.works and check.mend == caught.value.hint
