"""Figure of how steady speaking lips are under emotion: how often they turn back sharply, as no speaker does."""

from collections.abc import Iterable

import numpy as np

from emogene.evaluation import mouth
from emogene.evaluation.emotion_material import EmotionMaterial, Take
from emogene.evaluation.suite import Values
from emogene_proto.names import EMOTIONS, MODEL_FPS

LEAST_MM = 2.0
"""What the gap of the lips changes from frame to frame, before and after it turns, at least."""
FIGURES = ("lip_reversals_under_emotion", "lip_reversals_neutral", "lip_reversals_unheld")
_MINUTE = 60 * MODEL_FPS


def lip_reversals_under_emotion(material: EmotionMaterial) -> Values:
    """Sharp turns a minute in recordings of people: the worst emotion, none, and the worst with nothing held."""
    takes = material.human_takes
    felt = [_per_minute(take.felt(emotion) for take in takes) for emotion in EMOTIONS[1:]]
    unheld = [_per_minute(_unheld(take, column) for take in takes) for column in range(1, len(EMOTIONS))]
    values = (_most(felt), _per_minute(take.neutral for take in takes), _most(unheld))
    return dict(zip(FIGURES, values, strict=True))


def reversals(gap: np.ndarray, least_mm: float = LEAST_MM) -> int:
    """How often lips turn from opening to closing, or back, by `least_mm` in the frame before and in that after.

    Args:
        gap: (T,) millimetres at 25 fps, see `mouth.lip_gap`.
    """
    step = np.diff(gap)
    before, after = step[:-1], step[1:]
    turned = (before * after < 0.0) & (np.minimum(np.abs(before), np.abs(after)) >= least_mm)
    return int(np.count_nonzero(turned))


def _unheld(take: Take, column: int) -> np.ndarray:
    """(T, 68, 3) what the deformation makes of a take, before its contacts are given back."""
    weights = np.zeros((len(take.neutral), len(EMOTIONS)), np.float32)
    weights[:, column] = 1.0
    return take.performer.ldm.deform(take.neutral, take.rest, weights)


def _per_minute(shown: Iterable[np.ndarray]) -> float | None:
    """Of consecutive (T, 68, 3) landmarks at 25 fps; None of no frames."""
    turns, frames = 0, 0
    for landmarks in shown:
        turns += reversals(mouth.lip_gap(landmarks))
        frames += len(landmarks)
    return turns * _MINUTE / frames if frames else None


def _most(shares: list[float | None]) -> float | None:
    return max((share for share in shares if share is not None), default=None)
