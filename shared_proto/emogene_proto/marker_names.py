"""Emotions by their readable names: `happy`, `happy 0.7`, `sad 30%`, `angry:0.5`, `happy 0.5 + sad 0.4`, in any case.

The name of a marker is the fallback that survives every tool. It is read strictly: what is nearly an emotion is
reported, never guessed.
"""

import difflib
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .names import EMOTIONS
from .shot import Feeling

_NUMBER = r"(\d+(?:[.,]\d+)?|[.,]\d+)\s*(%?)"
_FORM = re.compile(rf"\s*([^\W\d_]+)(?:\s*[:\s]\s*{_NUMBER})?\s*")
_BACKWARD = re.compile(rf"\s*{_NUMBER}\s*([^\W\d_]+)\s*")
_BEGINNING = re.compile(r"\s*([^\W\d_]+)(.*)", re.DOTALL)
_MEANT_AS_INTENSITY = re.compile(r"[\W_]*\d|.*(\d[.,]\d|[.,]\d|\d\s*%)", re.DOTALL)
"""After an emotion's name: a number at once, or anywhere one that is no count ("sad song 2")."""
_ALIKE = 0.75
"""How alike (0 to 1) a word must be to an emotion's name to count as a slip of the pen."""
_SHORT = 4
_SHORT_ALIKE = 0.88
"""The same where one of the two has so few letters and nothing but the word says that an emotion is meant: year, said
and sand differ from fear and sad by one letter."""
_ROUNDING = 1e-6


@dataclass(frozen=True)
class NamedEmotion:
    """A marker that sets an emotion, or a mixture of some."""

    emotion: str
    intensity: float
    """0 to 1."""
    also: tuple[Feeling, ...] = ()
    """What else is felt, neutral never; all intensities add up to at most 1."""


@dataclass(frozen=True)
class NearMiss:
    """A name that looks like an emotion marker but is not one."""

    message: str
    hint: str


@dataclass(frozen=True)
class Slip:
    """What is wrong with a text that is meant to be emotions."""

    problem: str
    """Goes on from the text itself: "'hapy 0.7' is not an emotion"."""
    hint: str


@functools.lru_cache(maxsize=4096)  # asked for every marker on every redraw
def read_name(name: str) -> NamedEmotion | NearMiss | None:
    """What a marker's name says; None is an ordinary marker."""
    read = read_feelings(name)
    if isinstance(read, Slip):
        return NearMiss(f"The marker '{name}' {read.problem}.", read.hint)
    if read is None:
        return None
    first, *others = read
    return NamedEmotion(first.emotion, first.intensity, tuple(others))


def read_feelings(text: str) -> tuple[Feeling, ...] | Slip | None:
    """The emotions that a text says; None if it is about something else.

    A text with plus signs is about emotions if each of its parts is nearly one, one part is an emotion with its
    intensity, or it names emotions and has a plus too many. A number before a single word counts only if it can be no
    other number ("2 sad" is a marker's own numbering), and the word is an emotion.
    """
    parts = [_read_part(part) for part in text.split("+")]
    if len(parts) == 1:
        about_emotions = parts[0].near is not None and (not parts[0].backward or _is_sure(parts[0]))
    else:
        words = [part for part in parts if part.text]
        some = any(map(_is_meant, parts)) or (bool(words) and all(part.near == part.word.lower() for part in words))
        about_emotions = some or all(part.near is not None for part in parts)
    if not about_emotions:
        return None
    slip = _wrong_word(parts) or _wrong_order(parts) or _wrong_form(parts) or _wrong_mixture(parts)
    return slip or tuple(Feeling(part.near or "", part.intensity) for part in parts)


@dataclass(frozen=True)
class _Part:
    """What stands between plus signs."""

    text: str
    word: str
    near: str | None
    """The emotion that the word is, or is alike."""
    intensity: float
    number: str
    """As it was written, with its percent sign; empty for none."""
    backward: bool = False
    """The number comes before the word."""
    misformed: bool = False
    """An emotion's name, and then numbers in no form that is known."""


def _read_part(text: str) -> _Part:
    form, backward = _FORM.fullmatch(text), _BACKWARD.fullmatch(text)
    if form is not None:
        word, number, percent = form.groups()
    elif backward is not None:
        number, percent, word = backward.groups()
    else:
        return _read_misformed(text)
    intensity = 1.0 if number is None else float(number.replace(",", ".")) / (100.0 if percent else 1.0)
    written = "" if number is None else number + percent
    near = _nearest(word.lower(), surely=bool(re.search("[.,%]", written)))
    return _Part(text.strip(), word, near, intensity, written, backward=form is None)


def _read_misformed(text: str) -> _Part:
    beginning = _BEGINNING.fullmatch(text)
    word, rest = beginning.groups() if beginning else ("", "")
    if word.lower() in EMOTIONS and _MEANT_AS_INTENSITY.match(rest):
        return _Part(text.strip(), word, word.lower(), 0.0, "", misformed=True)
    return _Part(text.strip(), "", None, 0.0, "")


