"""Gives workers their tasks, and takes in what becomes of them."""

import logging
import time

import msgspec

from emogene.service import outcomes
from emogene.service.array_folder import StoreError
from emogene.service.blobs import BlobStore
from emogene.service.frame_store import FrameStore
from emogene.service.job_limits import check_room
from emogene.service.job_list import JobList
from emogene.service.job_queue import JobQueue
from emogene.service.jobs import KEPT_KINDS, Job
from emogene.service.tasks import (
    BEGUN,
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
from emogene_proto.errors import BackendError, Cancelled, EmoGeneError
from emogene_proto.shot import Shot

log = logging.getLogger("emogene.service")

REUSED_AT_ONCE = 64
"""Frames looked up in the store before clients are heard again."""
AHEAD = ((0.1, 3), (0.5, 2))
"""Where frames take less than so many seconds a worker is given so many of them: while it renders one, another is on
its way to the disk, and a third waits."""


class Scheduler:
    """Which worker does what; `jobs` are all jobs."""

    def __init__(
        self, pool: WorkerPool, frames: FrameStore, blobs: BlobStore, jobs: JobList, queue: JobQueue | None = None
    ):
        self._pool = pool
        self._frames = frames
        self._blobs = blobs
        self._queue = queue or JobQueue()
        self._task = 0
        self.jobs = jobs

    def submit(self, job: Job) -> None:
        """Queue a job.

        Raises:
            BackendError: too many are waiting.
            StoreError: the disk is full.
        """
        self.jobs.add(job)
        self._pool.wake()
        if job.priority == "on_demand":
            for worker in self._pool.workers:
                worker.take_back()

    def again(self, job: Job) -> None:
        """Do an ended job again: finished frames are found in the store.

        Raises:
            EmoGeneError: its voice is gone, too many jobs of its owner or of all wait, or the disk is full; then it
                stays as it was.
        """
        if self._recordings(job) is None:
            raise missing_audio()
        check_room(job, self.jobs.active())
        self.jobs.check_room()
        self.jobs.hold(job)
        job.restart()
        self.submit(job)

    def cancel(self, job: Job) -> None:
        """Stop a job now; what workers do for it is given up, finished frames stay."""
        if job.ended:
            return
        if job.live is not None:
            self.jobs.end(job, "done")  # nothing is given up: a stream has no other end
            return
        self.jobs.end(job, "cancelled", Cancelled())
        for worker in self._pool.workers:
            worker.give_up(job)

    def supersede(self, job: Job) -> None:
        """Its client asked for a newer frame. What the worker does for it is finished: a plan serves the newer one too,
        and a picture that is nearly there is shown meanwhile."""
        job.superseded = True
        if not job.preparing and not job.working and not job.ended:
            self.jobs.end(job, "failed", outcomes.superseded())

    def redo(self, job: Job, frame: int) -> None:
        """A finished frame turned out damaged or gone: render it again."""
        if frame in job.lost:
            return
        log.warning("frame %d is damaged or gone and is rendered again", frame, extra={"job": job.id, "frame": frame})
        job.lost.add(frame)
        job.pending.appendleft(frame)
        if job.ended:
            try:
                self.jobs.reopen(job)
            except StoreError as error:
                self.jobs.end(job, "failed", error)

    def release(self) -> None:
        """Free the workers' memory, unless a job needs them: one that sleeps is woken by the next job only."""
        if not any(self.jobs.active()):
            self._pool.release()

    def busy(self) -> bool:
        """Whether work would be lost: streams are none."""
        return any(job.live is None for job in self.jobs.active())

    def wait_seconds(self) -> float | None:
        """How soon there may be something to do without news; None where only news brings work."""
        waits = (job.live.pacer.wait_seconds() for job in self.jobs.active() if job.live and job.prepared)
        return min((wait for wait in waits if wait is not None), default=None)

    def step(self) -> bool:
        """Give free workers their next tasks; True if there is more to do at once."""
        for job in [job for job in self.jobs.active() if job.live is not None and job.live.abandoned]:
            self.jobs.end(job, "done")
        if not any(worker.process.ready for worker in self._pool.workers):
            self._queue.nobody_works()
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
            assignment = worker.begun(message.task)
            if assignment is not None and assignment.counts and message.stage != BEGUN:
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
            job.rendered_one(message.seconds)
            self._queue.served(job, message.seconds)
        else:
            self._queue.served(job, time.monotonic() - assignment.sent)
        if not assignment.counts:
            return
        if isinstance(message, TaskFailed):
            outcomes.came_to_nothing(self.jobs, assignment, EmoGeneError(message.message, message.hint, message.code))
        elif isinstance(message, Prepared):
            outcomes.prepared(self.jobs, job, message, raw)
        elif job.live is not None:
            job.attempts.clear()
            job.live.rendered(raw)
        elif isinstance(message, Rendered):
            outcomes.finished(self.jobs, job, assignment.frame, message.size)

    def worker_died(self, worker: PooledWorker) -> None:
        """The task at hand is lost and counts as an attempt; the others had not begun, or were being written."""
        blamed, lost = worker.at_hand, worker.lose_tasks()
        for assignment in reversed(lost):
            assignment.over()
            if not assignment.counts:
                continue
            if assignment is blamed:
                outcomes.came_to_nothing(self.jobs, assignment, outcomes.died(assignment))
            else:
                assignment.job.pending.appendleft(assignment.frame)
            if assignment.what == "frame":
                assignment.job.given_back.add(assignment.frame)

    def _next(self, worker: PooledWorker) -> Job | None:
        """What this worker may do now.

        While a stream plays, renders wait, also where the stream is ahead: a frame of theirs may take longer than that.
        With several workers it is enough that one of them is left free. How long they wait at most: see job_queue.py.
        """
        if worker.tasks and not self._may_add(worker):
            return None
        active = list(self.jobs.active())
        playing = any(job.live.pacer.playing for job in active if job.live is not None and job.prepared)
        held = playing and worker is self._pool.workers[0]
        can_begin = worker.process.ready
        job = self._queue.choose(filter(_has_work, active), active, worker.last, held, can_begin)
        # Behind the task at hand only another frame of the same job may wait.
        return job if not worker.tasks or job is worker.last else None

    def _may_add(self, worker: PooledWorker) -> bool:
        """Whether another frame may wait at this worker: it is the same job's, and quick."""
        job = worker.tasks[0].job
        if worker.tasks[0].what != "frame" or job.ended or not job.pending or not job.frame_seconds:
            return False
        most = next((count for seconds, count in AHEAD if job.frame_seconds < seconds), 1)
        return len(worker.tasks) < most

    def _reuse(self, job: Job) -> bool:
        """Whether the job's next frame is in the store already; then it is finished."""
        frame = job.pending[0]
        if not self._frames.has(job.key_of(frame)):
            return False
        job.pending.popleft()
        job.reused += frame not in job.given_back  # else the worker that died had written it for this job
        outcomes.finished(self.jobs, job, frame, 0)
        return True

    def _give(self, worker: PooledWorker, job: Job) -> bool:
        """Let a worker begin the job's next task; False if it cannot take more now."""
        if self._pool.problem and job.kind not in KEPT_KINDS:  # renders wait for better times
            self.jobs.end(job, "failed", BackendError(self._pool.problem, "Run `emogene doctor` where the backend is."))
            return True
        if not worker.process.ready:
            if not job.prepared and not job.preparing:
                job.stage = self._pool.problem or "starting"
            return False
        self._task += 1
        self._queue.given(job)
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
        recordings = self._recordings(job)
        if recordings is None:
            self.jobs.end(job, "failed", missing_audio())
            return
        job.preparing = True
        job.stage = "planning"
        needed = tuple({other.plan for other in self.jobs.active() if other.plan})
        prepare = Prepare(
            task=self._task, shot=job.shot, recordings=recordings, with_keys=job.needs_keys, needed=needed
        )
        worker.assign(Assignment(self._task, job, "prepare"), prepare)

    def _render_live(self, worker: PooledWorker, job: Job) -> None:
        if job.live is None or (wanted := job.live.pacer.wanted()) is None:
            return
        job.live.begin(wanted, self._task)
        row = wanted.frame - job.shot.frame_start
        task = RenderLive(task=self._task, shot=_picture_of(job.shot, row), plan=job.plan, row=row, size=wanted.size)
        worker.assign(Assignment(self._task, job, "live"), task)

    def _recordings(self, job: Job) -> tuple[str, ...] | None:
        """Where they lie; None if one is not here."""
        paths = self._blobs.recordings(job.shot)
        return None if paths is None else tuple(map(str, paths))


def _has_work(job: Job) -> bool:
    """Whether there is a task to give: its plan, a frame, a picture."""
    if not job.prepared:
        return not job.preparing
    return job.live.pacer.wanted() is not None if job.live is not None else len(job.pending) > 0


def _picture_of(shot: Shot, row: int) -> Shot:
    """What one picture of a planned shot depends on beside its plan: little to send, however long the shot is."""
    camera = shot.camera_at(row)
    return msgspec.structs.replace(
        shot,
        further_audio=(),
        emotions=(),
        emotion_curves=(),
        head_track=None,
        landmark_edits=None,
        camera=camera,
        camera_track=(),
    )


def missing_audio() -> EmoGeneError:
    return BackendError("The backend does not have this audio.", "Load the audio again.", code="no_audio")
