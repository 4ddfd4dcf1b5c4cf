"""Figures of how speech survives emotion: lips that close, and sounds that can still be told from each other."""

from collections.abc import Sequence

import numpy as np

from emogene.evaluation import mouth
from emogene.evaluation.emotion_material import EmotionMaterial, Take
from emogene.evaluation.figures import percent
from emogene.evaluation.suite import Values
from emogene.evaluation.viseme_classifier import sounding
from emogene_proto.names import EMOTIONS

FELT = EMOTIONS[1:]


def human_closures(material: EmotionMaterial) -> Values:
    """Lips that close in recordings of people: under each emotion, of those that close without."""
    kept, wrong = _closures(material.human_takes)
    values: Values = {f"closure_under_{emotion}": kept[emotion] for emotion in FELT}
    return values | {
        "closure_under_emotion": _lowest(kept),
        "false_closure_under_emotion": _highest(wrong),
        "false_closure_neutral": wrong[EMOTIONS[0]],
    }


def synthetic_closures(material: EmotionMaterial) -> Values:
    """The same in the held-out clips, whose phones are the speech program's own."""
    kept, wrong = _closures(material.takes)
    return {
        "synthetic_closure_under_emotion": _lowest(kept),
        "synthetic_false_closure_emotion": _highest(wrong),
        "synthetic_false_closure_neutral": wrong[EMOTIONS[0]],
    }


def visemes(material: EmotionMaterial) -> Values:
    """Frames with a sound in which the mouth looks like this sound: without emotion, with each, and in the truth."""
    reader = material.viseme_reader
    right: dict[str, list[np.ndarray]] = {name: [] for name in (*EMOTIONS, "truth")}
    for take in material.takes:
        shown = {emotion: take.felt(emotion) for emotion in EMOTIONS}
        for name, landmarks in (*shown.items(), ("truth", take.clip.emotional)):
            group = sounding(take.phones, len(landmarks))
            right[name].append((reader.read(landmarks, take.rest) == group)[group >= 0])
    shares = {name: percent(np.concatenate(found)) for name, found in right.items()}
    neutral, worst = shares[EMOTIONS[0]], _lowest({emotion: shares[emotion] for emotion in FELT})
    return {
        "viseme_accuracy_neutral": neutral,
        "viseme_accuracy_under_emotion": worst,
        "viseme_kept": 100.0 * worst / neutral if neutral and worst is not None else None,
        "viseme_accuracy_truth": shares["truth"],
    }


def _closures(takes: Sequence[Take]) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Per cent of the p b m closed in neutral that close under each emotion, and of other sounds falsely closed."""
    kept: dict[str, list[np.ndarray]] = {emotion: [] for emotion in FELT}
    wrong: dict[str, list[np.ndarray]] = {emotion: [] for emotion in EMOTIONS}
    for take in takes:
        neutral = mouth.lip_gap(take.neutral)
        limit = mouth.closed_below(neutral)
        closed = mouth.closures(neutral, take.phones)
        for emotion in EMOTIONS:
            gap = mouth.lip_gap(take.felt(emotion))
            wrong[emotion].append(mouth.falsely_closed(gap, take.phones, limit))
            if emotion != EMOTIONS[0]:
                # An emotion that opens the mouth must not make the limit laxer.
                strict = min(limit, mouth.closed_below(gap))
                kept[emotion].append(mouth.closures(gap, take.phones, strict)[closed])
    return _shares(kept), _shares(wrong)


def _shares(found: dict[str, list[np.ndarray]]) -> dict[str, float | None]:
    return {emotion: percent(np.concatenate([np.zeros(0, bool), *parts])) for emotion, parts in found.items()}


def _lowest(shares: dict[str, float | None]) -> float | None:
    return min((share for share in shares.values() if share is not None), default=None)


def _highest(shares: dict[str, float | None]) -> float | None:
    return max((share for emotion, share in shares.items() if share is not None and emotion in FELT), default=None)
