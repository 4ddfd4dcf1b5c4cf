"""Gives workers their tasks, and takes in what becomes of them."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from emogene.service.blobs import BlobStore
from emogene.service.frames import FrameStore
from emogene.service.job_queue import JobQueue
from emogene.service.job_store import JobStore
from emogene.service.jobs import Job, frame_names
from emogene.service.tasks import (
    FromWorker,
    LiveRendered,
    Prepare,
    Prepared,
    Render,
    Rendered,
    RenderLive,
    Stage,
    TaskFailed,
)
from emogene.service.worker_pool import Assignment, PooledWorker, WorkerPool
from emogene_proto.errors import BackendError, Cancelled, EmoGeneError, ProtocolError, ShotError
from emogene_proto.messages import JobState
from emogene_proto.shot import Shot

encode = msgspec.msgpack.Encoder().encode

log = logging.getLogger("emogene.service")

ACTIVE_JOBS = 2048
"""Jobs that wait or run, of all clients."""
ATTEMPTS = 3
"""A task that is given up so often, by its worker's end or an error of its own, fails: a frame fails alone."""
KEPT_ENDED = 256
"""Ended jobs that stay in memory, for those who watch them; the store has them all."""
REUSED_AT_ONCE = 64
"""Frames looked up in the store before clients are heard again."""
AHEAD_SECONDS = 0.5
"""A worker is given a second frame beside the one at hand where frames take less than this."""

_PLANNING = -1
"""Stands for planning where attempts are counted."""
_WHOLE_JOB = ("disk", "bad_actor", "bad_shot", "no_picture")
"""Errors of a frame that every other frame of its job would meet too."""


