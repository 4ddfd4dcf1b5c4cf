"""How an emotion key is typed: SECONDS:EMOTION[:INTENSITY][+ more emotions][@TRANSITION][,EASING].

For example `2.5:angry:0.6`, `4:happy:0.5+sad:0.4`, `6:neutral@1.5`, `8:surprised@0.2,ease_out`, `9:sad,hold`.
"""

import math
import re

import msgspec

from emogene_proto.errors import ShotError
from emogene_proto.marker_names import Slip, read_feelings
from emogene_proto.names import EASINGS, EMOTIONS
from emogene_proto.shot import EmotionKey

_FORM = "Write SECONDS:EMOTION:INTENSITY, e.g. 2.5:angry:0.6, 4:happy:0.5+sad:0.4 or 8:surprised@0.2,ease_out."
_DECIMAL_COMMA = re.compile(r"(\d+),(\d+)")


def parse_key(text: str) -> EmotionKey:
    """Read one key.

    Raises:
        ShotError: not of this form, an unknown emotion or easing, or an intensity outside 0 to 1.
    """
    if decimal := _DECIMAL_COMMA.search(text):
        number = f"{decimal[1]}.{decimal[2]}"
        raise ShotError(f"'{text}' has a comma in a number.", f"Write {number} with a point.")
    seconds, colon, rest = text.partition(":")
    if not colon:
        raise ShotError(f"'{text}' is not an emotion key.", _FORM)
    rest, comma, easing = rest.partition(",")
    felt, at, transition = rest.partition("@")
    read = read_feelings(felt)
    if isinstance(read, Slip):
        raise ShotError(f"'{felt.strip()}' in '{text}' {read.problem}.", read.hint)
    if read is None:
        raise ShotError(f"'{felt.strip()}' in '{text}' is no emotion.", f"{_FORM} Emotions: {', '.join(EMOTIONS)}.")
    first, *others = read
    key = EmotionKey(_number(seconds, text), first.emotion, first.intensity, also=tuple(others))
    if at:
        key = msgspec.structs.replace(key, transition_seconds=_number(transition, text))
    return msgspec.structs.replace(key, easing=_easing(easing, text)) if comma else key


def _number(part: str, text: str) -> float:
    try:
        value = float(part)
    except ValueError as error:
        raise ShotError(f"'{part.strip()}' in '{text}' is not a number.", _FORM) from error
    if not math.isfinite(value):
        raise ShotError(f"'{part.strip()}' in '{text}' is not a usable number.", _FORM)
    return value


def _easing(part: str, text: str) -> str:
    easing = part.strip().lower().replace("-", "_").replace(" ", "_")
    if easing not in EASINGS:
        raise ShotError(f"'{part.strip()}' in '{text}' is no easing.", f"Use one of: {', '.join(EASINGS)}.")
    return easing
