"""Sounds on one timeline, each from its own time on, summed piece by piece: of each only a piece or two are held."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np

from emogene_proto.errors import AudioError

MOST_AT_ONCE = 32
"""Sounds that are heard at the same time: each is an open file."""

Pieces = Generator[np.ndarray, None, None]
"""Consecutive (..., n) float32 pieces of one sound."""


@dataclass(frozen=True)
class Placed:
    """A sound and where it begins."""

    start: int
    """In samples; what comes before sample 0 is left out."""
    open: Callable[[], Pieces]
    """Called when it is to be heard."""


def mix(sounds: Sequence[Placed], size: int, channels: tuple[int, ...] = ()) -> Pieces:
    """(*channels, size) float32 pieces of the sum in [-1, 1], the last one shorter: up to the end of the last sound.

    Raises:
        AudioError: too many are heard at once, or whatever opening and reading one raises.
    """
    waiting = sorted(sounds, key=lambda sound: sound.start)
    playing: list[_Playing] = []
    at = 0
    try:
        while waiting or playing:
            while waiting and waiting[0].start < at + size:
                playing.append(_Playing(waiting.pop(0)))
                if len(playing) > MOST_AT_ONCE:
                    message = f"More than {MOST_AT_ONCE} recordings are heard at the same time."
                    raise AudioError(message, "Mute some of them, or move them apart.")
            summed, end = np.zeros((*channels, size), np.float32), 0
            for sound in playing:
                first, samples = sound.take(at + size)
                last = first - at + samples.shape[-1]
                summed[..., first - at : last] += samples
                end = max(end, last if samples.shape[-1] else 0)
            playing = [sound for sound in playing if not sound.over]
            end = size if waiting or playing else end
            if end:
                yield np.clip(summed[..., :end], -1.0, 1.0)
            at += size
    finally:
        for sound in playing:
            sound.close()


class _Playing:
    """A sound that has begun: what was read of it and not taken yet."""

    def __init__(self, sound: Placed):
        self._pieces = sound.open()
        self._held: list[np.ndarray] = []
        self._ended = False
        self._at = max(sound.start, 0)
        """Where what is held begins."""
        self._read = sound.start
        """Where the next piece begins."""
        while self._read < 0 and not self._ended:
            self._next()
            self._held = [piece[..., max(0, piece.shape[-1] - self._read) :] for piece in self._held if self._read > 0]

    @property
    def over(self) -> bool:
        """Whether all of it was taken."""
        return self._ended and not self._held

    def take(self, until: int) -> tuple[int, np.ndarray]:
        """Where what is taken begins, and the samples before `until`."""
        while not self._ended and self._read <= until:
            self._next()
        if not self._held:
            return self._at, np.zeros(0, np.float32)
        held = np.concatenate(self._held, axis=-1)
        first, count = self._at, min(held.shape[-1], until - self._at)
        self._at += count
        self._held = [held[..., count:]] if count < held.shape[-1] else []
        return first, held[..., :count]

    def close(self) -> None:
        """Let go of its file."""
        self._pieces.close()

    def _next(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            self._ended = True
            return
        self._held.append(piece)
        self._read += piece.shape[-1]
