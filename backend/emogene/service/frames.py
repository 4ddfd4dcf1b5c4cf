"""Finished frames, each under a key that is the hash of exactly what the picture depends on."""

import hashlib
import os
from pathlib import Path

import numpy as np

from emogene.service.whole_files import is_whole
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


class FrameStore:
    """A folder of PNG and EXR files named by key. Files appear whole: written under a temporary name, then renamed."""

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.frame"

    def has(self, key: str) -> bool:
        """Whether the frame is here and was written to its end."""
        return is_whole(self.path(key))

    def read(self, key: str) -> bytes:
        """The file.

        Raises:
            OSError: it is not here.
        """
        return self.path(key).read_bytes()

    def write(self, key: str, content: bytes) -> None:
        path = self.path(key)
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f".{key}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
