from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from emogene.audio.load import load_audio
from emogene_proto.errors import AudioError
from emogene_proto.names import SAMPLE_RATE


def tone(rate: int, seconds: float = 1.0, hz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def write_with_av(path: Path, codec: str, rate: int, samples: np.ndarray, video: bool = False) -> None:
    with av.open(str(path), "w") as container:
        if video:
            pictures = container.add_stream("mpeg4", rate=25)
            pictures.width = pictures.height = 64
            pictures.pix_fmt = "yuv420p"
        stream = container.add_stream(codec, rate=rate, layout="mono")
        if video:
            for _ in range(5):
                container.mux(pictures.encode(av.VideoFrame(64, 64, "yuv420p")))
            container.mux(pictures.encode(None))
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


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


def test_offset_and_duration_cut_exactly(tmp_path):
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * SAMPLE_RATE).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, SAMPLE_RATE, subtype="FLOAT")
    part = load_audio(tmp_path / "a.wav", offset_seconds=0.5, duration_seconds=1.25)
    np.testing.assert_allclose(part, samples[8000 : 8000 + 20000], atol=1e-6)


def test_samples_beyond_one_are_clipped(tmp_path):
    soundfile.write(tmp_path / "a.wav", 3 * tone(SAMPLE_RATE), SAMPLE_RATE, subtype="FLOAT")
    assert np.abs(load_audio(tmp_path / "a.wav")).max() == 1.0


def test_silence_is_a_sound(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(SAMPLE_RATE), SAMPLE_RATE)
    assert not load_audio(tmp_path / "a.wav").any()


def write_nan(path):
    samples = tone(SAMPLE_RATE)
    samples[5000] = np.nan
    soundfile.write(path, samples, SAMPLE_RATE, subtype="FLOAT")


def write_infinite(path):
    samples = tone(SAMPLE_RATE)
    samples[-1] = np.inf
    soundfile.write(path, samples, SAMPLE_RATE, subtype="FLOAT")


def write_video_only(path):
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))


BAD = {
    "missing": (lambda path: None, "no file"),
    "folder": (lambda path: path.mkdir(), "folder"),
    "empty": (lambda path: path.touch(), "empty"),
    "text": (lambda path: path.write_text("Once upon a time there was no sound.\n" * 50), "not a sound"),
    "random bytes": (lambda path: path.write_bytes(np.random.default_rng(1).bytes(9000)), "not a sound"),
    "not a number": (write_nan, "not numbers"),
    "infinite": (write_infinite, "not numbers"),
    "zero length": (lambda path: soundfile.write(path, np.zeros(0), SAMPLE_RATE), "no sound"),
    "too short": (lambda path: soundfile.write(path, np.zeros(500), SAMPLE_RATE), "31 ms"),
    "header only": (lambda path: path.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt "), ""),
    "picture without sound": (write_video_only, "no sound"),
    "playlist": (lambda path: path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n"), ""),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_sound_is_refused_in_one_sentence_with_a_hint(tmp_path, kind):
    path = tmp_path / "voice.wav"
    write, words = BAD[kind]
    write(path)
    with pytest.raises(AudioError) as caught:
        load_audio(path)
    assert words in caught.value.message
    assert caught.value.message.endswith(".") and "\n" not in caught.value.message
    assert caught.value.hint.endswith(".")


def test_an_offset_behind_the_end_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(SAMPLE_RATE), SAMPLE_RATE)
    with pytest.raises(AudioError, match="from 5 s on"):
        load_audio(tmp_path / "a.wav", offset_seconds=5.0)
