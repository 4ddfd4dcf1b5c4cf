"""Under which key a finished frame lies: the hash of exactly what the picture depends on."""

import hashlib

import numpy as np

from emogene.values import Camera, FaceState


def frame_key(face: FaceState, camera: Camera, renderer: str, output: str) -> str:
    """The key of one frame.

    Args:
        camera: the frame's own, so of a track that changes only changed frames are rendered again.
        renderer: says which actor, background, engine and code draw it.
        output: the form of its file, one of OUTPUTS.
    """
    digest = hashlib.sha256(f"{renderer} {output}".encode())
    for array in (face.landmarks, face.gaze, face.pose):
        digest.update(np.ascontiguousarray(array, "<f4").tobytes())
    digest.update(np.ascontiguousarray(camera.camera_to_world, "<f8").tobytes())
    lens = (camera.focal_mm, camera.sensor_mm, *camera.shift_px, camera.pixel_aspect)
    digest.update(np.array([*lens, camera.width, camera.height], "<f8").tobytes())
    return digest.hexdigest()
