"""Requests about all jobs and the backend as a whole: lists, status, trying again, cleaning."""

from dataclasses import dataclass

import msgspec

from emogene.service.metrics import FrameRate, resident_bytes
from emogene.service.scheduler import Scheduler
from emogene.service.stores import Stores
from emogene.service.worker_pool import WorkerPool
from emogene_proto.errors import ProtocolError
from emogene_proto.messages import (
    Cleaned,
    CleanJobs,
    Done,
    Event,
    GetStatus,
    JobStatus,
    ListJobs,
    ReleaseMemory,
    RetryJob,
    Status,
    WorkerInfo,
)

OverviewRequest = ListJobs | JobStatus | RetryJob | CleanJobs | GetStatus | ReleaseMemory


class EncodedJobs(Event, frozen=True, tag="jobs"):
    """Jobs whose infos are encoded already: ten thousand of them are sent as they lie in the store."""

    jobs: list[msgspec.Raw]


@dataclass(frozen=True)
class Overview:
    """Answers such requests at once."""

    scheduler: Scheduler
    stores: Stores
    pool: WorkerPool
    rate: FrameRate

    def answer(self, request: OverviewRequest, clients: int, owner: str | None) -> Event:
        """The one event that answers it.

        Args:
            clients: so many are connected.
            owner: whose jobs may be listed; None is everybody's.

        Raises:
            EmoGeneError: there is no such job, or it cannot be tried again.
        """
        match request:
            case ListJobs():
                return EncodedJobs(id=request.id, jobs=self.scheduler.jobs.infos(request.limit, request.active, owner))
            case JobStatus():
                return EncodedJobs(id=request.id, jobs=[self.scheduler.jobs.info(request.job)])
            case CleanJobs():
                return self._clean(request)
            case GetStatus():
                return self._status(request.id, clients)
            case RetryJob():
                self._retry(request)
            case ReleaseMemory():
                self.scheduler.release()
        return Done(id=request.id)

    def _retry(self, request: RetryJob) -> None:
        job = self.scheduler.jobs.get(request.job)
        if job.state not in ("failed", "cancelled"):
            raise ProtocolError(f"This job is {job.state}.", "Only failed and cancelled jobs can be tried again.")
        self.scheduler.again(job)

    def _clean(self, request: CleanJobs) -> Cleaned:
        gone = self.scheduler.jobs.clean(request.older_than_seconds, request.keep)
        too_much = 0
        if request.frame_bytes is not None:
            too_much = max(self.stores.frame_evictor.bytes - request.frame_bytes, 0)
            self.stores.frame_evictor.shrink(request.frame_bytes)
        return Cleaned(id=request.id, jobs=gone, bytes=too_much)

    def _status(self, request_id: int, clients: int) -> Status:
        workers = self.pool.workers
        memory = [resident_bytes(worker.process.pid) if worker.process.pid else 0 for worker in workers]
        active = list(self.scheduler.jobs.active())
        return Status(
            id=request_id,
            frames_per_second=self.rate.per_second(),
            frames_waiting=sum(len(job.pending) + len(job.working) for job in active),
            jobs_waiting=len(active),
            clients=clients,
            memory_bytes=resident_bytes() + sum(memory),
            frame_bytes=self.stores.frame_evictor.bytes,
            frame_quota_bytes=self.stores.frames.quota_bytes,
            uptime_seconds=self.rate.uptime_seconds(),
            workers=tuple(
                WorkerInfo(worker.process.pid, worker.doing, size, worker.process.restarts)
                for worker, size in zip(workers, memory, strict=True)
            ),
        )
