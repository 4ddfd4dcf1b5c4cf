# SPDX-License-Identifier: GPL-3.0-or-later
"""The voice's file: what can be refused before anything is sent."""

from pathlib import Path

from ..emogene_proto.errors import AudioError

VOICE_FILES = (
    *(".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff"),
    *(".mp4", ".mov", ".mkv", ".mka", ".webm"),
)
"""How the names end that the file chooser shows: sound files, and videos whose sound is taken."""
_CHOOSE = "Choose a WAV, FLAC, MP3, OGG, Opus or M4A file, or a video with sound (MP4, MOV, MKV)."


def check_voice_file(path: Path) -> None:
    """Refuse what cannot be a recording.

    Raises:
        AudioError: missing, a folder, or empty.
    """
    if not path.exists():
        raise AudioError(f"The audio file {path.name or path} is not there.", "Choose the recording again.")
    if path.is_dir():
        raise AudioError(f"{path.name} is a folder, not a recording.", _CHOOSE)
    if path.stat().st_size == 0:
        raise AudioError(f"The audio file {path.name} is empty.", "Export or record it again.")


def refused_by_blender(path: Path) -> AudioError:
    """Blender made a strip of the file but hears nothing in it."""
    return AudioError(f"The file {path.name} holds no sound that can be read.", _CHOOSE)
