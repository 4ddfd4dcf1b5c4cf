"""Who the pictured actor is: a man of about thirty-five with short dark hair and slight stubble, in a knitted sweater."""

from dataclasses import dataclass, field

import numpy as np

from emogene.corpus.face_model import FaceModel
from emogene.values import Camera

Colour = tuple[float, float, float]
"""sRGB, 0..1."""


@dataclass(frozen=True)
class Actor:
    """Identity and look. Everything else follows from these numbers and the face model."""

    seed: int = 35
    identity: tuple[float, ...] = (-0.85, 0.25, 0.75, -0.45, 0.35, -0.3, 0.5, 0.3, -0.35, 0.3, 0.2, -0.25)
    """Leading coefficients of the face model's identity, in standard deviations."""
    resting: dict[str, float] = field(
        default_factory=lambda: {"eyeBlink_L": 0.16, "eyeBlink_R": 0.16, "mouthSmile_L": 0.05, "mouthSmile_R": 0.06}
    )
    """Expression that the face has at rest: the face model's own neutral stares."""

    skin: Colour = (0.80, 0.625, 0.525)
    blood: Colour = (0.76, 0.42, 0.36)
    """What the skin tends to where blood is near: cheeks, nose, ears."""
    lips: Colour = (0.70, 0.435, 0.40)
    stubble: Colour = (0.36, 0.30, 0.27)
    hair: Colour = (0.20, 0.145, 0.105)
    brows: Colour = (0.17, 0.12, 0.09)
    lashes: Colour = (0.06, 0.045, 0.04)
    iris: Colour = (0.33, 0.46, 0.52)
    iris_centre: Colour = (0.46, 0.38, 0.24)
    sweater: Colour = (0.17, 0.25, 0.32)

    scalp_strands: int = 26_000
    brow_strands: int = 420
    """On each side."""

    focal_mm: float = 85.0
    sensor_mm: float = 36.0
    camera_distance: float = 1.0
    """Metres from the point looked at."""
    camera_target: tuple[float, float, float] = (0.0, 0.0, -0.038)
    """World point in the middle of the actor's own picture."""


def identity_coefficients(actor: Actor) -> np.ndarray:
    """(100,) float32 coefficients of the face model's identity."""
    coefficients = np.zeros(100, np.float32)
    coefficients[: len(actor.identity)] = actor.identity
    return coefficients


def settled(actor: Actor, model: FaceModel, expression: np.ndarray) -> np.ndarray:
    """(E,) expression coefficients as this actor shows them: the resting face fades out as a shape's own use grows."""
    out = np.array(expression, np.float32)
    for name, amount in actor.resting.items():
        i = model.expression_index[name]
        out[..., i] = amount + (1.0 - amount) * out[..., i]
    return out


def own_camera(actor: Actor, size: int) -> Camera:
    """The actor's frontal portrait camera."""
    return orbit_camera(actor, size)


def orbit_camera(actor: Actor, size: int, yaw: float = 0.0, pitch: float = 0.0, distance: float = 1.0) -> Camera:
    """A camera that looks at the actor from `yaw` (towards the subject's left) and `pitch` (from above), radians.

    `distance` is a factor on the actor's own camera distance.
    """
    backward = np.array([np.sin(yaw) * np.cos(pitch), -np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
    right = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = right, np.cross(backward, right), backward
    matrix[:3, 3] = np.array(actor.camera_target) + backward * actor.camera_distance * distance
    return Camera(matrix, actor.focal_mm, actor.sensor_mm, size, size)