def _nearest(word: str, surely: bool) -> str | None:
    """The emotion whose name is this word, or alike.

    Args:
        surely: an intensity is written beside it, so an emotion is meant.
    """
    if word in EMOTIONS:
        return word
    for emotion in difflib.get_close_matches(word, EMOTIONS, n=1, cutoff=_ALIKE):
        short = min(len(word), len(emotion)) <= _SHORT and not surely
        if not short or difflib.SequenceMatcher(None, word, emotion).ratio() >= _SHORT_ALIKE:
            return emotion
    return None


def _is_meant(part: _Part) -> bool:
    return part.near == part.word.lower() and (bool(part.number) or part.misformed)


def _is_sure(part: _Part) -> bool:
    return part.near == part.word.lower() and bool(re.search("[.,%]", part.number))


def _wrong_word(parts: Sequence[_Part]) -> Slip | None:
    for part in parts:
        if not part.text:
            return Slip("has a plus with nothing beside it", "Name an emotion there, or leave the plus out.")
        if part.near is None:
            return Slip(f"has '{part.text}', which is not an emotion", f"Use some of: {', '.join(EMOTIONS)}.")
    wrong = [part for part in parts if part.near != part.word.lower()]
    if not wrong:
        return None
    meant = " and ".join(str(part.near) for part in wrong)
    problem = "is not an emotion" if len(parts) == 1 else f"has '{wrong[0].word}', which is not an emotion"
    return Slip(problem, f"If you mean {meant}, {_write(parts)}")


def _wrong_order(parts: Sequence[_Part]) -> Slip | None:
    if not any(part.backward for part in parts):
        return None
    return Slip("has a number before its emotion", _sentence_case(_write(parts)))


def _wrong_form(parts: Sequence[_Part]) -> Slip | None:
    if not any(part.misformed for part in parts):
        return None
    return Slip("has numbers that are not read", _sentence_case(_write(parts)))


def _write(parts: Sequence[_Part]) -> str:
    """What to write in place of these parts, never something that would be refused too."""
    if any(part.misformed for part in parts) or _wrong_mixture(parts):
        return f"write for example '{parts[0].near} 0.7', or 'happy 0.5 + sad 0.4': from 0 to 1, and together up to 1."
    in_order = " + ".join(f"{part.near} {part.number}".rstrip() for part in parts)
    return f"write '{in_order}'."


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _wrong_mixture(parts: Sequence[_Part]) -> Slip | None:
    if any(part.intensity > 1.0 for part in parts):
        return Slip("has an intensity above 1", "Write 0 to 1, or 0% to 100%.")
    named = [part.near for part in parts]
    if len(set(named)) < len(named):
        return Slip("names an emotion twice", "Name each emotion once.")
    if len(parts) > 1 and "neutral" in named:
        return Slip("mixes neutral with an emotion", "Leave it out: neutral is what emotions leave over.")
    total = sum(part.intensity for part in parts)
    if total > 1.0 + _ROUNDING:
        within = [Feeling(part.near or "", part.intensity / total) for part in parts]
        example = write_name(within[0].emotion, within[0].intensity, within[1:])
        return Slip(f"has intensities that add up to {total:.3g}", f"Let them add up to 1 at most: '{example}'.")
    return None


def write_name(emotion: str, intensity: float, also: Sequence[Feeling] = ()) -> str:
    """The readable name of an emotion marker, to two decimals; neutral has no intensity.

    Raises:
        ValueError: an unknown emotion, one that comes twice, or intensities outside 0 to 1, alone or together.
    """
    felt = [Feeling(emotion, intensity), *also]
    named = [feeling.emotion for feeling in felt]
    possible = all(feeling.emotion in EMOTIONS and 0.0 <= feeling.intensity <= 1.0 for feeling in felt)
    felt = [feeling for feeling in felt if feeling.emotion != "neutral"]
    total = sum(feeling.intensity for feeling in felt)
    if not possible or len(set(named)) < len(named) or total > 1.0 + _ROUNDING:
        raise ValueError(f"no emotion marker: {emotion!r} {intensity!r} {also!r}")
    if not felt:
        return "neutral"
    hundredths = _hundredths([feeling.intensity for feeling in felt])
    return " + ".join(f"{feeling.emotion} {n / 100:g}" for feeling, n in zip(felt, hundredths, strict=True))


def _hundredths(intensities: Sequence[float]) -> list[int]:
    """Rounded, but so that they do not add up to more than 1."""
    rounded = [round(100.0 * intensity) for intensity in intensities]
    while sum(rounded) > 100:
        raised = [n - 100.0 * intensity for n, intensity in zip(rounded, intensities, strict=True)]
        rounded[raised.index(max(raised))] -= 1
    return rounded
