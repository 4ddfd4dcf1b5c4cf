"""Finished frames, each under a key that is the hash of exactly what the picture depends on (frame_keys.py)."""

import os
from pathlib import Path

from emogene.service.whole_files import is_whole


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
