"""Emotions as expressions of the face model, by action units (FACS), and their union with speech."""

from dataclasses import dataclass

import numpy as np

from emogene_proto.names import EMOTIONS

from .mouth_contacts import MouthContacts
from .visemes import CONTROL_NAMES, CONTROLS, Articulation

# At intensity 1. A name without side stands for both.
EMOTION_SHAPES: dict[str, dict[str, float]] = {
    "neutral": {},
    # AU 4 5 7 9 23 24: pressed lips that bare the teeth in speech; a negative inner brow draws the brows down further
    # than browDown alone, without joining them
    "angry": {
        "browDown": 1.35,
        "browInnerUp": -0.90,
        "browOuterUp": 0.30,
        "eyeWide": 0.55,
        "eyeSquint": 0.50,
        "noseSneer": 0.30,
        "mouthPress": 0.75,
        "mouthFrown": 0.18,
        "mouthUpperUp": 0.12,
        "mouthLowerDown": 0.42,
        "mouthShrugLower": 0.36,
        "mouthStretch": 0.25,
        "jawForward": 0.20,
        "cheekSquint": 0.12,
    },
    # AU 12 and 14 of one side, one brow up
    "contempt": {
        "mouthSmile_L": 0.62,
        "mouthDimple_L": 0.95,
        "mouthUpperUp_L": 0.26,
        "cheekSquint_L": 0.28,
        "noseSneer_L": 0.15,
        "mouthDimple_R": 0.10,
        "mouthFrown_R": 0.24,
        "mouthPress_R": 0.35,
        "eyeBlink": 0.08,
        "eyeSquint": 0.15,
        "browDown_R": 0.45,
        "browOuterUp_L": 0.55,
        "mouthShrugLower": 0.20,
    },
    # AU 9 10 17, with 4 and 7
    "disgusted": {
        "noseSneer": 0.92,
        "mouthUpperUp": 0.25,
        "mouthFrown": 0.45,
        "mouthShrugLower": 0.62,
        "browDown": 0.75,
        "cheekSquint": 0.30,
        "eyeSquint": 0.32,
    },
    # AU 1 2 4 5 20 25
    "fear": {
        "browInnerUp": 1.35,
        "browOuterUp": 0.35,
        "browDown": 0.25,
        "eyeWide": 1.00,
        "mouthStretch": 0.85,
        "mouthLowerDown": 0.40,
        "mouthFrown": 0.25,
        "jawOpen": 0.07,
    },
    # AU 6 12 25
    "happy": {
        "mouthSmile": 0.82,
        "mouthDimple": 0.15,
        "cheekRaiser": 0.30,
        "cheekSquint": 0.25,
        "eyeWide": 0.10,
        "mouthUpperUp": 0.20,
        "browOuterUp": 0.15,
        "jawOpen": 0.05,
    },
    # AU 1 4 15 17, lids lowered
    "sad": {
        "browInnerUp": 1.45,
        "browDown": 0.40,
        "mouthFrown": 0.98,
        "mouthShrugLower": 0.45,
        "mouthShrugUpper": 0.22,
        "eyeBlink": 0.18,
        "eyeSquint": 0.15,
        "mouthPress": 0.10,
        "cheekRaiser": 0.10,
    },
    # AU 1 2 5 26
    "surprised": {
        "browInnerUp": 1.15,
        "browOuterUp": 1.20,
        "eyeWide": 1.10,
        "jawOpen": 0.38,
        "mouthFunnel": 0.16,
    },
}

ARTICULATION_GAIN = {
    "neutral": 1.0,
    "angry": 1.15,
    "contempt": 0.95,
    "disgusted": 1.0,
    "fear": 1.0,
    "happy": 1.05,
    "sad": 0.95,
    "surprised": 1.05,
}
"""How much more or less jaw and lips move in speech with this emotion."""
GAINED = ("jaw", "upper", "lower")

WIDENING = ("mouthSmile", "mouthStretch", "mouthDimple")
OPENING = ("mouthUpperUp", "mouthLowerDown", "mouthFunnel")
SHUTTING = ("mouthPress", "mouthShrugLower", "mouthShrugUpper")
LARGEST = 2.0
"""No shape is driven further than this."""
SMALLEST = {"browInnerUp": -1.0, "mouthUpperUp": -0.5}
"""Shapes that may be driven backwards, and how far."""
LOWERED_AT_CONTACT = 0.35
"""How much of an emotion's raised upper lip comes down for p b m f v; the lower lip comes up for the rest."""
EARLY = 0.5
"""How much more than its share of the full expression a trace of feeling shows: a third shows 0.44, two thirds 0.78."""
VARIATION = 0.12
"""Standard deviation of a person's own way from the table, by shape."""
ASYMMETRY = 0.06


@dataclass(frozen=True)
class EmotionStyle:
    """One person's way to show each emotion."""

    shapes: np.ndarray
    """(8, E) expression at intensity 1, rows as EMOTIONS; the row of neutral is zero."""


