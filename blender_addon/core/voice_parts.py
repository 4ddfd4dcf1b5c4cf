# SPDX-License-Identifier: GPL-3.0-or-later
"""From the sound strips that are heard to the voice of a shot."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..emogene_proto.shot import AudioPart, AudioRef
from .strips import SoundTrim, audio_ref


@dataclass(frozen=True)
class VoicePart:
    """A strip of the voice, as far as it is heard."""

    path: Path
    start: int
    """The timeline's frame on which it is first heard."""
    end: int
    """The first frame after it."""
    skipped_frames: float
    """Of its file, before what is heard."""
    file_frames: float
    """The whole file's length."""


@dataclass(frozen=True)
class Voice:
    """What a shot says of its sound."""

    audio: AudioRef
    further_audio: tuple[AudioPart, ...]
    first: int
    """The timeline's frame on which the voice begins."""
    end: int
    """The first frame after it."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, each once, in the order in which they are first heard."""
        references = (self.audio, *(part.audio for part in self.further_audio))
        return tuple(dict.fromkeys(Path(each.path) for each in references))


def voice_of(parts: Sequence[VoicePart], frame_seconds: float) -> Voice:
    """The voice that at least one part makes up; parts may come in any order and may overlap."""
    first, *further = sorted(parts, key=lambda part: (part.start, part.end, str(part.path), part.skipped_frames))
    return Voice(
        _reference(first, frame_seconds),
        tuple(
            AudioPart(_reference(part, frame_seconds), round((part.start - first.start) * frame_seconds, 6))
            for part in further
        ),
        first.start,
        max(part.end for part in parts),
    )


def _reference(part: VoicePart, frame_seconds: float) -> AudioRef:
    trim = SoundTrim(
        part.skipped_frames * frame_seconds,
        (part.end - part.start) * frame_seconds,
        part.file_frames * frame_seconds,
    )
    return audio_ref(part.path, trim, frame_seconds)
