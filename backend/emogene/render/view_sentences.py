"""Sentences for the artist about frames that look at an actor from where it was never pictured."""

from itertools import groupby

import numpy as np

from emogene.actors.view_coverage import ViewCoverage
from emogene.render.view_confidence import CAUSES, Views, parts

LOW = 0.5
"""Frames with less confidence are told."""
JOINED = 12
"""Stretches of one cause that lie no more frames apart are told as one."""
MOST = 3
"""Stretches that get a sentence of their own."""

Stretch = tuple[str, int, int]
"""Cause, first and last place."""


def view_sentences(coverage: ViewCoverage, views: Views, frames: np.ndarray) -> tuple[str, ...]:
    """One sentence for each stretch of frames that cannot be trusted, the first few of them.

    Args:
        frames: (T,) the number of each view's frame, ascending.
    """
    stretches = low_stretches(parts(coverage, views), frames)
    told = [_sentence(coverage, views, frames, stretch) for stretch in stretches[:MOST]]
    left = len(stretches) - MOST
    if left > 0:
        more = "1 more stretch of frames looks" if left == 1 else f"{left} more stretches of frames look"
        told.append(f"{more} at the actor from where it was not pictured.")
    return tuple(told)


def low_stretches(confidences: np.ndarray, frames: np.ndarray) -> list[Stretch]:
    """Where the least of (T, 4) confidences is low, by which of CAUSES it is; first and last row of each."""
    cause = np.where(confidences.min(1) < LOW, confidences.argmin(1), -1)
    found: list[Stretch] = []
    for number, rows in groupby(range(len(cause)), key=cause.__getitem__):
        if number < 0:
            continue
        own = list(rows)
        name = CAUSES[number]
        if found and found[-1][0] == name and frames[own[0]] - frames[found[-1][2]] <= JOINED:
            found[-1] = (name, found[-1][1], own[-1])
        else:
            found.append((name, own[0], own[-1]))
    return found


def _sentence(coverage: ViewCoverage, views: Views, frames: np.ndarray, stretch: Stretch) -> str:
    cause, first, last = stretch
    one = first == last
    which = f"Frame {frames[first]}" if one else f"Frames {frames[first]} to {frames[last]}"
    rows = slice(first, last + 1)
    if cause == "size":
        times = (views.pixels[rows] / coverage.pictured_pixels).max()
        verb = "shows" if one else "show"
        return f"{which} {verb} the head {times:.1f} times as large as this actor was pictured, so it will look soft."
    if cause == "distance":
        verb = "comes" if one else "come"
        return (
            f"{which} {verb} within {100 * views.metres[rows].min():.0f} cm of the middle of the head, much nearer "
            f"than the {100 * coverage.nearest_metres:.0f} cm that this actor was pictured from."
        )
    verb, what = "looks" if one else "look", "head" if cause == "head" else "shoulders"
    where, beyond = _direction(coverage, (views.head if cause == "head" else views.torso)[rows])
    return f"{which} {verb} at the {what} from {where}, {beyond}."


def _direction(coverage: ViewCoverage, angles: np.ndarray) -> tuple[str, str]:
    """The furthest of (K, 2) angles in words, and how that compares with what was pictured."""
    far = np.abs(angles) / [coverage.pictured_yaw, coverage.pictured_pitch]
    row, axis = np.unravel_index(far.argmax(), far.shape)
    degrees, pictured = angles[row, axis], (coverage.pictured_yaw, coverage.pictured_pitch)[axis]
    side = "aside" if axis == 0 else "above" if degrees > 0 else "below"
    where = f"{abs(degrees):.0f} degrees {side}"
    if abs(degrees) > pictured:
        return where, f"beyond the {pictured:.0f} that this actor was pictured from"
    return where, "where this actor's pictures are poor"


def looked_at(count: int, most: int) -> np.ndarray:
    """(K,) rows of `count`, all of them or about `most` spread evenly, the first and the last included."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))
