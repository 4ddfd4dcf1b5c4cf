"""What an engine asks of its numbers: kernels turn positions into table indices, and NaN would be any index."""

import numpy as np

from emogene.values import Camera, FaceState
from emogene_proto.errors import RenderError

NEAR = 1e3
"""Landmarks and head lie within so many metres of the world's origin."""
FAR = 1e9
"""So does the camera; and its focal length is shorter than so many pixels."""


def require_sane(face: FaceState, camera: Camera) -> None:
    """Refuse what no picture can be made of.

    Raises:
        RenderError: a number of the face or of the camera is not finite, or absurdly large.
    """
    numbers = {
        "landmarks": (face.landmarks, NEAR),
        "gaze": (face.gaze, NEAR),
        "head pose": (face.pose, NEAR),
        "camera": (np.append(np.asarray(camera.camera_to_world), camera.focal_px), FAR),
    }
    for name, (values, largest) in numbers.items():
        # Not "any above": comparisons with NaN are never true.
        if not (np.abs(values) < largest).all():
            raise RenderError(
                f"The {name} of this frame holds numbers that are not positions.",
                "Plan the shot again; check the actor pack.",
            )
