"""How an emotion key is typed: SECONDS:EMOTION[:INTENSITY][+ more emotions][@TRANSITION][,EASING].

For example `2.5:angry:0.6`, `4:happy:0.5+sad:0.4`, `6:neutral@1.5`, `8:surprised@0.2,ease_out`, `9:sad,hold`.
"""

import math
import re

import msgspec

from emogene_proto.errors import ShotError
from emogene_proto.marker_names import Slip, read_feelings
from emogene_proto.names import EASINGS, EMOTIONS
from emogene_proto.shot import EmotionKey, Feeling

_FORM = "Write SECONDS:EMOTION:INTENSITY, e.g. 2.5:angry:0.6, 4:happy:0.5+sad:0.4 or 8:surprised@0.2,ease_out."
_DECIMAL_COMMA = re.compile(r"(\d+),(\d+)")
_MINUTES = re.compile(r"\s*(\d+):(\d\d(?:\.\d+)?):(\s*[^\W\d_].*)", re.DOTALL)
_BELOW_ZERO = re.compile(r"[^\W\d_]\s*[:\s]\s*[-\u2212]\s*\.?\d")
_QUOTED = re.compile(r"'([^']*)'")


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
    if clock := _MINUTES.fullmatch(text):
        whole = f"{60 * int(clock[1]) + float(clock[2]):.10g}:{clock[3].strip()}"
        raise ShotError(f"'{text}' has minutes in it.", f"Times are in seconds: write '{whole}'.")
    rest, comma, easing = rest.partition(",")
    felt, at, transition = rest.partition("@")
    if comma and not at and "@" in easing:
        easing, at, transition = easing.partition("@")
        ordered = f"{seconds}:{felt}@{transition},{easing}"
        raise ShotError(f"'{text}' has its easing before its @.", f"Write '{ordered}'.")
    key = EmotionKey(_number(seconds, text), "neutral")
    if at:
        key = msgspec.structs.replace(key, transition_seconds=_number(_something(transition, "@", text), text))
    if comma:
        key = msgspec.structs.replace(key, easing=_easing(_something(easing, ",", text), text))
    first, *others = _feelings(felt, text)
    return msgspec.structs.replace(key, emotion=first.emotion, intensity=first.intensity, also=tuple(others))


def _feelings(felt: str, text: str) -> tuple[Feeling, ...]:
    """What stands between the seconds and the transition; all else in `text` can be read."""
    if _BELOW_ZERO.search(felt):
        raise ShotError(f"'{felt.strip()}' in '{text}' has an intensity below 0.", "Write 0 to 1, or 0% to 100%.")
    read = read_feelings(felt)
    if isinstance(read, Slip):
        begin = text.index(":") + 1
        before, after = text[:begin], text[begin + len(felt) :]
        hint = _QUOTED.sub(lambda quoted: f"'{before.strip()}{_typed(quoted[1])}{after.strip()}'", read.hint)
        raise ShotError(f"'{felt.strip()}' in '{text}' {read.problem}.", hint)
    if read is None:
        raise ShotError(f"'{felt.strip()}' in '{text}' is no emotion.", f"{_FORM} Emotions: {', '.join(EMOTIONS)}.")
    return read


def _typed(name: str) -> str:
    """A marker's name as keys have it: `happy 0.5 + sad 0.4` is `happy:0.5+sad:0.4`."""
    return "+".join(":".join(part.split()) for part in name.split("+"))


def _something(part: str, after: str, text: str) -> str:
    if not part.strip():
        raise ShotError(f"There is nothing after '{after}' in '{text}'.", f"Leave the '{after}' out. {_FORM}")
    return part


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
