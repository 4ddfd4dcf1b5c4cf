"""Figures of the displacement itself: its error against true emotional motion, levels between levels, and none at 0."""

import numpy as np

from emogene.evaluation.emotion_material import EmotionMaterial, Take
from emogene.evaluation.suite import Values
from emogene_proto.names import EMOTIONS, MOUTH

BETWEEN = ((1 / 3, 1 / 2, 2 / 3), (2 / 3, 5 / 6, 1.0))
"""MEAD's levels 1, 1.5, 2 and 2, 2.5, 3 as intensities."""
MOVING_METRES = 1e-4
"""A coordinate that moves by less from a level to the next does not show."""


def errors(material: EmotionMaterial) -> Values:
    """Mean distance of landmarks to the true emotional ones, with and without the deformation (table IV, M/F-LMD)."""
    missed: dict[str, list[np.ndarray]] = {"": [], "_without": []}
    for take in material.takes:
        length = min(len(take.neutral), len(take.clip.emotional))
        truth = take.clip.emotional[:length]
        for name, landmarks in (("", take.followed(take.clip.weights)), ("_without", take.neutral)):
            missed[name].append(np.linalg.norm(landmarks[:length] - truth, axis=2) * 1000.0)
    values: Values = {}
    for name, parts in missed.items():
        distances = np.concatenate(parts)
        values[f"mouth_error_emotional{name}_mm"] = float(distances[:, list(MOUTH)].mean())
        values[f"face_error_emotional{name}_mm"] = float(distances.mean())
    return values


def half_levels(material: EmotionMaterial) -> Values:
    """Share of moving coordinates that lie between those of the levels below and above."""
    between, moving = 0, 0
    for take in material.few_takes:
        for emotion in EMOTIONS[1:]:
            for low, half, high in BETWEEN:
                below, middle, above = (take.felt(emotion, level) for level in (low, half, high))
                moves = np.abs(above - below) > MOVING_METRES
                inside = (middle >= np.minimum(below, above)) & (middle <= np.maximum(below, above))
                between += int((inside & moves).sum())
                moving += int(moves.sum())
    return {"half_levels_between": 100.0 * between / moving if moving else None}


def nothing_at_zero(material: EmotionMaterial) -> Values:
    """Millimetres by which an emotion of intensity 0 moves anything."""
    return {"zero_intensity_displacement_mm": max(_moved_at_zero(take) for take in material.few_takes)}


def _moved_at_zero(take: Take) -> float:
    return max(float(np.abs(take.felt(emotion, 0.0) - take.neutral).max()) * 1000.0 for emotion in EMOTIONS[1:])
