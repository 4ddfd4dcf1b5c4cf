"""Where the head rests: idle segments of random length, a fixed gap apart (the paper's algorithm 1, equation 10)."""

import numpy as np

STILL_TOLERANCE = 1e-7
"""Two poses count as equal when the cosine of their 16 numbers lies this close to 1: about 0.04 degrees or 1 mm a
frame, the smallest change that a face tracker can be trusted with."""


def idle_segments(
    count: int, shortest: int, longest: int, gap: int, random: np.random.Generator
) -> list[tuple[int, int]]:
    """(start, end) of idle segments within `count` frames, both ends included (algorithm 1).

    Segments are `shortest` to `longest` frames long, `gap` frames apart; one that would reach the end with its gap is
    dropped.
    """
    segments = []
    position = 0
    while position < count:
        limit = min(longest, count - position)
        if limit < shortest:
            break
        start = position
        end = start + int(random.integers(shortest, limit, endpoint=True)) - 1
        if end + gap >= count:
            break
        segments.append((start, end))
        position = end + 1 + gap
    return segments


def idle_length_limits(
    poses: np.ndarray, breaks: np.ndarray, tolerance: float = STILL_TOLERANCE
) -> tuple[int, int] | None:
    """Shortest and longest run of equal consecutive poses in a track (equation 10); None where the head is never still.

    Args:
        poses: (N, 4, 4).
        breaks: (B,) rows at which another recording begins.
    """
    rows = poses.reshape(len(poses), -1).astype(np.float64)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    equal = np.einsum("ij,ij->i", rows[:-1], rows[1:]) >= 1.0 - tolerance
    equal[np.asarray([b - 1 for b in breaks if b > 0], int)] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], equal.astype(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2] + 1
    return (int(lengths.min()), int(lengths.max())) if len(lengths) else None
