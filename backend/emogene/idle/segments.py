"""Where the head rests: idle segments of random length, a fixed gap apart (the paper's algorithm 1 and table V)."""

import numpy as np

from emogene.idle.activity import idle_activity
from emogene.idle.stillness import Rests
from emogene_proto.names import MODEL_FPS

EASE = (3, 9)
"""Fewest and most frames over which the head slows down into a rest inside a pause, and out of it; odd."""


def idle_segments(
    count: int, rests: Rests, random: np.random.Generator, sampling: str = "random_length"
) -> list[tuple[int, int]]:
    """(start, end) of idle segments within `count` frames, both ends included.

    `random_length` is algorithm 1: random lengths and a fixed gap, and a segment that would reach the end with its gap
    is dropped. The others are table V's ablations. Lengths and gaps have the same mean in all of them: a fixed length
    is the middle of the limits, random gaps lie around the fixed one.

    Args:
        rests: limits of lengths, and the gap.
        sampling: one of IDLE_SAMPLINGS.
    """
    segments: list[tuple[int, int]] = []
    middle = (rests.shortest + rests.longest) // 2
    position = 0
    while position < count and sampling != "none":
        longest = min(rests.longest, count - position)
        if longest < rests.shortest:
            break
        if sampling in ("random_length", "random"):
            length = int(random.integers(rests.shortest, longest, endpoint=True))
        else:
            length = min(middle, longest)
        gap = int(random.integers(1, 2 * rests.gap)) if sampling in ("fixed_length", "random") else rests.gap
        end = position + length - 1
        if end + gap >= count:
            break
        segments.append((position, end))
        position = end + 1 + gap
    return segments


def pauses(frames: int, spans: np.ndarray) -> list[tuple[int, int]]:
    """(start, end) frames between (S, 2) seconds with a voice, end excluded."""
    silent = np.ones(frames, bool)
    for start, end in np.asarray(spans, np.float64).reshape(-1, 2):
        silent[max(0, int(start * MODEL_FPS)) : int(np.ceil(end * MODEL_FPS))] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], silent.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def ease_frames(gap: int) -> int:
    """Odd number of frames over which a rest begins and ends, so that half of each gap is moved at full speed.

    Longer easing would let rests run into each other where gaps are short, and the head would drift all the time.
    """
    shortest, longest = EASE
    return min(max(2 * (gap // 4) + 1, shortest), longest)


def resting(
    frames: int, spans: np.ndarray, rests: Rests, random: np.random.Generator, sampling: str = "random_length"
) -> np.ndarray:
    """(T,) how far the head has come to rest at 25 fps: 0 moves as in speech, 1 rests, eased without a step.

    Every pause has its own idle segments; one that is too short for a segment with its gap is a rest as a whole.

    Args:
        spans: (S, 2) seconds in which there is a voice, in order.
        sampling: one of IDLE_SAMPLINGS.
    """
    if sampling == "none":
        return np.zeros(frames)
    # Speech counts as rest here, so that only the idle activity eases the ends of a pause.
    still = np.ones(frames)
    for start, end in pauses(frames, spans):
        segments = idle_segments(end - start, rests, random, sampling)
        if segments:
            still[start:end] = 0.0
        for first, last in segments:
            still[start + first : start + last + 1] = 1.0
    ease = ease_frames(rests.gap)
    window = np.hanning(ease + 2)[1:-1]
    eased = np.convolve(np.pad(still, ease // 2, mode="edge"), window / window.sum(), mode="valid")
    return eased * idle_activity(frames, spans)


def inserted_rows(count: int, segments: list[tuple[int, int]]) -> np.ndarray:
    """(count,) row of the original poses that each frame shows when idle segments are inserted (figures 5 and 6).

    All frames of a segment are copies of one pose; after it the original goes on where it stood.
    """
    goes_on = np.ones(count, np.intp)
    for first, last in segments:
        goes_on[first + 1 : last + 1] = 0
    return np.cumsum(goes_on) - 1
