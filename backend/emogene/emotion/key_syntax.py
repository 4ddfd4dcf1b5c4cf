"""How an emotion key is typed: SECONDS:EMOTION[:INTENSITY], e.g. `2.5:angry:0.6`."""

import difflib
import math

from emogene_proto.errors import ShotError
from emogene_proto.names import EMOTIONS
from emogene_proto.shot import EmotionKey

_FORM = "Write SECONDS:EMOTION or SECONDS:EMOTION:INTENSITY, e.g. 2.5:angry:0.6."


def parse_key(text: str) -> EmotionKey:
    """Read one key.

    Raises:
        ShotError: not of this form, an unknown emotion, or an intensity outside 0 to 1.
    """
    parts = [part.strip() for part in text.split(":")]
    if len(parts) not in (2, 3):
        raise ShotError(f"'{text}' is not an emotion key.", _FORM)
    seconds = _number(parts[0], text)
    emotion = parts[1].lower()
    if emotion not in EMOTIONS:
        near = difflib.get_close_matches(emotion, EMOTIONS, 1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Use one of: {', '.join(EMOTIONS)}."
        raise ShotError(f"'{parts[1]}' in '{text}' is no emotion.", hint)
    intensity = _number(parts[2], text) if len(parts) == 3 else 1.0
    if not 0.0 <= intensity <= 1.0:
        raise ShotError(f"The intensity in '{text}' is {intensity:g}.", "Use 0 to 1.")
    return EmotionKey(seconds, emotion, intensity)


def _number(part: str, text: str) -> float:
    try:
        value = float(part)
    except ValueError as error:
        raise ShotError(f"'{part}' in '{text}' is not a number.", _FORM) from error
    if not math.isfinite(value):
        raise ShotError(f"'{part}' in '{text}' is not a usable number.", _FORM)
    return value
