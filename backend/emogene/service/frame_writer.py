"""Writes frames beside the renderer: a disk takes longer to sync a frame than a worker may wait for it."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from emogene.service.frame_store import FrameStore
from emogene_proto.errors import EmoGeneError

log = logging.getLogger("emogene.worker")

THREADS = 2
"""Two frames at once share the disk's work for a sync."""
AHEAD = 4
"""Frames that may wait in memory."""

Written = Callable[[str, int, EmoGeneError | None], None]
"""Told a frame's key, how many bytes it takes, and why it could not be written."""


class FrameWriter:
    """Takes finished frames and tells when each will outlast a power cut."""

    def __init__(self, store: FrameStore, written: Written):
        """`written` is called in a thread of the writer, once for each frame, in any order."""
        self._store = store
        self._written = written
        self._room = threading.BoundedSemaphore(AHEAD)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="frame-writer")

    def __enter__(self) -> "FrameWriter":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def put(self, key: str, content: bytes) -> None:
        """Write a frame soon; waits only where too many are being written already."""
        self._room.acquire()
        self._threads.submit(self._write, key, content)

    def close(self) -> None:
        """Wait until all frames are written."""
        self._threads.shutdown()

    def _write(self, key: str, content: bytes) -> None:
        size, problem = 0, None
        try:
            size = self._store.write(key, content)
        except EmoGeneError as error:
            problem = error
        except Exception:  # whoever waits for this frame is told in any case; the log has the traceback
            log.exception("a frame could not be written")
            problem = EmoGeneError("The backend met an error of its own.", "Look into its log.", "internal")
        finally:
            self._room.release()
        self._written(key, size, problem)
