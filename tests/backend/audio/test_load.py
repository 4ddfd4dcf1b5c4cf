import struct
from fractions import Fraction

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from made_sounds import noise, tone, write_with_av

from emogene.audio import load
from emogene.audio.load import LONGEST_SECONDS, PIECE_SECONDS, load_audio, open_audio
from emogene_proto.errors import AudioError
from emogene_proto.names import SAMPLE_RATE


def strongest_hz(audio: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
    return float(np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)[spectrum.argmax()])


@settings(max_examples=20, deadline=None)
@given(
    rate=st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]),
    channels=st.sampled_from([1, 2, 6]),
    subtype=st.sampled_from(["PCM_16", "PCM_24", "PCM_32", "FLOAT", "PCM_U8"]),
    seconds=st.floats(0.2, 1.5),
)
def test_any_wav_comes_back_as_the_same_sound(tmp_path_factory, rate, channels, subtype, seconds):
    path = tmp_path_factory.mktemp("wav") / "Stimme über alles.wav"
    samples = tone(rate, seconds)
    soundfile.write(path, np.repeat(samples[:, None], channels, 1), rate, subtype=subtype)
    audio = load_audio(path)
    assert audio.dtype == np.float32
    assert abs(len(audio) - len(samples) * SAMPLE_RATE / rate) <= 1
    assert abs(strongest_hz(audio) - 440.0) < 8.0
    assert 0.2 < np.abs(audio).max() <= 1.0


@pytest.mark.parametrize(("name", "format"), [("a.flac", "FLAC"), ("a.ogg", "OGG"), ("a.mp3", "MP3")])
def test_compressed_files(tmp_path, name, format):
    soundfile.write(tmp_path / name, tone(44100), 44100, format=format)
    audio = load_audio(tmp_path / name)
    assert abs(len(audio) / SAMPLE_RATE - 1.0) < 0.08
    assert abs(strongest_hz(audio) - 440.0) < 5.0


@pytest.mark.parametrize(("name", "video"), [("a.m4a", False), ("a.mp4", True), ("a.mov", True)])
def test_m4a_and_the_sound_of_videos(tmp_path, name, video):
    write_with_av(tmp_path / name, "aac", 48000, tone(48000), video)
    audio = load_audio(tmp_path / name)
    assert abs(len(audio) / SAMPLE_RATE - 1.0) < 0.1
    assert abs(strongest_hz(audio) - 440.0) < 5.0


def lag_samples(audio: np.ndarray, original: np.ndarray) -> int:
    """By how many samples `audio` comes late, found within a tenth of a second."""
    reach = SAMPLE_RATE // 10
    middle = audio[SAMPLE_RATE : 2 * SAMPLE_RATE]
    near = original[SAMPLE_RATE - reach : 2 * SAMPLE_RATE + reach]
    return reach - int(np.correlate(near, middle, "valid").argmax())


