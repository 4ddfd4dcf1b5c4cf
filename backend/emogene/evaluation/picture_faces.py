"""Faces for the contact sheets, acted by the corpus' own rules: emotions by visemes, and looks by lids."""

from collections.abc import Sequence

import numpy as np

from emogene.corpus.expressions import emotion_style, speak_with_emotion
from emogene.corpus.mouth_contacts import MouthContacts
from emogene.corpus.performance import PerformanceClip, full_expression
from emogene.corpus.phones import BILABIALS, LABIODENTALS
from emogene.corpus.visemes import CONTROL_NAMES, SIBILANTS, TARGETS, Articulation
from emogene.render.neck import TORSO_POSE
from emogene_proto.names import EMOTIONS

VISEMES = ("m", "f", "aa", "iy", "uw", "sh")
"""Lips closed, lip at the teeth, wide open, spread, round, teeth together."""
_YAWS, _PITCHES = np.radians((-20.0, -10.0, 0.0, 10.0, 20.0)), np.radians((12.0, 0.0, -12.0))
LOOKS = tuple((float(yaw), float(pitch)) for pitch in _PITCHES for yaw in _YAWS)
"""Gaze in radians: to the subject's right to left, rows from up to down."""
BLINKS = (0.0, 0.3, 0.6, 0.85, 1.0)


def held(phone: str) -> Articulation:
    """One frame of a phone that is held: its targets in full."""
    targets = TARGETS[phone]
    controls = np.array([[targets.get(name, 0.0) for name in CONTROL_NAMES]])
    lips, teeth, narrow = (np.array([float(phone in some)]) for some in (BILABIALS, LABIODENTALS, SIBILANTS))
    return Articulation(controls, lips, teeth, narrow)


def spoken(contacts: MouthContacts, emotion: str, phone: str) -> np.ndarray:
    """(E,) float32 expression of a phone held in a full emotion."""
    weights = np.zeros((1, len(EMOTIONS)))
    weights[0, EMOTIONS.index(emotion)] = 1.0
    return speak_with_emotion(held(phone), weights, emotion_style(contacts.names), contacts)[0].astype(np.float32)


def looking(names: tuple[str, ...], looks: Sequence[tuple[float, float]], blinks: Sequence[float]) -> np.ndarray:
    """(L, E) float32 expressions of a resting face that looks and blinks so.

    Args:
        names: the expression's columns.
        looks: L of yaw and pitch, radians.
        blinks: L of closure, 0 to 1.
    """
    count = len(looks)
    still = np.zeros((count, len(names)), np.float32)
    weights = np.eye(len(EMOTIONS), dtype=np.float32)[np.zeros(count, int)]
    clip = PerformanceClip(
        audio=np.zeros(0, np.float32), phones=(), neutral=still, emotional=still, weights=weights,
        blink=np.asarray(blinks, np.float32), gaze=np.asarray(looks, np.float32),
        poses=np.tile(TORSO_POSE, (count, 1, 1)), text="", voice="", names=names,
    )  # fmt: skip
    return full_expression(clip)
