"""A scheduler with workers that take what they are sent and answer what the test says."""

import hashlib
from pathlib import Path

from emogene.service import outcomes
from emogene.service.blobs import BlobStore
from emogene.service.frame_store import FrameStore
from emogene.service.job_list import JobList
from emogene.service.job_queue import JobQueue
from emogene.service.job_store import JobStore
from emogene.service.jobs import Job
from emogene.service.live_frames import LiveFrames
from emogene.service.live_pacer import Pacer
from emogene.service.live_stream import LiveStream
from emogene.service.scheduler import Scheduler
from emogene.service.tasks import Prepared
from emogene.service.worker_pool import PooledWorker
from emogene_proto.shot import AudioRef, EmotionKey, Shot

SHA256 = "a" * 64
SHOT = Shot(AudioRef(SHA256), emotions=(EmotionKey(0.0, "happy"),))
FRAMES = 48


class SilentProcess:
    """Takes what it is sent and does nothing."""

    ready, problem, pid, heard, restarts = True, "", 1, 0.0, 0

    def __init__(self):
        self.sent = []
        self.killed = False

    def send(self, task) -> None:
        self.sent.append(task)

    def kill(self) -> None:
        self.killed = True


class SilentPool:
    """So many of them."""

    problem = ""

    def __init__(self, count: int):
        self.workers = [PooledWorker(SilentProcess()) for _ in range(count)]
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


class Bench:
    """A scheduler, its workers, and the clock of its queue and streams."""

    def __init__(self, folder: Path, workers: int = 1, store: JobStore | None = None):
        (folder / "blobs").mkdir(exist_ok=True)
        (folder / "blobs" / SHA256).write_bytes(b"sound")
        self.now = 50.0
        self.pool = SilentPool(workers)
        self.frames = FrameStore(folder / "frames")
        self.live = LiveFrames(folder / "live")
        jobs = JobList(store or JobStore(None), self.live)
        queue = JobQueue(lambda: self.now)
        self.scheduler = Scheduler(self.pool, self.frames, BlobStore(folder / "blobs"), jobs, queue)
        self.worker = self.pool.workers[0]

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *exception) -> None:
        self.live.close()

    def submit(self, kind, shot=SHOT, first=1, last=FRAMES, owner="") -> Job:
        """A job that is planned already."""
        live = None
        if kind == "stream":
            live = LiveStream(Pacer(24.0, range(first, last + 1), (64, 64), lambda: self.now))
        job = Job(kind, shot, first, last, owner=owner, live=live)
        self.scheduler.submit(job)
        outcomes.prepared(self.scheduler.jobs, job, Prepared(task=0, plan="plan", frames=FRAMES), keys_of(job.id))
        return job

    @property
    def sent(self) -> list:
        return self.worker.process.sent

    @property
    def task(self):
        return self.sent[-1]

    def answer(self, message, raw=b"", worker=None) -> None:
        self.scheduler.handle(worker or self.worker, message, raw)

    def next(self, worker=None):
        """The task that a worker gets now, None if none."""
        sent = (worker or self.worker).process.sent
        before = len(sent)
        self.scheduler.step()
        return sent[-1] if len(sent) > before else None


def keys_of(name: str) -> bytes:
    """Keys of a shot's frames, which no other job has."""
    return b"".join(hashlib.sha256(f"{name} {row}".encode()).digest() for row in range(FRAMES))