@pytest.mark.parametrize("format", ["FLAC", "OGG", "MP3"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_encoders_delay_nothing(tmp_path, format, rate):
    samples = np.convolve(noise(rate, 3.0), np.ones(12) / 12, "same").astype(np.float32)
    soundfile.write(tmp_path / "a", samples, rate, format=format)
    soundfile.write(tmp_path / "b.wav", samples, rate)
    audio, original = load_audio(tmp_path / "a"), load_audio(tmp_path / "b.wav")
    assert lag_samples(audio, original) == 0
    assert len(audio) == len(original)


@pytest.mark.parametrize("name", ["a.m4a", "a.mov"])
def test_the_priming_samples_of_aac_are_taken_off(tmp_path, name):
    samples = np.convolve(noise(48_000, 3.0), np.ones(12) / 12, "same").astype(np.float32)
    with av.open(str(tmp_path / name), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        for first in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(samples[None, first : first + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48_000, first, Fraction(1, 48_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    soundfile.write(tmp_path / "b.wav", samples, 48_000)
    assert lag_samples(load_audio(tmp_path / name), load_audio(tmp_path / "b.wav")) == 0


@pytest.mark.parametrize("first", [0, 24_000, 480_000])
def test_time_begins_at_the_first_sample_whatever_its_time_stamp(tmp_path, first):
    samples = (noise(48_000, 2.0) * 32767).astype(np.int16)
    with av.open(str(tmp_path / "a.mov"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, first, Fraction(1, 48_000)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    soundfile.write(tmp_path / "b.wav", samples, 48_000)
    np.testing.assert_allclose(load_audio(tmp_path / "a.mov"), load_audio(tmp_path / "b.wav"), atol=1e-6)


def test_offset_and_duration_cut_exactly(tmp_path):
    samples = noise(SAMPLE_RATE, 3.0)
    soundfile.write(tmp_path / "a.wav", samples, SAMPLE_RATE, subtype="FLOAT")
    part = load_audio(tmp_path / "a.wav", offset_seconds=0.5, duration_seconds=1.25)
    np.testing.assert_allclose(part, samples[8000 : 8000 + 20000], atol=1e-6)


@pytest.mark.parametrize(("format", "rate"), [("WAV", 11_025), ("WAV", 96_000), ("FLAC", 44_100), ("OGG", 44_100)])
@pytest.mark.parametrize(("offset", "duration"), [(2.56, 3.0), (33.3333, 1.0), (38.4, None)])
def test_a_part_is_the_same_samples_as_in_the_whole(tmp_path, format, rate, offset, duration):
    soundfile.write(tmp_path / "a", noise(rate, 40.0), rate, format=format)
    whole, part = load_audio(tmp_path / "a"), load_audio(tmp_path / "a", offset, duration)
    first = round(offset * SAMPLE_RATE)
    assert len(part) == (len(whole) - first if duration is None else round(duration * SAMPLE_RATE))
    np.testing.assert_allclose(part, whole[first : first + len(part)], atol=1e-6)


@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM", "GSM610", "ULAW"])
def test_a_part_of_a_packed_wav_is_the_same_samples_as_in_the_whole(tmp_path, subtype):
    """Some of these have time stamps beside their samples."""
    soundfile.write(tmp_path / "a.wav", noise(44_100, 44.0), 44_100, subtype=subtype)
    whole, part = load_audio(tmp_path / "a.wav"), load_audio(tmp_path / "a.wav", 41.2345, 2.0)
    np.testing.assert_allclose(part, whole[round(41.2345 * SAMPLE_RATE) :][: len(part)], atol=1e-6)


def test_pieces_are_read_as_they_are_asked_for_and_together_are_the_whole(tmp_path):
    soundfile.write(tmp_path / "a.flac", noise(44_100, 15.0), 44_100)
    file = open_audio(tmp_path / "a.flac", offset_seconds=1.0)
    assert file.seconds == pytest.approx(14.0)
    pieces = list(file.pieces())
    assert [len(piece) / SAMPLE_RATE for piece in pieces] == [PIECE_SECONDS] * 3 + [2.0]
    assert np.array_equal(np.concatenate(pieces), load_audio(tmp_path / "a.flac", 1.0))
    assert np.array_equal(next(file.pieces()), pieces[0])
    assert file.note == ""
    assert [round(file.heard * 14) for _ in file.pieces()] == [4, 8, 12, 14]


@pytest.mark.parametrize(
    ("layout", "channel", "share"),
    [("5.1", "FC", 1.0), ("5.1", "FL", 0.707), ("5.1", "BL", 0.5), ("5.1", "LFE", 0.0), ("stereo", "FR", 1.0)],
)
def test_channels_are_mixed_by_their_place(tmp_path, layout, channel, share):
    names = [c.name for c in av.AudioLayout(layout).channels]
    samples = np.zeros((len(names), SAMPLE_RATE), np.float32)
    samples[names.index(channel)] = tone(SAMPLE_RATE)
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        stream = container.add_stream("pcm_f32le", rate=SAMPLE_RATE, layout=layout)
        packed = np.ascontiguousarray(samples.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate = SAMPLE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    whole = 2.0 if layout == "stereo" else 1.0 + 2 * 0.7071 + 2 * 0.5
    assert np.abs(load_audio(tmp_path / "a.wav")).max() == pytest.approx(0.5 * share / whole, abs=0.002)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_sound_in_all_channels_keeps_its_level(tmp_path, channels):
    soundfile.write(tmp_path / "a.wav", np.repeat(1.8 * tone(SAMPLE_RATE)[:, None], channels, 1), SAMPLE_RATE)
    assert np.abs(load_audio(tmp_path / "a.wav")).max() == pytest.approx(0.9, abs=0.002)


def test_samples_beyond_one_are_clipped(tmp_path):
    soundfile.write(tmp_path / "a.wav", 3 * tone(SAMPLE_RATE), SAMPLE_RATE, subtype="FLOAT")
    assert np.abs(load_audio(tmp_path / "a.wav")).max() == 1.0


def test_silence_is_a_sound(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(SAMPLE_RATE), SAMPLE_RATE)
    assert not load_audio(tmp_path / "a.wav").any()


def test_a_recording_of_a_day_is_used_in_parts_only(tmp_path):
    """It says so in its header; nothing of it is decoded. This one is flat: five hours at 8 kHz in a sparse file."""
    path = tmp_path / "day.wav"
    count = int((LONGEST_SECONDS + 3600) * 8000)
    head = b"RIFF" + (36 + count).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8) + b"data" + count.to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + count)
    with pytest.raises(AudioError, match="hours"):
        open_audio(path)
    assert open_audio(path, offset_seconds=10.0, duration_seconds=60.0).seconds == 60.0


def test_a_recording_that_hides_its_length_is_given_up_where_it_becomes_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "LONGEST_SECONDS", 3.0)
    soundfile.write(tmp_path / "a.wav", np.zeros(16_000 * 5, np.float32), 16_000)
    audio = load.AudioFile(tmp_path / "a.wav", "a.wav", 0.0, None, None)
    with pytest.raises(AudioError, match="hours"):
        list(audio.pieces())
