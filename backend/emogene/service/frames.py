"""Finished frames, each under a key that is the hash of exactly what the picture depends on."""

import hashlib
import os
from pathlib import Path

import numpy as np

from emogene.values import Camera, FaceState

_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def frame_key(face: FaceState, camera: Camera, renderer: str) -> str:
    """The key of one frame.

    Args:
        renderer: says which actor, engine and code draw it.
    """
    digest = hashlib.sha256(renderer.encode())
    for array in (face.landmarks, face.gaze, face.pose):
        digest.update(np.ascontiguousarray(array, "<f4").tobytes())
    digest.update(np.ascontiguousarray(camera.camera_to_world, "<f8").tobytes())
    digest.update(np.array([camera.focal_mm, camera.sensor_mm, camera.width, camera.height], "<f8").tobytes())
    return digest.hexdigest()


class FrameStore:
    """A folder of PNG files named by key. Files appear whole: written under a temporary name, then renamed."""

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.png"

    def has(self, key: str) -> bool:
        """Whether the frame is here and was written to its end."""
        try:
            with self.path(key).open("rb") as file:
                file.seek(-len(_PNG_END), os.SEEK_END)
                return file.read() == _PNG_END
        except OSError:
            return False

    def read(self, key: str) -> bytes:
        """The PNG file.

        Raises:
            OSError: it is not here.
        """
        return self.path(key).read_bytes()

    def write(self, key: str, png: bytes) -> None:
        path = self.path(key)
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f".{key}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                file.write(png)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
