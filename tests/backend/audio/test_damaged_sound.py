"""Files that are damaged, break off, or are no sound at all."""

import av
import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_sounds import tone, write_with_av

from emogene.audio.load import load_audio, open_audio
from emogene_proto.errors import AudioError
from emogene_proto.names import SAMPLE_RATE


@pytest.mark.parametrize("format", ["WAV", "FLAC", "MP3"])
def test_a_file_that_breaks_off_is_used_as_far_as_it_goes_and_says_so(tmp_path, format):
    path = tmp_path / f"take.{format.lower()}"
    soundfile.write(path, tone(44_100, 8.0), 44_100, format=format)
    whole = load_audio(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    file = open_audio(path)
    assert file.seconds == pytest.approx(8.0, abs=0.1)
    audio = np.concatenate(list(file.pieces()))
    assert 3.5 < len(audio) / SAMPLE_RATE < 4.5
    np.testing.assert_allclose(audio[:-2000], whole[: len(audio) - 2000], atol=1e-3)
    assert file.note.startswith(path.name) and "use" in file.note and file.note.endswith(".")
    with pytest.raises(AudioError):
        load_audio(path, offset_seconds=6.0)


def test_a_video_whose_index_is_missing_is_refused(tmp_path):
    write_with_av(tmp_path / "a.mp4", "aac", 48000, tone(48000), video=True)
    content = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(content[: len(content) // 2])
    with pytest.raises(AudioError, match="damaged"):
        open_audio(tmp_path / "a.mp4")


@pytest.mark.parametrize("stated", [0, 0xFFFFFFFF])
def test_a_recorder_that_never_wrote_its_length_is_read_to_the_end(tmp_path, stated):
    soundfile.write(tmp_path / "a.wav", tone(SAMPLE_RATE, 2.0), SAMPLE_RATE)
    content = bytearray((tmp_path / "a.wav").read_bytes())
    content[4:8] = content[40:44] = stated.to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(content)
    file = open_audio(tmp_path / "a.wav")
    assert sum(map(len, file.pieces())) == 2 * SAMPLE_RATE and file.note == ""


def test_errors_call_a_file_as_the_artist_does_and_never_say_where_it_lies(tmp_path):
    (tmp_path / "0f3a").write_bytes(b"no sound at all" * 9)
    for path in (tmp_path / "0f3a", tmp_path, tmp_path / "gone"):
        with pytest.raises(AudioError, match=r"voice\.wav") as caught:
            open_audio(path, name="voice.wav")
        assert str(tmp_path) not in caught.value.message + caught.value.hint


@example(kind="WAV", changes=[34])  # 0 bits a sample: a stream without a decoder
@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(["WAV", "FLAC", "OGG", "MP3"]), changes=st.lists(st.integers(0, 2**24 - 1), max_size=30))
def test_damage_is_an_audio_error_or_a_sound(tmp_path_factory, kind, changes):
    path = tmp_path_factory.mktemp("damaged") / "voice.wav"
    soundfile.write(path, tone(16_000, 0.6), 16_000, format=kind)
    content = bytearray(path.read_bytes())
    for change in changes:
        content[change % len(content)] = change >> 16
    path.write_bytes(content)
    try:
        audio = load_audio(path)
    except AudioError as error:
        assert error.hint
    else:
        assert np.isfinite(audio).all() and np.abs(audio).max() <= 1.0


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


def write_another_scale(path):
    soundfile.write(path, 20_000 * tone(SAMPLE_RATE), SAMPLE_RATE, subtype="FLOAT")


BAD = {
    "missing": (lambda path: None, "no file"),
    "folder": (lambda path: path.mkdir(), "folder"),
    "empty": (lambda path: path.touch(), "empty"),
    "text": (lambda path: path.write_text("Once upon a time there was no sound.\n" * 50), "not a sound"),
    "random bytes": (lambda path: path.write_bytes(np.random.default_rng(1).bytes(9000)), "not a sound"),
    "not a number": (write_nan, "not numbers"),
    "infinite": (write_infinite, "not numbers"),
    "another scale": (write_another_scale, "not numbers"),
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
