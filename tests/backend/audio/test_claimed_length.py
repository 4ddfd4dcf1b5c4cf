"""What a file says of its length is believed, what a decoder guesses is not."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from emogene.audio.load import AudioFile, open_audio
from emogene_proto.names import SAMPLE_RATE

RATE = 44_100
ID3 = b"ID3\x04\x00\x00\x00\x00\x0e\x74" + b"Info" * 477
"""A tag that says `Info` all over."""


def quiet_and_loud(loud_first: bool = False) -> np.ndarray:
    """Twelve seconds whose bit rate changes in the middle."""
    halves = np.zeros(6 * RATE, np.float32), np.random.default_rng(0).uniform(-0.5, 0.5, 6 * RATE).astype(np.float32)
    return np.concatenate(halves[::-1] if loud_first else halves)


def write_bare(path: Path, samples: np.ndarray, xing: bool = False) -> None:
    """An MP3 of varying bit rate, or raw AAC."""
    mp3 = path.suffix == ".mp3"
    written_with = {"options": {"write_xing": str(int(xing))}} if mp3 else {"format": "adts"}
    with av.open(str(path), "w", **written_with) as container:
        options = {"flags": "+qscale", "global_quality": "600" if mp3 else "120"}
        stream = container.add_stream("libmp3lame" if mp3 else "aac", rate=RATE, layout="mono", options=options)
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def bar_of(file: AudioFile) -> tuple[float, list[float]]:
    """Seconds that were read, and how far the bar came at each piece."""
    bar, read = [], 0
    for piece in file.pieces():
        read += len(piece)
        bar.append(file.heard)
    return read / SAMPLE_RATE, bar


@pytest.mark.parametrize("loud_first", [False, True])
@pytest.mark.parametrize("name", ["a.mp3", "a.aac"])
def test_a_whole_file_without_a_length_is_not_said_to_break_off_and_moves_the_bar(tmp_path, name, loud_first):
    write_bare(tmp_path / name, quiet_and_loud(loud_first))
    file = open_audio(tmp_path / name)
    seconds, bar = bar_of(file)
    assert seconds == pytest.approx(12.0, abs=0.2)
    assert file.note == "" and file.seconds is None
    assert bar == sorted(bar) and 0.0 < bar[0] < bar[1] < 1.0 and bar[-1] > 0.95


def test_a_part_of_known_length_moves_the_bar_by_its_length(tmp_path):
    write_bare(tmp_path / "a.aac", quiet_and_loud())
    file = open_audio(tmp_path / "a.aac", 1.0, 10.0)
    assert bar_of(file)[1] == pytest.approx([0.4, 0.8, 1.0]) and file.seconds == 10.0


@pytest.mark.parametrize("tag", [b"", ID3], ids=["bare", "tagged"])
@pytest.mark.parametrize("xing", [True, False])
def test_an_mp3_that_counts_its_frames_is_believed(tmp_path, xing, tag):
    path = tmp_path / "a.mp3"
    write_bare(path, quiet_and_loud(), xing)
    sound = path.read_bytes()
    sound = sound[sound.index(b"\xff\xfb") :]
    path.write_bytes(tag + sound)
    claimed = open_audio(path).seconds
    assert claimed == (pytest.approx(12.0, abs=0.2) if xing else None)
    path.write_bytes(tag + sound[: len(sound) // 2])
    file = open_audio(path)
    bar_of(file)
    assert ("breaks off" in file.note) is xing


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
def test_files_that_say_their_length_are_believed(tmp_path, format):
    soundfile.write(tmp_path / "a", quiet_and_loud(), RATE, format=format)
    file = open_audio(tmp_path / "a")
    assert file.seconds == pytest.approx(12.0, abs=0.1)
    bar_of(file)
    assert file.note == ""
