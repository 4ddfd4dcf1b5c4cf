"""The one phone inventory of the project, and how the speech programs' own phone names map into it."""

from dataclasses import dataclass

from emogene_proto.errors import CorpusError

VOWELS = ("aa", "ae", "ah", "ao", "aw", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw")
# fmt: off
CONSONANTS = (
    "b", "ch", "d", "dh", "f", "g", "hh", "jh", "k", "l", "m", "n", "ng", "p", "r", "s", "sh", "t", "th", "v", "w", "y",
    "z", "zh",
)
# fmt: on
SILENCE = "sil"
PHONES = tuple(sorted(VOWELS + CONSONANTS)) + (SILENCE,)
"""39 ARPAbet phones and silence; a phone's number in the models is its place here."""

STOPS = frozenset(("p", "b", "t", "d", "k", "g", "ch", "jh"))
"""Phones that begin with a closure."""
BILABIALS = frozenset(("p", "b", "m"))
LABIODENTALS = frozenset(("f", "v"))


@dataclass(frozen=True)
class PhoneSpan:
    """A phone and when it sounds, seconds from the first sample."""

    symbol: str
    start: float
    end: float


FLITE_NAMES = {name: name for name in PHONES} | {
    "ax": "ah",
    "axr": "er",
    "ix": "ih",
    "dx": "t",
    "nx": "n",
    "el": "l",
    "em": "m",
    "en": "n",
    "hv": "hh",
    "pau": SILENCE,
    "ssil": SILENCE,
    "h#": SILENCE,
    "brth": SILENCE,
}

# Longest match from the left decides, so "I#" and "I2" find "I". An empty tuple lengthens the phone before it.
ESPEAK_NAMES: dict[str, tuple[str, ...]] = {
    "_": (SILENCE,),
    "": (),
    "?": (),
    ";": (),
    "i": ("iy",),
    "i@": ("iy", "ah"),
    "i@3": ("iy", "er"),
    "I": ("ih",),
    "e": ("ey",),
    "E": ("eh",),
    "e@": ("eh", "ah"),
    "eI": ("ey",),
    "EI": ("ey",),
    "E2": ("eh",),
    "a": ("aa",),
    "a#": ("ah",),
    "aI": ("ay",),
    "aI@": ("ay", "ah"),
    "aI3": ("ay", "er"),
    "aU": ("aw",),
    "aU@": ("aw", "ah"),
    "aa": ("ae",),
    "A": ("aa",),
    "A~": ("aa",),
    "0": ("aa",),
    "O": ("ao",),
    "OI": ("oy",),
    "OY": ("oy",),
    "o": ("ow",),
    "oI": ("oy",),
    "oU": ("ow",),
    "o@": ("ao", "r"),
    "O@": ("ao", "r"),
    "A@": ("aa", "r"),
    "U": ("uh",),
    "U@": ("uh", "r"),
    "u": ("uw",),
    "y": ("uw",),
    "Y": ("uh",),
    "W": ("er",),
    "V": ("ah",),
    "@": ("ah",),
    "@L": ("ah", "l"),
    "@U": ("ow",),
    "3": ("er",),
    "E~": ("ae",),
    "O~": ("ow",),
    "W~": ("ah",),
    "p": ("p",),
    "pF": ("p", "f"),
    "b": ("b",),
    "t": ("t",),
    "tS": ("ch",),
    "ts": ("t", "s"),
    "d": ("d",),
    "dZ": ("jh",),
    "dz": ("d", "z"),
    "k": ("k",),
    "g": ("g",),
    "f": ("f",),
    "v": ("v",),
    "B": ("v",),
    "T": ("th",),
    "D": ("dh",),
    "s": ("s",),
    "z": ("z",),
    "S": ("sh",),
    "Z": ("zh",),
    "C": ("hh",),
    "x": ("hh",),
    "X": ("hh",),
    "h": ("hh",),
    "H": ("hh",),
    "Q": ("g",),
    "m": ("m",),
    "n": ("n",),
    "N": ("ng",),
    "l": ("l",),
    "r": ("r",),
    "R": ("r",),
    "*": ("t",),
    "w": ("w",),
    "j": ("y",),
    "J": ("y",),
    "8": ("uh",),
    "Wy": ("oy",),
    "!": (),
    "&": ("ah",),
    "&U~": ("aw",),
}

ESPEAK_ENGLISH_NAMES = {"a": ("ae",), "aa": ("ae",), "A": ("aa",)}
"""What these letters mean in espeak-ng's English voices only."""
ESPEAK_NAMES_WITHOUT_R = {
    "A@": ("aa",),
    "O@": ("ao",),
    "o@": ("ao",),
    "U@": ("uh", "ah"),
    "i@3": ("iy", "ah"),
    "aI3": ("ay", "ah"),
}
"""English voices that drop an r after a vowel."""
ENGLISH_WITHOUT_R = ("en", "en-GB-x-rp", "en-US-nyc")


def from_flite(name: str) -> str:
    """The phone of a name that flite prints.

    Raises:
        CorpusError: flite printed a name that is not known.
    """
    try:
        return FLITE_NAMES[name]
    except KeyError:
        raise CorpusError(f"flite names a phone '{name}' that is not known.", "Use one of flite's voices.") from None


def from_espeak(mnemonic: str, language: str) -> tuple[str, ...]:
    """The phones of an espeak-ng mnemonic; empty where it only lengthens the phone before it.

    Raises:
        CorpusError: espeak-ng uses a mnemonic that is not known, e.g. of a language that is not supported.
    """
    names = ESPEAK_NAMES
    if language.startswith("en"):
        names = names | ESPEAK_ENGLISH_NAMES
    if language in ENGLISH_WITHOUT_R:
        names = names | ESPEAK_NAMES_WITHOUT_R
    for length in range(len(mnemonic), 0, -1):
        if mnemonic[:length] in names:
            return names[mnemonic[:length]]
    if not mnemonic:
        return ()
    raise CorpusError(
        f"espeak-ng names a phone '{mnemonic}' that is not known.", f"The language '{language}' is not supported."
    )
