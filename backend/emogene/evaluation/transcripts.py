"""Words as they are spoken, from a transcript as it is written: numbers, abbreviations and signs become words."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from emogene_proto.errors import CorpusError

TRANSCRIPTS = "transcripts.txt"

PRONUNCIATIONS: Mapping[str, str] = {
    "digium": "D IH JH IY AH M",
    "forevermore": "F ER EH V ER M AO R",
    "iax": "AY EY EH K S",
    "rerecord": "R IY R IH K AO R D",
    "represenatives": "R EH P R IH Z EH N AH T IH V Z",
    "unmute": "AH N M Y UW T",
    "waldo's": "W AO L D OW Z",
}
"""Words that PocketSphinx's dictionary lacks, in ARPAbet."""

UNSAID: Mapping[str, tuple[str, ...]] = {"demo-instruct": ("finally",)}
"""Words that stand in a transcript of the Asterisk prompts and are not in their recording, by the name's ending."""

# fmt: off
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SIGNS = {"&": " and ", "%": " percent ", "+": " plus ", "=": " equals ", "@": " at "}
_NUMBER = re.compile(r"(?<![0-9])[0-9]+(?:\.[0-9]+)?")
_INITIALS = re.compile(r"\b[A-Z]{2,4}\b")
_SPOKEN_AS_WORDS = frozenset(("IAX",))
"""Capitals that are looked up whole and not spelled."""


def read_transcripts(folder: Path) -> dict[str, str]:
    """Text of each recording in a folder, by the name of its file without ending.

    Raises:
        CorpusError: the folder has no transcripts, or they cannot be read.
    """
    path = folder / TRANSCRIPTS
    if not path.is_file():
        raise CorpusError(
            f"There is no {TRANSCRIPTS} in {folder}.", "Write one, with a line 'NAME: TEXT' for each recording."
        )
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, OSError) as error:
        raise CorpusError(f"{path} cannot be read.", "Save it as text in UTF-8.") from error
    parted = [line.partition(":") for line in lines if line.strip()]
    return {name.strip(): text.strip() for name, _, text in parted}


def spoken_words(text: str) -> list[str]:
    """Words in lower case, as they are said; what stands in square brackets is no speech and is left out."""
    plain = unicodedata.normalize("NFKD", re.sub(r"\[[^\]]*\]", " ", text).replace("’", "'"))
    plain = plain.encode("ascii", "ignore").decode("ascii")
    plain = _INITIALS.sub(_spelled, plain)
    plain = _NUMBER.sub(lambda match: f" {_number(match.group())} ", plain)
    for sign, word in _SIGNS.items():
        plain = plain.replace(sign, word)
    words = (word.strip("'") for word in re.findall(r"[a-z']+", plain.lower()))
    return [word for word in words if word]


def recorded_words(name: str, text: str) -> list[str]:
    """`spoken_words` of a recording's transcript, without those that its speaker leaves out."""
    unsaid = {word for ending, words in UNSAID.items() if name.endswith(ending) for word in words}
    return [word for word in spoken_words(text) if word not in unsaid]


def cardinal(number: int) -> str:
    """A number of one or two digits as it is said.

    Raises:
        ValueError: below 0 or above 99.
    """
    if not 0 <= number < 100:
        raise ValueError(number)
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")


def _spelled(match: re.Match[str]) -> str:
    word = match.group()
    return word if word in _SPOKEN_AS_WORDS else " ".join(word)


def _number(digits: str) -> str:
    """Numbers of three digits and more are extensions and the like: said digit by digit."""
    whole, point, fraction = digits.partition(".")
    by_digit = len(whole) > 2 or (len(whole) > 1 and whole.startswith("0"))
    spoken = " ".join(_ONES[int(digit)] for digit in whole) if by_digit else cardinal(int(whole))
    return f"{spoken} point {' '.join(_ONES[int(digit)] for digit in fraction)}" if point else spoken
