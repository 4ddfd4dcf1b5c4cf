"""Which frames and uploads live jobs need, of all backends that share a cache: those are never given up.

Each backend has a folder of its own, with a lock that the system frees when its process ends.
"""

import contextlib
import logging
import os
import secrets
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

import numpy as np

from emogene.service.array_folder import StoreError
from emogene.service.folder_lock import lock_folder
from emogene.service.hold_file import KEY_BYTES, HoldFile, Holds, job_hash, read_holds

log = logging.getLogger("emogene.service")

RETURNS_SECONDS = 7 * 24 * 3600
"""What a backend with a name holds stays for so long after its end: it takes up its jobs when it starts again."""

_NAMED = "named-"
_TRIES = 100
_PAUSE_SECONDS = 0.02


class Held:
    """Keys that are held, as they were at one moment."""

    def __init__(self, holds: list[np.ndarray]):
        """Each sorted, of 32 bytes a key."""
        self._holds = holds

    def mask(self, keys: bytes) -> list[bool]:
        """For each key of 32 bytes whether it is held."""
        asked = np.frombuffer(keys, f"S{KEY_BYTES}")
        found = np.zeros(len(asked), bool)
        for hold in self._holds:
            if len(hold):
                rows = np.minimum(np.searchsorted(hold, asked), len(hold) - 1)
                found |= hold[rows] == asked
        return found.tolist()


class LiveFrames:
    """What the live jobs of this backend need, told to all that share the folder; to be used by one thread.

    Only `held` may be called by others.
    """

    def __init__(self, folder: Path, name: str = "", resumed: Collection[str] = ()):
        """
        Args:
            folder: the same for all backends that share frames or uploads.
            name: of a backend that takes up its jobs when it starts again; what they hold stays meanwhile. One at a
                time may have it.
            resumed: its jobs that have not ended; what others held under this name is released.

        Raises:
            StoreError: the folder cannot be written or locked.
        """
        self._folder = folder
        self._name = name
        self._read: dict[str, tuple[tuple[bytes, int], np.ndarray]] = {}
        self._reading = threading.Lock()
        try:
            with contextlib.ExitStack() as stack:
                self._own, self._lock = _open_own(folder, f"{_NAMED}{name}" if name else "")
                stack.callback(self._lock.close)
                kept = {job_hash(job) for job in resumed}
                before = read_holds(self._own / "keys").holds or {}
                self._file = HoldFile(self._own / "keys", {job: keys for job, keys in before.items() if job in kept})
                stack.pop_all()
        except OSError as error:
            message = f"The backend's cache cannot be written: {error.strerror or error}."
            raise StoreError(message, "Make room on its disk.") from error

    def __enter__(self) -> "LiveFrames":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def hold(self, job_id: str, keys: bytes) -> None:
        """Keep frames and uploads for a job, in place of those that were held for it before.

        Whatever is found in a store after this stays there until `release`.

        Args:
            keys: 32 bytes for each.

        Raises:
            StoreError: the disk is full or cannot be written; then nothing more is held than before.
        """
        self._file.hold(job_id, keys)

    def holds(self, job_id: str) -> bool:
        """Whether something is held for a job, by this backend or since it ran before."""
        return job_hash(job_id) in self._file.holds

    def release(self, job_id: str) -> None:
        """The job has ended; nothing happens where nothing is held for it."""
        self._file.release(job_id)

    def held(self) -> Held:
        """What all backends hold now. Folders of those that ended are removed.

        Raises:
            OSError: what another backend holds cannot be read, so nothing may be given up.
        """
        with self._reading:
            with contextlib.suppress(OSError):
                os.utime(self._own / ".lock")
            with os.scandir(self._folder) as entries:
                names = [entry.name for entry in entries if entry.is_dir()]
            found = [(name, keys) for name in names if (keys := self._keys_of(name)) is not None]
            self._read = {name: self._read[name] for name, _ in found}
            return Held([keys for _, keys in found])

    def close(self) -> None:
        """Hold nothing any more; with a name, all stays held until a backend of this name starts again."""
        if self._lock.closed:
            return
        if self._name and self._file.holds:
            with contextlib.suppress(OSError):
                os.utime(self._own / ".lock")
            self._lock.close()
        else:
            _remove(self._own, self._lock)

    def _keys_of(self, name: str) -> np.ndarray | None:
        """The keys that a backend holds, sorted; None if it has ended."""
        folder = self._folder / name
        try:
            lock = lock_folder(folder)
        except FileNotFoundError:  # its backend, or another that looked, has just removed it
            return None
        if lock is not None:
            with lock:
                if not (name.startswith(_NAMED) and _age_seconds(folder) < RETURNS_SECONDS):
                    _remove(folder, lock)
                    return None
        before = self._read.get(name)
        found = read_holds(folder / "keys", before[0] if before else None)
        if found.holds is not None or before is None:
            self._read[name] = (found.state, _sorted(found))
        return self._read[name][1]


def _sorted(found: Holds) -> np.ndarray:
    return np.unique(np.frombuffer(b"".join((found.holds or {}).values()), f"S{KEY_BYTES}"))


def _open_own(folder: Path, name: str) -> tuple[Path, BinaryIO]:
    for _ in range(_TRIES):
        own = folder / (name or secrets.token_hex(8))
        try:
            lock = lock_folder(own)
        except FileNotFoundError:  # just removed as that of a backend that ended
            continue
        if lock is not None:
            with contextlib.suppress(OSError):
                if os.path.samestat((own / ".lock").stat(), os.fstat(lock.fileno())):
                    os.utime(own / ".lock")
                    return own, lock
            lock.close()
        time.sleep(_PAUSE_SECONDS)  # somebody looks whether it has ended
    hint = "End the other backend that uses it, or put the cache on a local disk."
    raise StoreError(f"The folder '{folder}' of the backend's cache cannot be locked.", hint)


def _age_seconds(folder: Path) -> float:
    times = [0.0]
    for name in (".lock", "keys"):
        with contextlib.suppress(OSError):
            times.append((folder / name).stat().st_mtime)
    return time.time() - max(times)


def _remove(folder: Path, lock: BinaryIO) -> None:
    """Remove a backend's folder, the lock last: who takes it up meanwhile begins with an empty one."""
    with contextlib.suppress(OSError):  # what stays says nothing, and is tried again
        for path in folder.iterdir():
            if path.name != ".lock":
                path.unlink()
        if sys.platform == "win32":
            lock.close()
        (folder / ".lock").unlink()
        folder.rmdir()
    lock.close()
