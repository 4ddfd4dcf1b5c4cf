"""What an edit layer must be to be drawn."""

import math

from .errors import ShotError
from .names import LANDMARK_COUNT
from .shot import LandmarkEdit, LandmarkEdits

LARGEST_EDIT = 0.1
"""Metres; more is a mistake."""
LONGEST_FADE = 10.0
MOST_NEIGHBOURS = 8


def check_edits(edits: LandmarkEdits) -> None:
    """Refuse edits that cannot be drawn, or that say two things at once.

    Raises:
        ShotError: with the first thing that does not fit.
    """
    if not 0.0 <= edits.fade_seconds <= LONGEST_FADE:
        raise ShotError(f"Landmark edits fade over {edits.fade_seconds:g} s.", f"Use 0 to {LONGEST_FADE:g}.")
    if not 0 <= edits.neighbours <= MOST_NEIGHBOURS:
        message = f"Landmark edits reach over {edits.neighbours} neighbours."
        raise ShotError(message, f"Use 0 to {MOST_NEIGHBOURS}.")
    seen: set[tuple[int, float]] = set()
    for key in edits.keys:
        _check_key(key)
        if (key.point, key.seconds) in seen:
            message = f"Landmark {key.point} is edited twice at {key.seconds:g} s."
            raise ShotError(message, "Keep one edit of a landmark at a time.")
        seen.add((key.point, key.seconds))


def _check_key(key: LandmarkEdit) -> None:
    if not 0 <= key.point < LANDMARK_COUNT:
        raise ShotError(f"There is no landmark {key.point} to edit.", f"Landmarks are 0 to {LANDMARK_COUNT - 1}.")
    if not abs(key.seconds) < 86_400.0:
        raise ShotError(f"An edit of landmark {key.point} lies outside one day.", "Check the edit's frame.")
    # Written so that what is no number is refused, too.
    if not math.hypot(*key.offset) <= LARGEST_EDIT:
        message = f"The edit of landmark {key.point} at {key.seconds:g} s moves it out of range."
        raise ShotError(message, f"Move landmarks by {LARGEST_EDIT * 1000:g} mm at most.")