class Scheduler:
    """All jobs, and what each worker is doing."""

    def __init__(self, pool: WorkerPool, frames: FrameStore, blobs: BlobStore, store: JobStore):
        self._pool = pool
        self._frames = frames
        self._blobs = blobs
        self._store = store
        self._queue = JobQueue()
        self._jobs: dict[str, Job] = {}
        self._task = 0
        for job in store.unfinished():
            self._jobs[job.id] = job
            if job.ended:
                self._save(job)

    def submit(self, job: Job) -> None:
        """Queue a job.

        Raises:
            BackendError: too many are waiting.
        """
        if sum(1 for _ in self.active()) >= ACTIVE_JOBS:
            raise BackendError(f"{ACTIVE_JOBS} jobs are waiting already.", "Cancel some, or wait.", code="busy")
        self._jobs[job.id] = job
        self._save(job)
        self._pool.wake()
        if job.priority == "on_demand":
            for worker in self._pool.workers:
                worker.take_back()
        self._forget_ended()

    def job(self, job_id: str) -> Job:
        """A job by its id.

        Raises:
            ProtocolError: there is none.
        """
        if (job := self._jobs.get(job_id) or self._store.job(job_id)) is None:
            raise _unknown()
        return job

    def again(self, job: Job) -> None:
        """Do an ended job again: finished frames are found in the store."""
        job.restart()
        self.submit(job)

    def cancel(self, job: Job) -> None:
        """Stop a job now; what workers do for it is given up, finished frames stay."""
        if job.ended:
            return
        if job.live is not None:
            self._end(job, "done")  # nothing is given up: a stream has no other end
            return
        self._end(job, "cancelled", Cancelled())
        for worker in self._pool.workers:
            worker.give_up(job)

    def supersede(self, job: Job) -> None:
        """Its client asked for a newer frame. What the worker does for it is finished: a plan serves the newer one too,
        and a picture that is nearly there is shown meanwhile."""
        job.superseded = True
        if not job.preparing and not job.working and not job.ended:
            self._end(job, "failed", _superseded())

    def redo(self, job: Job, frame: int) -> None:
        """A finished frame turned out damaged or gone: render it again."""
        if frame in job.lost:
            return
        log.warning("frame %d is damaged or gone and is rendered again", frame, extra={"job": job.id, "frame": frame})
        job.lost.add(frame)
        job.pending.appendleft(frame)
        if job.ended:
            job.state, job.ended_at = "rendering", 0.0
            self._jobs[job.id] = job
            self._save(job)

    def infos(self, limit: int, active: bool = False) -> list[msgspec.Raw]:
        """Encoded JobInfos, newest first. What ended comes from the store as it lies there."""
        going = {job.id: job for job in self.active()}
        stored = self._store.infos(limit, active)
        streams = [job for job in going.values() if job.live is not None]
        encoded = [(info if (job := going.get(job_id)) is None else encode(job.info())) for job_id, info in stored]
        newest = [encode(job.info()) for job in sorted(streams, key=lambda job: -job.created)]
        return [msgspec.Raw(info) for info in (*newest, *encoded)[:limit]]

    def info(self, job_id: str) -> msgspec.Raw:
        """Encoded JobInfo of one job.

        Raises:
            ProtocolError: there is none.
        """
        if (job := self._jobs.get(job_id)) is not None:
            return msgspec.Raw(encode(job.info()))
        if (info := self._store.info(job_id)) is None:
            raise _unknown()
        return msgspec.Raw(info)

    def clean(self, older_than_seconds: float, keep: int) -> int:
        """Forget jobs that ended so long ago, but not the newest `keep`; returns how many."""
        gone = self._store.clean(older_than_seconds, keep)
        known = self._store.ids()
        for job in [job for job in self._jobs.values() if job.ended and job.id not in known]:
            del self._jobs[job.id]
        return gone

    def active(self) -> Iterator[Job]:
        """Jobs that have not ended."""
        return (job for job in self._jobs.values() if not job.ended)

    def busy(self) -> bool:
        """Whether work would be lost: streams are none."""
        return any(job.live is None for job in self.active())

    def wait_seconds(self) -> float | None:
        """How soon there may be something to do without news; None where only news brings work."""
        waits = (job.live.pacer.wait_seconds() for job in self.active() if job.live and job.prepared)
        return min((wait for wait in waits if wait is not None), default=None)

    def step(self) -> bool:
        """Give free workers their next tasks; True if there is more to do at once."""
        for job in [job for job in self.active() if job.live is not None and job.live.abandoned]:
            self._end(job, "done")
        looked_up = 0
        for worker in self._pool.workers:
            while (job := self._next(worker)) is not None:
                if job.prepared and job.needs_keys and job.pending and self._reuse(job):
                    looked_up += 1
                    if looked_up >= REUSED_AT_ONCE:
                        return True
                elif not self._give(worker, job):
                    break
        return False

    def handle(self, worker: PooledWorker, message: FromWorker, raw: bytes) -> None:
        """Take in what a worker says about a task."""
        if isinstance(message, Stage):
            assignment = next((one for one in worker.tasks if one.task == message.task), None)
            if assignment is not None:
                assignment.job.fraction, assignment.job.stage = message.fraction, message.stage
            return
        if not isinstance(message, Prepared | Rendered | LiveRendered | TaskFailed):
            return
        assignment = worker.answered(message.task)
        if assignment is None:
            return
        job = assignment.job
        assignment.over()
        if isinstance(message, Rendered):
            job.render_seconds += message.seconds
            self._queue.served(job, message.seconds)
        else:
            self._queue.served(job, time.monotonic() - assignment.sent)
        if job.ended:
            return
        if isinstance(message, TaskFailed):
            self._give_up(assignment, EmoGeneError(message.message, message.hint, message.code))
        elif isinstance(message, Prepared):
            self._prepared(job, message, raw)
        elif job.live is not None:
            job.attempts.clear()
            job.live.rendered(raw)
        elif isinstance(message, Rendered):
            self._finish_frame(job, assignment.frame, message.size)

    def worker_died(self, worker: PooledWorker) -> None:
        """The task at hand is lost and counts as an attempt; those behind it had not begun."""
        lost = worker.lose_tasks()
        for assignment in reversed(lost):
            assignment.over()
            if assignment.job.ended:
                continue
            if assignment is lost[0]:
                self._give_up(assignment, _died(assignment))
            else:
                assignment.job.pending.appendleft(assignment.frame)

    def close(self) -> None:
        self._store.close()

    def _next(self, worker: PooledWorker) -> Job | None:
        """What this worker may do now.

        While a stream plays, renders wait, also where the stream is ahead: a frame of theirs may take longer than that.
        With several workers it is enough that one of them is left free.
        """
        if worker.tasks and not self._may_add(worker):
            return None
        active = list(self.active())
        playing = any(job.live.pacer.playing for job in active if job.live is not None and job.prepared)
        held = playing and worker is self._pool.workers[0]
        ready = (job for job in active if _has_work(job) and not (held and job.kind == "render"))
        job = self._queue.choose(ready, active, worker.last)
        # Behind the task at hand only another frame of the same job may wait.
        return job if not worker.tasks or job is worker.last else None

    def _may_add(self, worker: PooledWorker) -> bool:
        """Whether a second frame may wait at this worker: it is the same job's, and quick."""
        job = worker.tasks[0].job
        quick = worker.tasks[0].what == "frame" and 0.0 < job.frame_seconds < AHEAD_SECONDS
        return quick and len(worker.tasks) == 1 and not job.ended and len(job.pending) > 0

    def _reuse(self, job: Job) -> bool:
        """Whether the job's next frame is in the store already; then it is finished."""
        frame = job.pending[0]
        if not self._frames.has(job.key_of(frame)):
            return False
        job.pending.popleft()
        job.reused += 1
        self._finish_frame(job, frame, 0)
        return True

    def _give(self, worker: PooledWorker, job: Job) -> bool:
        """Let a worker begin the job's next task; False if it cannot take more now."""
        if self._pool.problem:
            self._end(job, "failed", BackendError(self._pool.problem, "Run `emogene doctor` where the backend is."))
            return True
        if not worker.process.ready:
            if not job.prepared and not job.preparing:
                job.stage = "starting"
            return False
        self._task += 1
        if not job.started:
            job.started = time.time()
            log.info("begins: %s of frames %d-%d", job.kind, job.first, job.last, extra={"job": job.id})
        if not job.prepared:
            self._prepare(worker, job)
        elif job.live is not None:
            self._render_live(worker, job)
        else:
            job.state = "rendering"
            frame = job.pending.popleft()
            job.working.add(frame)
            row = frame - job.shot.frame_start
            render = Render(
                task=self._task, shot=_picture_of(job.shot, row), plan=job.plan, row=row, key=job.key_of(frame)
            )
            worker.assign(Assignment(self._task, job, "frame", frame), render)
        return True

    def _prepare(self, worker: PooledWorker, job: Job) -> None:
        audio = self._audio(job)
        if audio is None:
            self._end(job, "failed", missing_audio())
            return
        job.preparing = True
        job.stage = "planning"
        needed = tuple({other.plan for other in self.active() if other.plan})
        prepare = Prepare(
            task=self._task, shot=job.shot, audio_path=str(audio), with_keys=job.needs_keys, needed=needed
        )
        worker.assign(Assignment(self._task, job, "prepare"), prepare)

    def _render_live(self, worker: PooledWorker, job: Job) -> None:
        if job.live is None or (wanted := job.live.pacer.wanted()) is None:
            return
        job.live.begin(wanted, self._task)
        row = wanted.frame - job.shot.frame_start
        task = RenderLive(task=self._task, shot=_picture_of(job.shot, row), plan=job.plan, row=row, size=wanted.size)
        worker.assign(Assignment(self._task, job, "live"), task)

    def _audio(self, job: Job) -> Path | None:
        return self._blobs.path(job.shot.audio.sha256)

    def _prepared(self, job: Job, message: Prepared, raw: bytes) -> None:
        job.plan, job.frame_count, job.keys = message.plan, message.frames, raw
        job.state = "planned"
        if job.kind == "plan":
            self._end(job, "done")
            return
        if job.superseded:
            self._end(job, "failed", _superseded())
            return
        first, last = job.shot.frame_start, job.shot.frame_start + message.frames - 1
        if job.live is not None:
            fits = job.live.planned(range(first, last + 1))
        else:
            fits = first <= job.first and job.last <= last
        if not fits:
            wanted = f"frame {job.first}" if job.first == job.last else f"frames {job.first} to {job.last}"
            error = ShotError(f"The shot has frames {first} to {last}, not {wanted}.", "Choose a range inside.")
            self._end(job, "failed", error)
            return
        if job.live is None:
            job.pending.extend(range(job.first, job.last + 1))
            self._save(job)

    def _give_up(self, assignment: Assignment, error: EmoGeneError) -> None:
        """A task came to nothing: try it again, or let it fail."""
        job = assignment.job
        if error.code == "cancelled" and assignment.what == "frame":  # taken back before it was begun
            job.pending.appendleft(assignment.frame)
            return
        what = _PLANNING if assignment.what == "prepare" else assignment.frame
        job.attempts[what] = job.attempts.get(what, 0) + 1
        again = job.attempts[what] < ATTEMPTS and error.code in ("died", "internal", "memory")
        if assignment.what == "live" and job.live is not None and again:
            job.live.lost()
        elif assignment.what == "prepare" and again and error.code == "died":
            job.stage = "starting"
        elif assignment.what != "frame" or error.code in _WHOLE_JOB:
            self._end(job, "failed", error)
        elif again:
            job.pending.appendleft(assignment.frame)
        else:
            log.error("a frame has failed: %s", error, extra={"job": job.id, "frame": assignment.frame})
            job.failed[assignment.frame] = error
            self._end_when_complete(job)

    def _finish_frame(self, job: Job, frame: int, size: int) -> None:
        job.file_bytes += size
        if frame in job.lost:
            job.lost.discard(frame)
        else:
            job.finished.append(frame)
        self._end_when_complete(job)

    def _end_when_complete(self, job: Job) -> None:
        if job.pending or job.working:
            return
        if not job.failed:
            self._end(job, "done")
            return
        error = next(iter(job.failed.values()))
        many = len(job.failed) > 1
        names = frame_names(list(job.failed))
        message = f"Frame{'s' * many} {names} could not be rendered: {error.message}"
        self._end(job, "failed", EmoGeneError(message, f"{error.hint} Finished frames are kept.", "frames_failed"))

    def _end(self, job: Job, state: JobState, failure: EmoGeneError | None = None) -> None:
        job.state, job.failure, job.ended_at = state, failure, time.time()
        job.pending.clear()
        log.info("%s: %d frames, %d of them reused", state, len(job.finished), job.reused, extra={"job": job.id})
        if failure:
            log.info("%s", failure, extra={"job": job.id})
        self._save(job)

    def _save(self, job: Job) -> None:
        self._store.save(job)

    def _forget_ended(self) -> None:
        ended = sorted((job for job in self._jobs.values() if job.ended), key=lambda job: -job.ended_at)
        for job in ended[KEPT_ENDED:]:
            del self._jobs[job.id]


