"""A sound of any length, that comes in pieces, as long blocks that overlap."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from emogene.audio.features import FRAME_SAMPLES, frame_count

BLOCK_FRAMES = 60 * 25
MARGIN_FRAMES = 5 * 25


@dataclass(frozen=True)
class AudioBlock:
    """A stretch of sound with what lies before and after it. Frames are of 1/25 s."""

    audio: np.ndarray
    """(n,) float32 at 16 kHz, margins included; it begins on a frame."""
    inside: slice
    """The frames without the margins, counted from the beginning of `audio`."""

    @property
    def frames(self) -> int:
        return self.inside.stop - self.inside.start


def overlapping_blocks(
    pieces: Iterable[np.ndarray], block_frames: int = BLOCK_FRAMES, margin_frames: int = MARGIN_FRAMES
) -> Iterator[AudioBlock]:
    """Blocks whose insides follow each other without a gap and cover every begun frame of the sound.

    Where they lie depends on the sound's length alone, not on how it is cut into pieces. No more is taken from `pieces`
    than the next block needs; a margin is shorter where the sound begins or ends.

    Args:
        pieces: consecutive (n,) float32 pieces at 16 kHz.
    """
    held = np.zeros(0, np.float32)
    before = 0
    wanted = (block_frames + margin_frames) * FRAME_SAMPLES
    for piece in pieces:
        held = np.concatenate([held, piece.astype(np.float32, copy=False)])
        while len(held) > before * FRAME_SAMPLES + wanted:
            yield AudioBlock(held[: before * FRAME_SAMPLES + wanted], slice(before, before + block_frames))
            held, before = _past(before + block_frames, held, margin_frames)
    while before < (total := frame_count(len(held))):
        last = min(before + block_frames, total)
        end = min(last + margin_frames, total)
        yield AudioBlock(held[: end * FRAME_SAMPLES], slice(before, last))
        held, before = _past(last, held, margin_frames)


def _past(frame: int, held: np.ndarray, margin_frames: int) -> tuple[np.ndarray, int]:
    """What is still needed when all before `frame` is done, and how many frames of it are margin."""
    first = max(0, frame - margin_frames)
    return held[first * FRAME_SAMPLES :], frame - first
