"""Sound and video files as they are opened: one file alone, of a kind that holds all that it plays.

FFmpeg also plays kinds of file that name others (ffconcat, playlists, manifests), and finds out by content, whatever a
file is called. Such a file would read what its sender must not see.
"""

from pathlib import Path

import av
from av.container import InputContainer
from av.error import ArgumentError

FORMATS = (
    *("wav", "w64", "aiff", "au", "caf", "voc", "iff", "nistsphere", "sox"),
    *("flac", "ape", "wv", "tta", "tak", "truehd", "dsf"),
    *("mp3", "ogg", "aac", "loas", "ac3", "eac3", "dts", "dtshd", "mpc", "mpc8", "amr", "gsm", "qcp", "dss", "act"),
    *("mov", "matroska", "avi", "mpegts", "mpeg", "mxf", "asf", "asf_o", "xwma", "wtv", "flv", "rm", "dv", "nut"),
)
"""FFmpeg's names of what is read; `mov` has mp4, m4a and 3gp with it, `matroska` webm, `ogg` opus, `asf` wma, wmv."""

REFUSED_HINT = "Playlists and references to other files are not read: save the sound itself as WAV or FLAC."


class UnreadFormat(ValueError):
    """The file is of a kind that is not read."""


def open_media(path: Path) -> InputContainer:
    """Open a file for reading.

    Raises:
        UnreadFormat: it is a playlist, or of another kind that is not read.
        FFmpegError: it is damaged, or is no such file.
    """
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(FORMATS)}
    try:
        return av.open(str(path), options=options)
    except ArgumentError as error:
        raise UnreadFormat(f"{path.name} is of a kind that is not read.") from error
