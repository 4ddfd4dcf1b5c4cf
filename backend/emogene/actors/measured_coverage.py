"""How far an actor's emotions lie from the pictures that its head field learned from, measured when a pack is built."""

from typing import TYPE_CHECKING

import numpy as np

from emogene.actors.coverage import EmotionCoverage
from emogene_proto.errors import ActorError
from emogene_proto.names import EMOTIONS, LANDMARK_COUNT

if TYPE_CHECKING:
    from emogene.actors.pack import Actor

INTENSITIES = (1 / 3, 2 / 3, 1.0, 4 / 3, 5 / 3, 2.0)
SMALLEST_USUAL_MM = 0.3
"""Pictures that lie nearer to each other than landmarks can be measured make no stricter scale."""
NEUTRAL_FACES = 200
"""So many are given each emotion."""
_NEUTRAL_WEIGHT = 0.95
_OPEN_EYES = 0.2
_BLOCK = 512


def measure_coverage(
    actor: "Actor", landmarks: np.ndarray, weights: np.ndarray, blink: np.ndarray, held_out: np.ndarray
) -> EmotionCoverage:
    """Distances of the actor's emotions from its pictures, in units of what held-out pictures have themselves.

    A distance is that of a whole face: the root of the mean square over its 68 landmarks, to the nearest picture that
    was trained on. Neutral faces with open eyes are the pictured ones; with real speech in their place distances came
    out a fifth smaller up to full intensity, and a fifth larger beyond.

    Args:
        landmarks: (N, 68, 3) metres of the pictured frames.
        weights: (N, 8) their emotion weights.
        blink: (N,) closure of their lids, 0 to 1.
        held_out: (N,) bool, pictures that were not trained on.

    Raises:
        ActorError: no pictures were held out or trained on, or none shows a neutral face.
    """
    if held_out.all() or not held_out.any():
        raise ActorError("No pictures were held out of the training.", "Make the corpus with 22 pictures or more.")
    trained = landmarks[~held_out]
    neutral = landmarks[(weights[:, 0] > _NEUTRAL_WEIGHT) & (blink < _OPEN_EYES)]
    neutral = neutral[:: max(1, len(neutral) // NEUTRAL_FACES)]
    if not len(neutral):
        raise ActorError("The pictures show no neutral face.", "Make the corpus with neutral frames in it.")
    usual_mm = max(1000.0 * float(nearest(landmarks[held_out], trained).mean()), SMALLEST_USUAL_MM)
    distances = {}
    for emotion in EMOTIONS[1:]:
        faces = (_felt(actor, neutral, emotion, intensity) for intensity in INTENSITIES)
        row = (1000.0 * float(nearest(face, trained).mean()) / usual_mm for face in faces)
        distances[emotion] = tuple(round(distance, 2) for distance in row)
    intensities = tuple(round(intensity, 2) for intensity in INTENSITIES)
    return EmotionCoverage(round(usual_mm, 3), intensities, distances)


def nearest(faces: np.ndarray, pictured: np.ndarray) -> np.ndarray:
    """(F,) metres from each of (F, 68, 3) faces to the nearest of (N, 68, 3): root of the mean square of landmarks."""
    # Away from their mean, squares are small, and so is the rounding of their differences.
    centre = pictured.mean(0, dtype=np.float64)
    flat = (pictured - centre).reshape(len(pictured), -1)
    squares = np.square(flat).sum(1)
    found = np.empty(len(faces))
    for first in range(0, len(faces), _BLOCK):
        block = (faces[first : first + _BLOCK] - centre).reshape(-1, flat.shape[1])
        apart = np.square(block).sum(1)[:, None] + squares - 2.0 * block @ flat.T
        found[first : first + _BLOCK] = np.sqrt(np.maximum(apart.min(1), 0.0) / LANDMARK_COUNT)
    return found


def _felt(actor: "Actor", neutral: np.ndarray, emotion: str, intensity: float) -> np.ndarray:
    """(F, 68, 3) neutral faces with an emotion; over full intensity its displacement is driven further."""
    weights = np.zeros((len(neutral), len(EMOTIONS)), np.float32)
    weights[:, EMOTIONS.index(emotion)] = min(intensity, 1.0)
    weights[:, 0] = 1.0 - weights[:, 1:].sum(1)
    moved = actor.ldm.deform(neutral, actor.rest, weights) - neutral
    return neutral + max(intensity, 1.0) * moved
