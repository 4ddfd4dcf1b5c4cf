"""How long a sound file says that it is."""

from pathlib import Path

import av
from av.container import InputContainer

_UNKNOWN_SIZES = (0, 0xFFFFFFFF)
"""What stands in the header of a WAV file whose writer did not know, or was stopped."""
_ID3_HEADER = 10
_FIRST_FRAME = 4096
"""Bytes behind an MP3 file's tags in which its first frame begins."""


def claimed_seconds(path: Path, container: InputContainer, stream: av.AudioStream) -> float | None:
    """Length of a stream as its file tells it; None where it does not.

    Of MP3 and AAC without a header the decoder guesses a length from the bit rate of the first frames. A file that
    begins quietly is then many times shorter than it seems: a guess is not taken.
    """
    if not stream.duration or not stream.time_base:
        return None
    kind = container.format.name
    if kind == "aac" or (kind == "mp3" and not _mp3_tells(path)):
        return None
    return float(stream.duration * stream.time_base) * (_wav_cut(path) if kind == "wav" else 1.0)


def _mp3_tells(path: Path) -> bool:
    """Does the first frame count the others (headers Xing, Info or VBRI)?"""
    with path.open("rb") as file:
        begin = file.read(_ID3_HEADER)
        while begin[:3] == b"ID3" and len(begin) == _ID3_HEADER:
            footer = _ID3_HEADER if begin[5] & 0x10 else 0
            # Sizes of ID3 have seven bits a byte.
            size = sum(byte << shift for byte, shift in zip(begin[6:], (21, 14, 7, 0), strict=True))
            file.seek(size + footer, 1)
            begin = file.read(_ID3_HEADER)
        frame = begin + file.read(_FIRST_FRAME)
    for name in (b"Xing", b"Info"):
        place = frame.find(name)
        if place >= 0:
            return bool(int.from_bytes(frame[place + 4 : place + 8]) & 1)
    return b"VBRI" in frame


def _wav_cut(path: Path) -> float:
    """How many times longer a WAV file should be than it is; the decoder believes the file's size, not its header."""
    with path.open("rb") as file:
        header = file.read(8)
    size, stated = path.stat().st_size, int.from_bytes(header[4:], "little")
    if header[:4] != b"RIFF" or stated in _UNKNOWN_SIZES:
        return 1.0
    return max(1.0, (stated + 8) / size)
