"""The jobs of a backend: those in memory, and their history in the store."""

import itertools
import logging
import time
from collections.abc import Iterator

import msgspec

from emogene.service.job_store import JobStore
from emogene.service.jobs import Job
from emogene.service.live_frames import LiveFrames
from emogene_proto.errors import BackendError, EmoGeneError, ProtocolError
from emogene_proto.messages import JobState

log = logging.getLogger("emogene.service")

ACTIVE_JOBS = 2048
"""Jobs that wait or run, of all clients."""
KEPT_ENDED = 256
"""Ended jobs that stay in memory, for those who watch them; the store has them all."""
KEPT_ENDED_BYTES = 64 * 2**20
"""Of their shots, as encoded."""

_encode = msgspec.msgpack.Encoder().encode


class JobList:
    """All jobs. Whatever changes a job's state is saved."""

    def __init__(self, store: JobStore, live: LiveFrames):
        """`live` is told which frames and uploads are needed."""
        self._store = store
        self._live = live
        self._jobs: dict[str, Job] = {}
        for job in store.unfinished():
            self._jobs[job.id] = job
            if job.ended:
                self.save(job)
            elif not live.holds(job.id):  # else it holds its frames, too, which it cannot name before it is planned
                self.hold(job)

    def add(self, job: Job) -> None:
        """Take in a job that has not ended.

        Raises:
            BackendError: too many are waiting.
            StoreError: the disk is full.
        """
        self.check_room()
        if not self._live.holds(job.id):
            self.hold(job)
        self._jobs[job.id] = job
        self.save(job)
        self._forget_ended()

    def check_room(self) -> None:
        """
        Raises:
            BackendError: too many jobs are waiting.
        """
        if sum(1 for _ in self.active()) >= ACTIVE_JOBS:
            raise BackendError(f"{ACTIVE_JOBS} jobs are waiting already.", "Cancel some, or wait.", code="busy")

    def hold(self, job: Job) -> None:
        """Keep what the job needs in the stores: what is found there after this stays until it ends.

        Raises:
            StoreError: the disk is full.
        """
        self._live.hold(job.id, job.needed())

    def get(self, job_id: str) -> Job:
        """A job by its id.

        Raises:
            ProtocolError: there is none.
        """
        if (job := self._jobs.get(job_id) or self._store.job(job_id)) is None:
            raise _unknown()
        return job

    def owner(self, job_id: str) -> str:
        """Whose a job is.

        Raises:
            ProtocolError: there is none.
        """
        job = self._jobs.get(job_id)
        owner = job.owner if job is not None else self._store.owner(job_id)
        if owner is None:
            raise _unknown()
        return owner

    def active(self) -> Iterator[Job]:
        """Jobs that have not ended."""
        return (job for job in self._jobs.values() if not job.ended)

    def infos(self, limit: int, active: bool = False, owner: str | None = None) -> list[msgspec.Raw]:
        """Encoded JobInfos, newest first; with `owner` of its jobs only. What ended comes from the store as it is."""
        mine = (job for job in self.active() if owner is None or job.owner == owner)
        newest = sorted(mine, key=lambda job: -job.created)
        if active:
            return [msgspec.Raw(_encode(job.info())) for job in newest[:limit]]
        going = {job.id: _encode(job.info()) for job in newest}
        streams = [going[job.id] for job in newest if job.live is not None]
        stored = (going.get(job_id, info) for job_id, info in self._store.infos(limit, owner))
        return [msgspec.Raw(info) for info in itertools.islice(itertools.chain(streams, stored), limit)]

    def info(self, job_id: str) -> msgspec.Raw:
        """Encoded JobInfo of one job.

        Raises:
            ProtocolError: there is none.
        """
        if (job := self._jobs.get(job_id)) is not None:
            return msgspec.Raw(_encode(job.info()))
        if (info := self._store.info(job_id)) is None:
            raise _unknown()
        return msgspec.Raw(info)

    def clean(self, older_than_seconds: float, keep: int) -> int:
        """Forget jobs that ended so long ago, but not the newest `keep`; returns how many."""
        gone = self._store.clean(older_than_seconds, keep)
        for job in [job for job in self._jobs.values() if job.ended and self._store.info(job.id) is None]:
            del self._jobs[job.id]
        return gone

    def forget_old(self) -> None:
        """What ended too long ago, or is beyond the number that is kept."""
        self._store.forget_old()

    def end(self, job: Job, state: JobState, failure: EmoGeneError | None = None) -> None:
        """A job is over."""
        job.state, job.failure, job.ended_at = state, failure, time.time()
        job.pending.clear()
        log.info("%s: %d frames, %d of them reused", state, len(job.finished), job.reused, extra={"job": job.id})
        if failure:
            log.info("%s", failure, extra={"job": job.id})
        self.save(job)
        self._live.release(job.id)

    def reopen(self, job: Job) -> None:
        """A job that has ended is not over."""
        job.state, job.failure, job.ended_at = "rendering", None, 0.0
        self.hold(job)
        self._jobs[job.id] = job
        self.save(job)

    def save(self, job: Job) -> None:
        self._store.save(job)

    def _forget_ended(self) -> None:
        ended = sorted((job for job in self._jobs.values() if job.ended), key=lambda job: -job.ended_at)
        size = 0
        for number, job in enumerate(ended):
            size += job.shot_bytes
            if number >= KEPT_ENDED or (number and size > KEPT_ENDED_BYTES):
                del self._jobs[job.id]


def _unknown() -> ProtocolError:
    return ProtocolError("The backend does not know this job.", "Plan or render again.", code="unknown_job")
