"""Emotion markers by their readable names: `happy`, `happy 0.7`, `sad 30%`, `angry:0.5`, in any case.

The name is the fallback that survives every tool. It is read strictly: what is nearly an emotion is reported,
never guessed.
"""

import difflib
import functools
import re
from dataclasses import dataclass

from .names import EMOTIONS

_FORM = re.compile(r"\s*([^\W\d_]+)(?:\s*[:\s]\s*(\d+(?:[.,]\d+)?|[.,]\d+)\s*(%?))?\s*")
_ALIKE = 0.75
"""How alike (0 to 1) a word must be to an emotion's name to count as a slip of the pen."""


@dataclass(frozen=True)
class NamedEmotion:
    """A marker that sets an emotion."""

    emotion: str
    intensity: float
    """0 to 1."""


@dataclass(frozen=True)
class NearMiss:
    """A name that looks like an emotion marker but is not one."""

    message: str
    hint: str


@functools.lru_cache(maxsize=4096)  # asked for every marker on every redraw
def read_name(name: str) -> NamedEmotion | NearMiss | None:
    """What a marker's name says; None is an ordinary marker."""
    form = _FORM.fullmatch(name)
    if form is None:
        return None
    word, number, percent = form.groups()
    emotion = word.lower()
    if emotion not in EMOTIONS:
        return _near_miss(name, emotion)
    if number is None:
        return NamedEmotion(emotion, 1.0)
    intensity = float(number.replace(",", ".")) / (100.0 if percent else 1.0)
    if intensity > 1.0:
        return NearMiss(f"The marker '{name}' has an intensity above 1.", "Write 0 to 1, or 0% to 100%.")
    return NamedEmotion(emotion, intensity)


def _near_miss(name: str, word: str) -> NearMiss | None:
    alike = difflib.get_close_matches(word, EMOTIONS, n=1, cutoff=_ALIKE)
    if not alike:
        return None
    return NearMiss(f"The marker '{name}' is not an emotion.", f"If you mean {alike[0]}, rename it to '{alike[0]}'.")


def write_name(emotion: str, intensity: float) -> str:
    """The readable name of an emotion marker, to two decimals; neutral has no intensity.

    Raises:
        ValueError: unknown emotion, or an intensity outside 0 to 1.
    """
    if emotion not in EMOTIONS or not 0.0 <= intensity <= 1.0:
        raise ValueError(f"no emotion marker: {emotion!r} {intensity!r}")
    if emotion == "neutral":
        return emotion
    return f"{emotion} {round(intensity, 2):g}"
