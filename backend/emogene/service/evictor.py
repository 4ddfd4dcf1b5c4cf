"""Keeps a store within its quota, beside the server's loop: a thread that sleeps until there is too much."""

import logging
import threading
import time
from functools import partial

from emogene.service.eviction import Evictable, evict, scan
from emogene.service.folder_lock import lock_folder
from emogene.service.live_frames import LiveFrames

log = logging.getLogger("emogene.service")

EVICTED_TO = 0.9
"""Of the quota: so that not every new file brings a scan."""
RESCAN_SECONDS = 600.0
"""Other backends write too, and tell nobody."""

_RETRY_SECONDS = 0.5
_PAUSE_SECONDS = 0.002
"""After each folder and batch, so that the server's loop is never kept from running for long."""
_STEP = 0.05
"""Of the quota: where live jobs need more than all of it, so much must have come before it is tried again."""


class Evictor:
    """Removes the files of a store that were not used for longest, never those that live jobs hold."""

    def __init__(self, store: Evictable, live: LiveFrames):
        """Begins at once, with a look at what there is."""
        self._store = store
        self._live = live
        self._changing = threading.Lock()
        self._bytes = 0
        self._since = 0
        """Bytes written since the last scan began."""
        self._limit = store.quota_bytes
        self._asked: int | None = None
        self._wake = threading.Event()
        self._wake.set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="evictor", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Evictor":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def bytes(self) -> int:
        """About how many bytes the store takes: as found by the last scan, and what was written since."""
        return self._bytes

    def wrote(self, size: int) -> None:
        """A file of so many bytes was put into the store. Costs nothing."""
        with self._changing:
            self._bytes += size
            self._since += size
            too_much = self._bytes > self._limit
        if too_much:
            self._wake.set()

    def shrink(self, to_bytes: int) -> None:
        """Soon leave no more than so many bytes, beside what live jobs hold."""
        with self._changing:
            self._asked = to_bytes if self._asked is None else min(self._asked, to_bytes)
        self._wake.set()

    def close(self) -> None:
        """End the thread; what it has begun to remove it finishes first, within a moment."""
        self._closing.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.wait(RESCAN_SECONDS)
            self._wake.clear()
            try:
                done = self._closing.is_set() or self._tidy()
            except Exception:  # frames stay where they are, and the next round tries again
                log.exception("the cache could not be tidied")
                continue
            if not done:  # another backend tidies just now
                self._closing.wait(_RETRY_SECONDS)
                self._wake.set()

    def _tidy(self) -> bool:
        """Scan, and remove what is too much; False where another process does."""
        lock = lock_folder(self._store.folder)
        if lock is None:
            return False
        with lock:
            pause = partial(self._closing.wait, _PAUSE_SECONDS)
            with self._changing:
                self._since = 0
            files = scan(self._store, pause)
            self._found(files.total_bytes)
            asked, quota = self._asked, self._store.quota_bytes
            target = int(EVICTED_TO * quota) if self._bytes > quota else None
            targets = [goal for goal in (asked, target) if goal is not None]
            if targets and not self._closing.is_set():
                began = time.monotonic()
                gone = evict(self._store, files, min(targets), self._live, pause)
                self._found(files.total_bytes - gone)
                left, seconds = self._bytes / 2**20, time.monotonic() - began
                name = self._store.folder.name
                log.info("%s: %.1f MB removed in %.1f s, %.1f MB stay", name, gone / 2**20, seconds, left)
            with self._changing:
                if self._asked == asked:
                    self._asked = None
        return True

    def _found(self, total: int) -> None:
        with self._changing:
            self._bytes = total + self._since
            quota = self._store.quota_bytes
            self._limit = max(quota, self._bytes + int(_STEP * quota)) if self._bytes > quota else quota
