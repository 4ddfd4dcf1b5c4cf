"""Who speaks in the corpora, and which split each speaker belongs to."""

import numpy as np

from .speech import Voice

FLITE_VOICES = ("slt", "rms", "awb", "kal", "kal16")
# fmt: off
ESPEAK_VARIANTS = (
    "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "Alicia", "Andrea", "Annie",
    "belinda", "linda", "steph", "steph2", "anika", "Andy", "Alex", "adam", "benjamin", "caleb", "david", "Gene",
    "Lee", "max", "Mike", "pablo", "paul", "quincy", "rob", "robert", "sandro", "shelby", "travis", "victor",
    "grandpa", "klatt", "klatt2", "klatt4",
)
ESPEAK_LANGUAGES = (
    "en-US", "en-US", "en-US", "en-US", "en", "en-GB-x-rp", "en-GB-scotland", "en-US-nyc", "de", "es", "fr", "it",
    "pt-BR", "nl",
)
# fmt: on
VALIDATION_SPEAKERS = frozenset(f"espeak-ng:{name}" for name in ("m3", "f2", "Andrea", "paul"))
TEST_SPEAKERS = frozenset(("flite:awb", *(f"espeak-ng:{name}" for name in ("f4", "m7", "linda", "david", "travis"))))


def split_of(speaker: str) -> str:
    """train, val or test; no speaker is in two of them."""
    if speaker in TEST_SPEAKERS:
        return "test"
    return "val" if speaker in VALIDATION_SPEAKERS else "train"


def speakers(split: str) -> tuple[str, ...]:
    """All speakers of one split."""
    everybody = [f"flite:{name}" for name in FLITE_VOICES] + [f"espeak-ng:{name}" for name in ESPEAK_VARIANTS]
    return tuple(speaker for speaker in everybody if split_of(speaker) == split)


def voice_of(speaker: str, rng: np.random.Generator, english_only: bool = False) -> Voice:
    """A voice of this speaker with random speed, pitch and, for espeak-ng, language."""
    program, _, name = speaker.partition(":")
    if program == "flite":
        # Around each voice's own pitch the range is what its vocoder still speaks clearly.
        low, high = (140.0, 260.0) if name == "slt" else (80.0, 190.0)
        return Voice("flite", name, float(rng.uniform(0.75, 1.3)), float(rng.uniform(low, high)))
    languages = [code for code in ESPEAK_LANGUAGES if code.startswith("en") or not english_only]
    language = languages[int(rng.integers(len(languages)))]
    return Voice("espeak-ng", f"{language}+{name}", float(rng.uniform(0.8, 1.35)), float(rng.integers(15, 86)))


def speech_speaker(rng: np.random.Generator, split: str | None = None) -> str:
    """A random speaker, of one split or of all; flite's voices, nearest to people's, speak 60 % of the time."""
    chosen = [s for name in ("train", "val", "test") if split in (None, name) for s in speakers(name)]
    flite = [s for s in chosen if s.startswith("flite")]
    others = [s for s in chosen if not s.startswith("flite")]
    pool = flite if flite and (not others or rng.random() < 0.6) else others
    return pool[int(rng.integers(len(pool)))]
