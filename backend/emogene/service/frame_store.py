"""Finished frames on disk, each under its key (see emogene/frame_keys.py)."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from emogene.service.array_folder import StoreError
from emogene.service.eviction import put_back, touched
from emogene.service.frame_file import ends_with_seal, seal, unsealed
from emogene.whole_write import sync_folder, write_whole
from emogene_proto.errors import EmoGeneError

KEPT_BYTES = 20 * 2**30
"""Of files, a minute of 512x512 PNG taking some 0.5 GB."""

_SUFFIX = ".frame"
_NAME = re.compile(rf"([0-9a-f]{{64}}){re.escape(_SUFFIX)}")
_LOOKS = 2
"""While a frame is being given up it lies under another name; whoever holds it finds it again at the second look."""


class FrameMissing(EmoGeneError):
    """The frame is not in the store."""

    code = "frame_lost"


class FrameDamaged(FrameMissing):
    """The frame's file was damaged, and has been removed."""


class FrameStore:
    """A folder of sealed PNG and EXR files named by key, which several processes may use at once.

    Files appear whole: written under a temporary name, synced, then renamed. Whoever needs a frame to stay holds it
    first (see live_frames.py), then asks whether it is here.
    """

    def __init__(self, folder: Path, quota_bytes: int = KEPT_BYTES):
        """Beyond `quota_bytes` an Evictor removes the frames that were not used for longest."""
        self.folder = folder
        self.quota_bytes = quota_bytes
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        """Where a frame's file is, or would be."""
        return self.folder / key[:2] / f"{key}{_SUFFIX}"

    def has(self, key: str) -> bool:
        """Whether the frame is here and was written to its end; then it counts as used."""
        path = self.path(key)
        for _ in range(_LOOKS):
            try:
                with path.open("rb", buffering=0) as file:
                    if whole := ends_with_seal(file):
                        touched(path, os.fstat(file.fileno()))
                    return whole
            except FileNotFoundError:
                put_back(path)
            except OSError:  # cannot be read: rendered again
                break
        return False

    def read(self, key: str) -> bytes:
        """The frame's PNG or EXR file, checked.

        Raises:
            FrameMissing: it is not here.
            FrameDamaged: it was not as it had been written; it is removed, so that it will be rendered again.
        """
        path = self.path(key)
        for _ in range(_LOOKS):
            try:
                with path.open("rb") as file:
                    about = os.fstat(file.fileno())
                    content = _content(key, file.read)
            except FileNotFoundError:
                put_back(path)
                continue
            except OSError:
                break
            if content is None:
                _remove_damaged(path, about)
                raise FrameDamaged("A finished frame was damaged on the backend's disk.", "Render again.")
            touched(path, about)
            return content
        raise FrameMissing("A finished frame is no longer in the cache.", "Render again.")

    def write(self, key: str, content: bytes) -> int:
        """Keep a frame; returns how many bytes it takes. It outlasts a power cut from then on.

        Raises:
            StoreError: the disk is full or cannot be written; nothing is left of the frame then.
        """
        path, end = self.path(key), seal(key, content)
        try:
            try:
                self._put(key, content, end)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                sync_folder(self.folder)
                self._put(key, content, end)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreError(f"The backend's cache cannot be written: {reason}.", "Make room on its disk.") from error
        return len(content) + len(end)

    def folders(self) -> Iterator[Path]:
        """Where frames lie."""
        with os.scandir(self.folder) as entries:
            names = sorted(entry.name for entry in entries if len(entry.name) == 2 and entry.is_dir())
        return (self.folder / name for name in names)

    def key_of(self, name: str) -> str | None:
        """The key of the frame that lies under this name; None if it is no frame."""
        found = _NAME.fullmatch(name)
        return found[1] if found else None

    def _put(self, key: str, content: bytes, end: bytes) -> None:
        write_whole(self.path(key), content, end, is_there=lambda: self._verifies(key))

    def _verifies(self, key: str) -> bool:
        try:
            return unsealed(key, self.path(key).read_bytes()) is not None
        except OSError:
            return False


def _content(key: str, read: Callable[[], bytes]) -> bytes | None:
    try:
        return unsealed(key, read())
    except OSError:  # a bad place on the disk
        return None


def _remove_damaged(path: Path, about: os.stat_result) -> None:
    """Remove the file that was read, not one that has just come in its place."""
    try:
        now = path.stat()
        if os.path.samestat(now, about) and now.st_mtime_ns == about.st_mtime_ns:
            path.unlink()
    except OSError:
        return  # gone already, or open in another process (Windows): the next write replaces it