def emotion_style(names: tuple[str, ...], rng: np.random.Generator | None = None) -> EmotionStyle:
    """The table's expressions, varied at random where a generator is given.

    Args:
        names: the expression's columns.
    """
    shapes = np.zeros((len(EMOTIONS), len(names)))
    for row, emotion in enumerate(EMOTIONS):
        for name, amount in EMOTION_SHAPES[emotion].items():
            if rng is not None:
                amount *= float(np.clip(1.0 + VARIATION * rng.standard_normal(), 0.65, 1.3))
            for side in _columns(name, names):
                lopsided = 1.0 if rng is None else float(1.0 + ASYMMETRY * rng.standard_normal())
                shapes[row, side] = amount * lopsided
    if rng is not None and rng.random() < 0.5:
        row = EMOTIONS.index("contempt")
        shapes[row] = shapes[row, _mirrored(names)]
    return EmotionStyle(shapes)


def speech_expressions(motion: Articulation, gain: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """(T, E) expressions of the articulators alone, without contacts; `gain` (T,) scales jaw and lip opening."""
    expressions = np.zeros((len(motion.controls), len(names)))
    for column, control in enumerate(CONTROL_NAMES):
        values = motion.controls[:, column] * gain if control in GAINED else motion.controls[:, column]
        for shape in CONTROLS[control]:
            expressions[:, names.index(shape)] += values
    return expressions


def speak_with_emotion(
    motion: Articulation, weights: np.ndarray, style: EmotionStyle, contacts: MouthContacts
) -> np.ndarray:
    """(T, E) the face that speaks and feels; with all weight on neutral exactly the face that only speaks.

    Args:
        motion: speech at 25 fps.
        weights: (T, 8) emotion weights, rows sum to 1.
    """
    names = contacts.names
    gain = weights @ np.array([ARTICULATION_GAIN[emotion] for emotion in EMOTIONS])
    # Where only neutral has weight the gain is exactly 1.
    gain = np.where(weights[:, 0] == 1.0, 1.0, gain)
    expressions = speech_expressions(motion, gain, names)
    intensity = 1.0 - weights[:, :1]
    feeling = (1.0 + EARLY * (1.0 - intensity)) * (weights[:, 1:] @ style.shapes[1:])
    felt = feeling * _yielding(motion, names)
    upper_lip = contacts.opening + contacts.cover
    expressions += felt
    for name in ("mouthUpperUp", "mouthLowerDown", "mouthFunnel", "jawOpen"):
        # Openings of speech itself fade as well when the lips close.
        for column in _columns(name, names):
            expressions[:, column] *= 1.0 - (0.4 if name == "jawOpen" else 0.85) * motion.lips
    expressions += _upper_lip(felt @ upper_lip, motion, upper_lip, names)
    lowest = np.array([SMALLEST.get(name.removesuffix("_L").removesuffix("_R"), 0.0) for name in names])
    return np.clip(contacts.enforce(expressions, motion.lips, motion.teeth), lowest, LARGEST)


def _yielding(motion: Articulation, names: tuple[str, ...]) -> np.ndarray:
    """(T, E) how much of an emotion's shape speech leaves: visemes stay readable, eyes and brows are untouched."""
    jaw = motion.controls[:, CONTROL_NAMES.index("jaw")]
    speaking = np.clip(jaw / 0.15, 0.0, 1.0)
    left = np.ones((len(jaw), len(names)))

    def reduce(shapes: tuple[str, ...], factor: np.ndarray) -> None:
        for name in shapes:
            for column in _columns(name, names):
                left[:, column] *= factor

    closed = np.maximum(motion.lips, motion.teeth)
    reduce(WIDENING, (1.0 - 0.55 * motion.rounding) * (1.0 - 0.15 * closed))
    reduce(OPENING, 1.0 - 0.9 * closed)
    reduce(("mouthFunnel",), 1.0 - 0.5 * speaking)
    reduce(("mouthFrown",), 1.0 - 0.35 * closed)
    reduce(SHUTTING, 1.0 - 0.75 * speaking)
    # The jaw drop of surprise is a rest posture: speech takes the jaw over, contacts and sibilants wholly.
    reduce(("jawOpen",), (1.0 - 0.95 * closed) * (1.0 - 0.7 * motion.narrow) * (1.0 - 0.5 * speaking))
    reduce(("jawForward",), 1.0 - 0.6 * closed)
    return left


def _upper_lip(raised: np.ndarray, motion: Articulation, upper_lip: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """(T, E) what moves an upper lip that an emotion holds too high for p b m f v, or too low for f and v to show.

    A sneer's own shape does not yield: it moves brows and lids too, which would twitch with every closure.

    Args:
        raised: (T,) metres that the emotion raises the upper lip.
        upper_lip: (E,) metres that each shape raises it.
    """
    columns = _columns("mouthUpperUp", names)
    closed = np.maximum(motion.lips, motion.teeth)
    wanted = -LOWERED_AT_CONTACT * closed * np.maximum(raised, 0.0)
    wanted += motion.teeth * (1.0 - motion.lips) * np.maximum(-raised, 0.0)
    brought = np.zeros((len(raised), len(names)))
    brought[:, columns] = (wanted / upper_lip[columns].sum())[:, None]
    return brought


def _columns(name: str, names: tuple[str, ...]) -> list[int]:
    """Columns of a shape, of both sides where the name has none."""
    if name in names:
        return [names.index(name)]
    return [names.index(f"{name}_L"), names.index(f"{name}_R")]


def _mirrored(names: tuple[str, ...]) -> list[int]:
    swap = {"_L": "_R", "_R": "_L"}
    return [names.index(n[:-2] + swap[n[-2:]]) if n[-2:] in swap else names.index(n) for n in names]
