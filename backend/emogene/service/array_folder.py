"""Arrays on disk, each set under its key: what can be made again at any time, up to so many bytes."""

import contextlib
import hashlib
import logging
import os
import time
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from emogene_proto.errors import EmoGeneError

log = logging.getLogger("emogene.service")

ABANDONED_SECONDS = 24 * 3600
"""A file that was being written so long ago was left by a process that was killed."""

_CONTENT = "content"
"""Name of the hash among what a file says of itself."""


class StoreError(EmoGeneError):
    """What is to be kept cannot be written."""

    code = "disk"


class ArrayFolder:
    """A folder of safetensors files, which several processes may use at once.

    Each file holds a hash of its content, so that damage anywhere in it is noticed: a damaged file is one that is not
    here. Files appear whole: written under a temporary name, then renamed.
    """

    def __init__(self, folder: Path, most_bytes: int):
        """Beyond `most_bytes`, the files that were not used for longest are removed."""
        self._folder = folder
        self._most_bytes = most_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._remove_abandoned()

    def read(self, key: str) -> tuple[dict[str, np.ndarray], dict[str, str]] | None:
        """The arrays by name, and what was written about them; None if they are not here or damaged."""
        try:
            with safe_open(self._path(key), framework="numpy") as file:
                about = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        except (OSError, SafetensorError, TypeError, AttributeError):  # the last two: a type that numpy has not
            return None
        if about.pop(_CONTENT, "") != _content_hash(arrays, about):
            return None
        self.touch(key)
        return arrays, about

    def write(
        self, key: str, arrays: Mapping[str, np.ndarray], about: Mapping[str, str], needed: Collection[str] = ()
    ) -> None:
        """Keep arrays.

        Args:
            needed: keys that must stay, however long they were not used.

        Raises:
            StoreError: the disk is full or cannot be written.
        """
        whole = {name: np.ascontiguousarray(rows) for name, rows in arrays.items()}
        temporary = self._folder / f".{key}.{os.getpid()}"
        try:
            save_file(whole, temporary, metadata={**about, _CONTENT: _content_hash(whole, about)})
            self._put(temporary, self._path(key))
        except (OSError, SafetensorError) as error:
            reason = str(error).rsplit("error: ", 1)[-1]  # safetensors tells what it was doing before the reason
            raise StoreError(f"The backend's cache cannot be written: {reason}.", "Make room on its disk.") from error
        finally:
            _remove(temporary)
        self._remove_oldest({key, *needed})

    def touch(self, key: str) -> None:
        """These arrays are in use."""
        with contextlib.suppress(OSError):  # somebody else's file, or just removed: nothing depends on its time
            os.utime(self._path(key))

    def _put(self, temporary: Path, path: Path) -> None:
        try:
            temporary.replace(path)
        except PermissionError:
            if not path.is_file():  # Windows: another process reads the same arrays just now, so they are there
                raise

    def _remove_oldest(self, needed: Collection[str]) -> None:
        files = [(about, path) for path in self._folder.glob("*.safetensors") if (about := _about(path))]
        left = self._most_bytes
        for about, path in sorted(files, key=lambda entry: (entry[1].stem not in needed, -entry[0].st_mtime_ns)):
            left -= about.st_size
            if left < 0 and path.stem not in needed:
                _remove(path)

    def _remove_abandoned(self) -> None:
        for path in self._folder.glob(".*"):
            about = _about(path)
            if about and time.time() - about.st_mtime > ABANDONED_SECONDS:
                _remove(path)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.safetensors"


def rows_fit(arrays: Mapping[str, np.ndarray], rows: Mapping[str, tuple[tuple[int, ...], type]]) -> bool:
    """Are these the arrays by name, each of any number of rows of this shape and type, and all numbers finite?"""
    return set(arrays) == set(rows) and all(
        found.ndim == 1 + len(shape)
        and found.shape[1:] == shape
        and found.dtype == kind
        and bool(np.isfinite(found).all())
        for found, (shape, kind) in ((arrays[name], rows[name]) for name in rows)
    )


def _content_hash(arrays: Mapping[str, np.ndarray], about: Mapping[str, str]) -> str:
    digest = hashlib.blake2b(repr(sorted(about.items())).encode(), digest_size=16)
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype.str} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _about(path: Path) -> os.stat_result | None:
    """None where another process has just removed the file."""
    try:
        return path.stat()
    except OSError:
        return None


def _remove(path: Path) -> None:
    """Or leave it, where another process reads it (Windows): a later write tries again."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s cannot be removed from the cache: %s", path.name, error)
