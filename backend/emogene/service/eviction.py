"""Giving up files that were not used for longest, while other processes use the folder.

A file is given up in three steps: it is renamed, what live jobs hold is read once more, and only if nobody holds it, it
is removed. Whoever held it before looking it up is seen by that second reading, however late he came; whoever looks for
it between finds it under its other name and puts it back. So no user of the folder ever waits for another. One process
at a time gives up files of a folder.
"""

import contextlib
import logging
import os
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from emogene.service.array_folder import ABANDONED_SECONDS
from emogene.service.live_frames import KEY_BYTES, LiveFrames

log = logging.getLogger("emogene.service")

TOUCH_SECONDS = 60.0
"""A file's time of last use is not written again before."""
BATCH = 256
"""Files between two readings of what is held."""

_GIVEN_UP = ".given-up"


class Evictable(Protocol):
    """Files named by keys of 32 bytes, all of which can be made or brought again."""

    folder: Path
    quota_bytes: int

    def folders(self) -> Iterator[Path]:
        """Where the files lie."""
        ...

    def path(self, key: str) -> Path:
        """Where the file of a key lies, or would lie."""
        ...

    def key_of(self, name: str) -> str | None:
        """The key, as 64 hexadecimal digits, of a file by its name; None if that is none of these files."""
        ...


@dataclass
class StoredFiles:
    """What lies in a folder, in columns: there may be hundreds of thousands."""

    keys: bytearray = field(default_factory=bytearray)
    """32 bytes a file."""
    used_ns: array = field(default_factory=lambda: array("q"))
    sizes: array = field(default_factory=lambda: array("q"))

    @property
    def total_bytes(self) -> int:
        return sum(self.sizes)

    def add(self, key: str, about: os.stat_result) -> None:
        """Note a file."""
        self.keys += bytes.fromhex(key)
        self.used_ns.append(about.st_mtime_ns)
        self.sizes.append(about.st_size)

    def key(self, row: int) -> bytes:
        return bytes(self.keys[KEY_BYTES * row : KEY_BYTES * (row + 1)])


def touched(path: Path, about: os.stat_result) -> None:
    """Note that a file is used now, where that was not noted a moment ago."""
    if abs(time.time() - about.st_mtime) > TOUCH_SECONDS:
        with contextlib.suppress(OSError):  # somebody else's file, or just removed: nothing depends on its time
            os.utime(path)


def put_back(path: Path) -> None:
    """Keep a file after all that is being given up; nothing happens where it is not."""
    with contextlib.suppress(OSError):
        _given_up(path).rename(path)


def scan(store: Evictable, pause: Callable[[], object]) -> StoredFiles:
    """All files of a store. What killed processes left half done is put right.

    To be called by who has the store's lock.

    Args:
        pause: called after each folder.
    """
    found = StoredFiles()
    for folder in store.folders():
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # removed by another process, or not to be touched
                    _note(store, entry, found)
        pause()
    return found


def evict(store: Evictable, files: StoredFiles, to_bytes: int, live: LiveFrames, pause: Callable[[], bool]) -> int:
    """Remove files that nobody holds, those first that were not used for longest; returns how many bytes went.

    To be called by who has the store's lock.

    Args:
        to_bytes: as soon as no more is left, it ends.
        pause: called after each batch; True ends it early.
    """
    order = np.argsort(np.frombuffer(files.used_ns, np.int64), kind="stable").tolist()
    surplus, gone = files.total_bytes - to_bytes, 0
    for start in range(0, len(order), BATCH):
        if gone >= surplus:
            break
        batch = _unheld(files, order[start : start + BATCH], live)
        gone += _give_up(store, files, _enough(files, batch, surplus - gone), live)
        if pause():
            break
    return gone


def _note(store: Evictable, entry: os.DirEntry, found: StoredFiles) -> None:
    if entry.name.startswith("."):
        if _abandoned(entry):
            Path(entry.path).unlink()
        return
    path = Path(entry.path).with_name(entry.name.removesuffix(_GIVEN_UP))
    key = store.key_of(path.name)
    if key is None:  # another one's file
        return
    if path.name != entry.name:  # by a process that was killed over it
        if path.exists():
            Path(entry.path).unlink()
            return
        put_back(path)
    found.add(key, path.stat())


def _abandoned(entry: os.DirEntry) -> bool:
    return entry.name != ".lock" and entry.is_file() and time.time() - entry.stat().st_mtime > ABANDONED_SECONDS


def _unheld(files: StoredFiles, rows: list[int], live: LiveFrames) -> list[int]:
    held = live.held().mask(b"".join(files.key(row) for row in rows))
    return [row for row, is_held in zip(rows, held, strict=True) if not is_held]


def _enough(files: StoredFiles, rows: list[int], surplus: int) -> list[int]:
    """The first rows, until they have so many bytes."""
    for count, total in enumerate(np.cumsum([files.sizes[row] for row in rows]).tolist(), 1):
        if total >= surplus:
            return rows[:count]
    return rows


def _give_up(store: Evictable, files: StoredFiles, rows: list[int], live: LiveFrames) -> int:
    aside = [row for row in rows if _set_aside(store.path(files.key(row).hex()), files.used_ns[row])]
    keep = set(aside) - set(_unheld(files, aside, live))
    gone = 0
    for row in aside:
        path = store.path(files.key(row).hex())
        if row in keep:
            put_back(path)
            continue
        try:
            _given_up(path).unlink()
            gone += files.sizes[row]
        except FileNotFoundError:  # put back by who looked for it
            continue
        except OSError as error:
            log.warning("%s cannot be removed from the cache: %s", path.name, error)
    return gone


def _set_aside(path: Path, used_ns: int) -> bool:
    """False where it has been used since, is gone, or is open in another process (Windows)."""
    try:
        if path.stat().st_mtime_ns != used_ns:
            return False
        path.replace(_given_up(path))
    except OSError:
        return False
    return True


def _given_up(path: Path) -> Path:
    return path.with_name(path.name + _GIVEN_UP)
