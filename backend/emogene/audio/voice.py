"""The voice of a shot: one recording, or several on one timeline."""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from emogene.audio.load import (
    LONGEST_SECONDS,
    PIECE_SECONDS,
    SHORTEST_SECONDS,
    AudioFile,
    open_audio,
    too_long,
    too_short,
)
from emogene.audio.mixing import Placed, mix
from emogene_proto.names import SAMPLE_RATE
from emogene_proto.shot import Shot

_TOLD = 5
"""Recordings of which a shot's note tells what is wrong with them."""


class Voice(Protocol):
    """Sound of any length that is read as often as its pieces are asked for."""

    @property
    def seconds(self) -> float | None:
        """Its length as its files tell it; None where one does not."""
        ...

    @property
    def heard(self) -> float:
        """Share of it that was given so far, 0 to 1."""
        ...

    @property
    def note(self) -> str:
        """A sentence for the artist where a file holds less than it says; known once all pieces were read."""
        ...

    def pieces(self) -> Iterator[np.ndarray]:
        """(n,) float32 pieces in [-1, 1] at 16 kHz, 4 s each but the last."""
        ...


def open_voice(shot: Shot, files: Sequence[Path], names: Sequence[str] = ()) -> Voice:
    """Look into the recordings of a shot.

    Args:
        files: where each of `shot.recordings` lies.
        names: what errors call them, where the artist knows them by other names.

    Raises:
        AudioError: see `open_audio`; or the shot lasts more than 4 hours.
    """
    opened = [
        open_audio(file, part.audio.offset_seconds, part.audio.duration_seconds, name)
        for part, file, name in zip(shot.recordings, files, names or [""] * len(files), strict=True)
    ]
    if len(opened) == 1:
        return opened[0]
    mixed = MixedAudio(opened, [part.start_seconds for part in shot.recordings])
    if mixed.least_seconds > LONGEST_SECONDS:
        raise too_long("The shot")
    return mixed


class MixedAudio:
    """Several recordings on one timeline: silence between them, their sum where they overlap."""

    def __init__(self, recordings: Sequence[AudioFile], starts_seconds: Sequence[float]):
        self._recordings = list(recordings)
        self._starts = list(starts_seconds)
        self._given = 0

    @property
    def least_seconds(self) -> float:
        """How long it lasts at least."""
        return max(start + (one.seconds or 0.0) for one, start in self._placed())

    @property
    def seconds(self) -> float | None:
        """Its length as the files tell it; None where one does not."""
        return None if any(one.seconds is None for one in self._recordings) else self.least_seconds

    @property
    def heard(self) -> float:
        """Share of it that was given so far, 0 to 1; of unknown length, that of the recordings that was read."""
        if not self.seconds:
            return sum(one.heard for one in self._recordings) / len(self._recordings)
        return min(1.0, self._given / SAMPLE_RATE / self.seconds)

    @property
    def note(self) -> str:
        """What there is to tell of its recordings; known once all pieces were read."""
        notes = list(dict.fromkeys(one.note for one in self._recordings if one.note))
        more = [f"{len(notes) - _TOLD} more recordings are damaged."] if len(notes) > _TOLD else []
        return " ".join([*notes[:_TOLD], *more])

    def pieces(self) -> Generator[np.ndarray, None, None]:
        """(n,) float32 pieces in [-1, 1] at 16 kHz, 4 s each but the last; a sum beyond full scale is clipped.

        Raises:
            AudioError: see `AudioFile.pieces`, but for single recordings, which may be short; or too many are heard at
                once.
        """
        self._given = 0
        sounds = [_placed(one, start) for one, start in self._placed()]
        for piece in mix(sounds, round(PIECE_SECONDS * SAMPLE_RATE)):
            self._given += len(piece)
            if self._given > LONGEST_SECONDS * SAMPLE_RATE:
                raise too_long("The shot")
            yield piece
        if self._given < SHORTEST_SECONDS * SAMPLE_RATE:
            raise too_short("the shot", self._given)

    def _placed(self) -> Iterator[tuple[AudioFile, float]]:
        return zip(self._recordings, self._starts, strict=True)


def _placed(recording: AudioFile, start_seconds: float) -> Placed:
    return Placed(round(start_seconds * SAMPLE_RATE), lambda: recording.pieces(shortest_seconds=0.0))
