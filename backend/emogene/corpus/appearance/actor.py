"""Who the pictured actor is: a man of thirty-five with short dark hair and slight stubble, in a knitted sweater."""

from dataclasses import dataclass, field, replace

import numpy as np

from emogene.corpus.face_model import FaceModel
from emogene.corpus.tongue import with_tongue
from emogene.values import Camera

Colour = tuple[float, float, float]
"""sRGB, 0..1."""


@dataclass(frozen=True)
class Actor:
    """Identity and look. Everything else follows from these numbers and the face model."""

    seed: int = 35
    identity: tuple[float, ...] = (-0.7, -0.5, 0.95, 0.5, 0.35, 0.3, 0.0, 0.3, -0.35)
    """Leading coefficients of the face model's identity, in standard deviations."""
    resting: dict[str, float] = field(
        default_factory=lambda: {"eyeBlink_L": 0.08, "eyeBlink_R": 0.08, "mouthSmile_L": 0.05, "mouthSmile_R": 0.06}
    )
    """Expression that the face has at rest: the face model's own neutral stares."""

    skin: Colour = (0.785, 0.62, 0.52)
    blood: Colour = (0.76, 0.42, 0.36)
    """What the skin tends to where blood is near: cheeks, nose, ears."""
    lips: Colour = (0.665, 0.43, 0.395)
    stubble: Colour = (0.36, 0.30, 0.27)
    hair: Colour = (0.20, 0.145, 0.105)
    brows: Colour = (0.21, 0.155, 0.115)
    lashes: Colour = (0.06, 0.045, 0.04)
    iris: Colour = (0.27, 0.37, 0.41)
    iris_centre: Colour = (0.42, 0.33, 0.20)
    sweater: Colour = (0.20, 0.275, 0.335)

    scalp_strands: int = 34_000
    brow_strands: int = 620
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


def actor_face(actor: Actor, model: FaceModel) -> FaceModel:
    """The actor's own face as a face model with tongue: no expression is his resting face, and identity is built in."""
    model = with_tongue(model)
    rest = np.zeros(len(model.expression_names), np.float32)
    for name, amount in actor.resting.items():
        rest[model.expression_index[name]] = amount
    # Where a shape is part of the resting face, its full use adds only what is left of it.
    return replace(
        model,
        vertices=model.shape(identity_coefficients(actor), rest),
        expressions=model.expressions * (1.0 - rest)[:, None, None],
    )


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
