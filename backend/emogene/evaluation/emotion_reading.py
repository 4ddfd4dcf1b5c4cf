"""Figures of what a reader sees in the face: which emotion, and how much of it."""

import numpy as np
from scipy.stats import rankdata

from emogene.evaluation.emotion_classifier import named_emotion
from emogene.evaluation.emotion_material import FULL, THIRD, EmotionMaterial, Take
from emogene.evaluation.suite import Values
from emogene_proto.names import EMOTIONS

LEVELS = np.linspace(0.0, 1.0, 21)
"""Intensities that are asked for to see whether more is read where more was asked for."""
TRUE_LEVELS = {FULL: (0.95, 1.01), THIRD: (0.28, 0.39)}
"""Intensities of true frames that are read beside those asked for: the corpus has few of exactly a third."""


def accuracies(material: EmotionMaterial) -> Values:
    """Which emotion is read where each of the eight is asked for."""
    full, third = (material.commanded[intensity] for intensity in (FULL, THIRD))
    return {
        "emotion_accuracy": accuracy(full.confusion),
        "emotion_accuracy_third": accuracy(third.confusion),
        "emotion_accuracy_worst": _worst(full.confusion),
        "emotion_accuracy_third_worst": _worst(third.confusion),
        "emotion_score": 100.0 * full.score,
        "emotion_score_third": 100.0 * third.score,
    }


def without_deformation(material: EmotionMaterial) -> Values:
    """The same with emotions that displace nothing: all else of the pipeline must tell nothing (table IV)."""
    found = material.commanded_without
    return {"ablation_accuracy": accuracy(found.confusion), "ablation_score": 100.0 * found.score}


def truth(material: EmotionMaterial) -> Values:
    """The same of the clips' true emotional motion: what a perfect actor would get from this reader."""
    return {
        "emotion_accuracy_truth": _true_accuracy(material, *TRUE_LEVELS[FULL]),
        "emotion_accuracy_third_truth": _true_accuracy(material, *TRUE_LEVELS[THIRD]),
    }


def intensities(material: EmotionMaterial) -> Values:
    """Rank correlation of the intensity asked for with the one that is read, of each emotion.

    Its unit is a take: the mean of what is read in its frames. `_frames` takes every frame by itself.
    """
    of_takes, of_frames, lowest = {}, {}, {}
    for emotion in EMOTIONS[1:]:
        read = [_read_levels(material, emotion, number, take) for number, take in enumerate(material.few_takes)]
        means = np.array([levels.mean(1) for levels in read])
        of_takes[emotion] = _rank(np.tile(LEVELS, len(read)), means.ravel())
        lowest[emotion] = min(_rank(LEVELS, row) for row in means)
        frames = np.concatenate(read, 1)
        of_frames[emotion] = _rank(np.repeat(LEVELS, frames.shape[1]), frames.ravel())
    values: Values = {f"intensity_rank_correlation_{emotion}": value for emotion, value in of_takes.items()}
    return values | {
        "intensity_rank_correlation": min(of_takes.values()),
        "intensity_rank_correlation_one_take": min(lowest.values()),
        "intensity_rank_correlation_frames": min(of_frames.values()),
    }


def accuracy(confusion: np.ndarray) -> float:
    """Per cent of frames in which the emotion asked for is read; each emotion counts as much."""
    return float(100.0 * np.trace(confusion) / confusion.sum())


def _worst(confusion: np.ndarray) -> float:
    return float((100.0 * np.diag(confusion) / confusion.sum(1)).min())


def _read_levels(material: EmotionMaterial, emotion: str, number: int, take: Take) -> np.ndarray:
    """(21, T) intensity of the emotion that is read at each level that is asked for."""
    column = EMOTIONS.index(emotion)
    return np.array(
        [
            material.reader.read(take.felt(emotion, float(level)), take.rest, 100 * number + i).intensities[:, column]
            for i, level in enumerate(LEVELS)
        ]
    )


def _rank(asked: np.ndarray, read: np.ndarray) -> float:
    """Spearman's."""
    return float(np.corrcoef(rankdata(asked), rankdata(read))[0, 1])


def _true_accuracy(material: EmotionMaterial, least: float, most: float) -> float | None:
    """Mean over emotions; None where one is never shown at these intensities."""
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)))
    for number, take in enumerate(material.takes):
        named, intensity = named_emotion(take.clip.weights)
        rows = (named == 0) | ((named > 0) & (intensity >= least) & (intensity <= most))
        if rows.any():
            read = material.reader.read(take.clip.emotional[rows], take.rest, number).emotions
            np.add.at(confusion, (named[rows], read), 1)
    frames = confusion.sum(1)
    return float(100.0 * (np.diag(confusion) / frames).mean()) if frames.all() else None
