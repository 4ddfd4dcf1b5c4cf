"""A voice of several recordings is the sum of its parts, each at its time, whatever their lengths and rates."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from made_sounds import noise

from emogene.audio import voice as voices
from emogene.audio.load import AudioFile, load_audio
from emogene.audio.mixing import MOST_AT_ONCE, Placed, mix
from emogene.audio.voice import MixedAudio, open_voice
from emogene_proto.errors import AudioError
from emogene_proto.names import SAMPLE_RATE
from emogene_proto.shot import AudioPart, AudioRef, Shot


@pytest.fixture
def take(tmp_path) -> Path:
    """Six seconds of hiss."""
    path = tmp_path / "take.wav"
    soundfile.write(path, noise(SAMPLE_RATE, 6.0), SAMPLE_RATE, subtype="FLOAT")
    return path


def heard(shot: Shot, *files: Path) -> np.ndarray:
    return np.concatenate(list(open_voice(shot, files).pieces()))


def part(start: float, offset: float = 0.0, duration: float | None = None) -> AudioPart:
    return AudioPart(AudioRef(offset_seconds=offset, duration_seconds=duration), start)


def test_one_recording_is_its_own_file(take):
    assert isinstance(open_voice(Shot(AudioRef()), [take]), AudioFile)
    assert np.array_equal(heard(Shot(AudioRef(offset_seconds=1.0)), take), load_audio(take, 1.0))


def test_parts_begin_at_their_times_with_silence_between(take, tmp_path):
    other = tmp_path / "other.wav"
    soundfile.write(other, noise(44_100, 1.0)[::-1], 44_100)
    shot = Shot(AudioRef(duration_seconds=1.5), further_audio=(part(9.25), part(4.5, offset=2.0, duration=0.05)))
    samples = heard(shot, take, other, take)
    expected = np.zeros(round(10.25 * SAMPLE_RATE), np.float32)
    expected[:24_000] = load_audio(take, 0.0, 1.5)
    expected[72_000:72_800] = load_audio(take)[32_000:32_800]
    expected[148_000:] = load_audio(other)
    assert np.array_equal(samples, expected)


def test_what_overlaps_is_summed_and_clipped(take):
    whole = load_audio(take)
    samples = heard(Shot(AudioRef(), further_audio=(part(0.0), part(0.5, duration=1.0))), take, take, take)
    expected = whole + whole
    expected[8_000:24_000] += whole[:16_000]
    assert np.abs(expected).max() > 1.0
    assert np.array_equal(samples, np.clip(expected, -1.0, 1.0))


def test_its_length_and_how_far_it_was_heard_are_told(take):
    voice = open_voice(Shot(AudioRef(duration_seconds=1.0), further_audio=(part(9.0, duration=1.0),)), [take, take])
    assert voice.seconds == 10.0
    for _ in range(2):
        assert [(len(piece), round(voice.heard, 2)) for piece in voice.pieces()] == [
            (64_000, 0.4),
            (64_000, 0.8),
            (32_000, 1.0),
        ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-40, 200), st.lists(st.integers(0, 30), max_size=5).filter(sum)), min_size=1, max_size=6
    ),
    st.integers(1, 50),
)
def test_a_mix_is_the_sum_however_it_is_cut(sounds, size):
    """Sounds as (start, lengths of their pieces)."""
    expected = np.zeros((2, max(0, *(start + sum(lengths) for start, lengths in sounds))), np.float32)
    placed = []
    for number, (start, lengths) in enumerate(sounds):
        samples = np.random.default_rng(number).uniform(-0.15, 0.15, (2, sum(lengths))).astype(np.float32)
        cut = np.split(samples, np.cumsum(lengths)[:-1], axis=1)
        placed.append(Placed(start, lambda cut=cut: (piece for piece in cut)))
        skipped = max(0, -start)
        if skipped < samples.shape[1]:
            expected[:, start + skipped : start + samples.shape[1]] += samples[:, skipped:]
    pieces = list(mix(placed, size, (2,)))
    assert all(piece.shape == (2, size) for piece in pieces[:-1])
    np.testing.assert_allclose(np.concatenate([np.zeros((2, 0)), *pieces], 1), expected, atol=1e-6)


def test_files_are_open_only_while_they_are_heard_and_are_let_go_of():
    state = {"open": 0, "most": 0}

    def sound():
        state["open"] += 1
        state["most"] = max(state["most"], state["open"])
        try:
            yield np.ones(10, np.float32)
        finally:
            state["open"] -= 1

    pieces = mix([Placed(10 * number, sound) for number in range(100)], 20)
    assert np.array_equal(np.concatenate([next(pieces) for _ in range(20)]), np.ones(400))
    assert 0 < state["most"] < 6
    pieces.close()
    assert state["open"] == 0


def test_too_many_at_once_are_refused(take):
    shot = Shot(AudioRef(), further_audio=(part(1.0),) * MOST_AT_ONCE)
    with pytest.raises(AudioError, match="at the same time") as refused:
        heard(shot, *[take] * (MOST_AT_ONCE + 1))
    assert refused.value.hint


def test_too_long_and_too_short_and_damaged_voices_are_refused_in_words(take, tmp_path, monkeypatch):
    with pytest.raises(AudioError, match="more than 4 hours"):
        open_voice(Shot(AudioRef(), further_audio=(part(4 * 3600.0 - 5.0),)), [take, take])
    monkeypatch.setattr(voices, "LONGEST_SECONDS", 6.5)
    monkeypatch.setattr(AudioFile, "seconds", None)
    with pytest.raises(AudioError, match="more than 4 hours"):
        heard(Shot(AudioRef(), further_audio=(part(3.0),)), take, take)
    short = Shot(AudioRef(duration_seconds=0.02), further_audio=(part(0.03, duration=0.02),))
    with pytest.raises(AudioError, match="only 50 ms"):
        heard(short, take, take)
    with pytest.raises(AudioError, match="no sound in take.wav from 7 s"):
        heard(Shot(AudioRef(), further_audio=(part(3.0, offset=7.0),)), take, take)
    (tmp_path / "text.wav").write_text("hello")
    with pytest.raises(AudioError, match="Ansage"):
        open_voice(Shot(AudioRef(), further_audio=(part(1.0),)), [take, tmp_path / "text.wav"], ["a", "Ansage"])


def test_recordings_that_break_off_are_told(take, tmp_path):
    broken = []
    for number in range(7):
        broken.append(tmp_path / f"{number}.wav")
        broken[-1].write_bytes(take.read_bytes()[: take.stat().st_size // 2])
    voice = open_voice(Shot(AudioRef(), further_audio=(part(1.0), part(2.0))), [take, broken[0], broken[0]])
    assert isinstance(voice, MixedAudio) and voice.note == ""
    assert len(np.concatenate(list(voice.pieces()))) == 6 * SAMPLE_RATE
    assert voice.note.count("0.wav") == 1 and "breaks off" in voice.note
    many = open_voice(Shot(AudioRef(), further_audio=tuple(part(1.0) for _ in range(6))), broken)
    list(many.pieces())
    assert many.note.count("breaks off") == 5 and many.note.endswith("2 more recordings are damaged.")
