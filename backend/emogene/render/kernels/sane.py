"""What an engine asks of its numbers: kernels turn positions into table indices, and NaN would be any index."""

import numpy as np

from emogene.values import Camera, FaceState
from emogene_proto.errors import RenderError

NEAR = 1e3
"""Landmarks and head lie within so many metres of the world's origin."""
FAR = 1e9
"""So does the camera; its focal length is shorter than so many pixels, its view shifted by fewer."""
NEAREST = 1e-6
"""Its focal length in pixels, and the height of a pixel over its width, are at least so much."""


def require_sane(face: FaceState, camera: Camera) -> None:
    """Refuse what no picture can be made of.

    Raises:
        RenderError: a number of the face or of the camera is not finite, or absurdly large.
    """
    lens = camera.focal_px, camera.pixel_aspect
    numbers = {
        "landmarks": (face.landmarks, NEAR),
        "gaze": (face.gaze, NEAR),
        "head pose": (face.pose, NEAR),
        "camera": (np.append(np.asarray(camera.camera_to_world), [*lens, *camera.shift_px]), FAR),
    }
    for name, (values, largest) in numbers.items():
        # Not "any above": comparisons with NaN are never true.
        if not (np.abs(values) < largest).all():
            raise _senseless(name)
    if not min(lens) >= NEAREST:
        raise _senseless("camera")


def _senseless(name: str) -> RenderError:
    return RenderError(
        f"The {name} of this frame holds numbers that are not positions.",
        "Plan the shot again; check the actor pack.",
    )