def _unknown() -> ProtocolError:
    return ProtocolError("The backend does not know this job.", "Plan or render again.", code="unknown_job")


def _has_work(job: Job) -> bool:
    """Whether there is a task to give: its plan, a frame, a picture."""
    if not job.prepared:
        return not job.preparing
    return job.live.pacer.wanted() is not None if job.live is not None else len(job.pending) > 0


def _picture_of(shot: Shot, row: int) -> Shot:
    """What one picture of a planned shot depends on beside its plan: little to send, however long the shot is."""
    camera = shot.camera_at(row)
    return msgspec.structs.replace(
        shot, emotions=(), emotion_curves=(), head_track=None, camera=camera, camera_track=()
    )


def _died(assignment: Assignment) -> BackendError:
    what = f"frame {assignment.frame}" if assignment.what == "frame" else "planning"
    message = f"The renderer died {ATTEMPTS} times over {what}."
    return BackendError(message, "Use smaller pictures, or look into the log.", code="died")


def _superseded() -> EmoGeneError:
    message, hint = "A newer frame was asked for before this one was begun.", "Ask again if it is still wanted."
    return EmoGeneError(message, hint, "superseded")


def missing_audio() -> EmoGeneError:
    return BackendError("The backend does not have this audio.", "Load the audio again.", code="no_audio")
