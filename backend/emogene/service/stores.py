"""All that a backend keeps on disk, in one cache folder that other backends may share."""

import contextlib
import logging
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
