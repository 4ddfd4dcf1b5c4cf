"""What is opened as sound: every usual kind of file whatever its name is, and nothing that leads to another file."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from made_sounds import tone, write_with_av

from emogene.audio.load import load_audio, open_audio
from emogene.corpus.video_track import sound_begins
from emogene.media_file import FORMATS
from emogene.render.output.film_sound import Sound, samples
from emogene_proto.errors import AudioError, CorpusError

LEADING = {
    "ffconcat": "ffconcat version 1.0\nfile take.wav\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\ntake.mp3\n#EXT-X-ENDLIST\n",
    "dash": (
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration='
        '"PT1S"><Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>take.mp3'
        "</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ),
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "vobsub": "# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n",
    "pls": "[playlist]\nFile1=take.wav\nNumberOfEntries=1\n",
}
NAMES = ("voice.wav", "voice", "x.m3u8", "x.mpd", "x.ffconcat")


@pytest.fixture
def leading(tmp_path, request) -> Path:
    """A file that names a take which lies beside it."""
    soundfile.write(tmp_path / "take.wav", tone(16_000), 16_000)
    soundfile.write(tmp_path / "take.mp3", tone(16_000), 16_000, format="MP3")
    kind, name = request.param
    (tmp_path / name).write_text(LEADING[kind])
    return tmp_path / name


every_leading_file = pytest.mark.parametrize(
    "leading", [(kind, name) for kind in LEADING for name in NAMES], indirect=True, ids=lambda each: "-".join(each)
)


@every_leading_file
def test_a_file_that_leads_to_another_is_refused_wherever_sound_is_read(leading):
    for read in (open_audio, load_audio, lambda path: next(samples(Sound(path)))):
        with pytest.raises(AudioError) as caught:
            read(leading)
        assert leading.name in caught.value.message and "take" not in caught.value.message
        assert caught.value.message.endswith(".") and caught.value.hint
    with pytest.raises(CorpusError):
        sound_begins(leading)


@pytest.mark.parametrize("leading", [("ffconcat", "voice.wav"), ("hls", "x.m3u8")], indirect=True)
def test_the_hint_says_that_playlists_are_not_read(leading):
    with pytest.raises(AudioError) as caught:
        open_audio(leading)
    assert "Playlists and references to other files are not read" in caught.value.hint


@pytest.mark.parametrize("leading", [("ffconcat", "voice.wav"), ("hls", "x.m3u8")], indirect=True)
def test_without_the_list_of_formats_the_other_file_would_be_heard(leading):
    """Else the tests above would say nothing."""
    with av.open(str(leading), options={"protocol_whitelist": "file"}) as container:
        assert container.streams.audio


def test_every_listed_format_is_one_of_this_ffmpeg():
    assert [name for name in FORMATS if not av.format.ContainerFormat(name, "r").is_input] == []


RECORDERS = ("WAV", "RF64", "WAVEX", "W64", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3", "VOC", "NIST")


@pytest.mark.parametrize("kind", RECORDERS)
def test_recorders_kinds_are_read_whatever_the_name(tmp_path, kind):
    soundfile.write(tmp_path / "take.bin", tone(16_000), 16_000, format=kind)
    assert_a_second(tmp_path / "take.bin")


CODED = {
    "a.m4a": "aac",
    "a.mp4": "aac",
    "a.mov": "pcm_s16le",
    "a.3gp": "aac",
    "a.mkv": "aac",
    "a.webm": "libopus",
    "a.opus": "libopus",
    "a.avi": "libmp3lame",
    "a.ts": "aac",
    "a.flv": "aac",
    "a.aac": "aac",
    "a.ac3": "ac3",
    "a.eac3": "eac3",
    "a.wma": "libmp3lame",
    "a.wv": "wavpack",
    "a.tta": "tta",
}


@pytest.mark.parametrize("name", CODED)
def test_kinds_of_players_phones_and_cameras_are_read(tmp_path, name):
    write_with_av(tmp_path / name, CODED[name], 48_000, tone(48_000))
    assert_a_second((tmp_path / name).rename(tmp_path / "take"))


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.avi", "a.ts", "a.wmv"])
def test_the_sound_of_videos_is_read(tmp_path, name):
    write_with_av(tmp_path / name, "libmp3lame" if name == "a.wmv" else "aac", 48_000, tone(48_000), video=True)
    assert_a_second(tmp_path / name)


def test_a_phones_recording_is_read(tmp_path):
    frame_of_silence = b"\x3c" + bytes(31)
    (tmp_path / "take").write_bytes(b"#!AMR\n" + 50 * frame_of_silence)
    assert_a_second(tmp_path / "take", silent=True)


def assert_a_second(path: Path, silent: bool = False) -> None:
    heard = load_audio(path)
    assert len(heard) / 16_000 == pytest.approx(1.0, abs=0.2)
    assert silent or float(np.abs(heard).max()) > 0.4
