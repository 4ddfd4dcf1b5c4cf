"""All that a backend keeps on disk, in one cache folder that other backends may share."""

import contextlib
import logging
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emogene.service.blobs import BlobStore
from emogene.service.evictor import Evictor
from emogene.service.folder_lock import lock_folder
from emogene.service.frame_store import KEPT_BYTES, FrameStore
from emogene.service.job_list import JobList
from emogene.service.job_store import JobStore
from emogene.service.live_frames import LiveFrames
from emogene.service.plans import PlanStore

log = logging.getLogger("emogene.service")


@dataclass(frozen=True)
class Stores:
    """Open stores, and what keeps them within their quotas."""

    frames: FrameStore
    blobs: BlobStore
    plans: PlanStore
    jobs: JobList
    frame_evictor: Evictor
    blob_evictor: Evictor


@contextlib.contextmanager
def open_stores(cache: Path, frame_quota_bytes: int = KEPT_BYTES) -> Iterator[Stores]:
    """Open what lies in a cache folder.

    One backend at a time keeps its jobs there; those of another one that shares the folder end with it.

    Raises:
        StoreError: the folder cannot be written or locked.
    """
    _make_private(cache)
    with contextlib.ExitStack() as stack:
        lock = lock_folder(cache / "jobs")
        if lock is None:
            log.warning("another backend keeps its jobs in %s; this one forgets its jobs when it ends", cache)
        else:
            stack.callback(lock.close)
        store = JobStore(cache / "jobs" / "jobs.sqlite" if lock else None)
        stack.callback(store.close)
        store.forget_old()
        resumed = [job.id for job in store.unfinished()]
        live = stack.enter_context(LiveFrames(cache / "live", "jobs" if lock else "", resumed))
        frames, blobs = FrameStore(cache / "frames", frame_quota_bytes), BlobStore(cache / "blobs")
        evictors = [stack.enter_context(Evictor(each, live)) for each in (frames, blobs.files)]
        yield Stores(frames, blobs, PlanStore(cache / "plans"), JobList(store, live), *evictors)


def _make_private(folder: Path) -> None:
    """Make a folder that only its owner may look into: voices and faces lie there. One that others could is closed.

    Raises:
        OSError: it cannot be made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if sys.platform == "win32" or not folder.stat().st_mode & 0o077:
        return  # in a user's profile on Windows a folder is private by itself
    try:
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) & 0o7700)
    except OSError as error:  # it is somebody else's, or on a disk without modes
        log.warning("other users of this computer can read %s: %s", folder, error.strerror or error)
