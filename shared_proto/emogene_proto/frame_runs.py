"""Frames that follow one another, for sentences that name many of them."""

from collections.abc import Iterable


def frame_runs(frames: Iterable[int]) -> list[tuple[int, int]]:
    """First and last frame of each unbroken run, ascending; a frame that stands alone is both."""
    runs: list[tuple[int, int]] = []
    for frame in sorted(frames):
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], frame)
        else:
            runs.append((frame, frame))
    return runs
