"""Which task the worker does next: frames asked for on demand, plans, streams, then renders in the order they came."""

import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec

from emogene.service.blobs import BlobStore
from emogene.service.frames import FrameStore
from emogene.service.jobs import Job, JobFolder, State
from emogene.service.logs import about
from emogene.service.tasks import (
    FromWorker,
    LiveRendered,
    Prepare,
    Prepared,
    Render,
    Rendered,
    RenderLive,
    Stage,
    Stop,
    TaskFailed,
)
from emogene.service.worker_process import WorkerProcess
from emogene_proto.errors import BackendError, Cancelled, EmoGeneError, ProtocolError, ShotError
from emogene_proto.messages import JobInfo
from emogene_proto.shot import Shot

log = logging.getLogger("emogene.service")

ACTIVE_JOBS = 256
ATTEMPTS = 2
"""A task over which the worker dies so often fails its job."""
KEPT_RENDERS = 500
KEPT_OTHERS = 50
"""Jobs that ended; beyond these numbers the oldest are forgotten."""
REUSED_AT_ONCE = 64
"""Frames looked up in the store before clients are heard again."""

_PRIORITY = {"frame": 0, "plan": 1, "stream": 2, "render": 3}


class Scheduler:
    """All jobs, and the one task that the worker is doing."""

    def __init__(self, worker: WorkerProcess, frames: FrameStore, blobs: BlobStore, folder: JobFolder | None):
        self._worker = worker
        self._frames = frames
        self._blobs = blobs
        self._folder = folder
        self._jobs = {job.id: job for job in folder.load()} if folder else {}
        self._task = 0
        self._working: Job | None = None
        self._frame = 0
        """The frame that is being rendered, if the working job is prepared."""

    def submit(self, job: Job) -> None:
        """Queue a job.

        Raises:
            BackendError: too many are waiting.
        """
        if sum(1 for _ in self._active()) >= ACTIVE_JOBS:
            raise BackendError(f"{ACTIVE_JOBS} jobs are waiting already.", "Cancel some, or wait.", code="busy")
        self._jobs[job.id] = job
        self._save(job)
        self._worker.restart()
        self._forget_old()

    def job(self, job_id: str) -> Job:
        """A job by its id.

        Raises:
            ProtocolError: there is none.
        """
        if job_id not in self._jobs:
            raise ProtocolError("The backend does not know this job.", "Plan or render again.", code="unknown_job")
        return self._jobs[job_id]

    def infos(self) -> tuple[JobInfo, ...]:
        """All jobs, newest first."""
        return tuple(job.info() for job in sorted(self._jobs.values(), key=lambda job: -job.created))

    def cancel(self, job: Job) -> None:
        """Stop a job; the task at hand ends by itself and its result is kept, but the job is over now."""
        if job.ended:
            return
        if job.live is not None:
            self._end(job, "done")  # nothing is given up: a stream has no other end
        else:
            self._end(job, "cancelled", Cancelled())
        if job is self._working and not job.prepared:
            self._worker.send(Stop(task=self._task))

    def supersede(self, job: Job) -> None:
        """Its client asked for a newer frame. What the worker does for it is finished: a plan serves the newer one too,
        and a picture that is nearly there is shown meanwhile."""
        job.superseded = True
        if job is not self._working and not job.ended:
            self._end(job, "failed", _superseded())

    def busy(self) -> bool:
        """Whether work would be lost: streams are none."""
        return any(job.live is None for job in self._active())

    def wait_seconds(self) -> float | None:
        """How soon there may be something to do without news; None where only news brings work."""
        waits = (job.live.pacer.wait_seconds() for job in self._active() if job.live and job.prepared)
        return min((wait for wait in waits if wait is not None), default=None)

    def step(self) -> bool:
        """Give the worker its next task; True if there is more to do at once."""
        for job in [job for job in self._active() if job.live is not None and job.live.abandoned]:
            self._end(job, "done")
        for _ in range(REUSED_AT_ONCE):
            if self._working is not None or (job := self._next()) is None:
                return False
            if job.prepared and job.needs_keys and self._reuse(job):
                continue
            if self._worker.problem:
                self._end(
                    job, "failed", BackendError(self._worker.problem, "Run `emogene doctor` where the backend is.")
                )
            elif self._worker.ready:
                self._begin(job)
            else:
                job.stage = "starting"
                return False
        return True

    def handle(self, message: FromWorker, raw: bytes) -> None:
        """Take in what the worker says about its task."""
        job = self._working
        if (
            job is None
            or not isinstance(message, Stage | Prepared | Rendered | LiveRendered | TaskFailed)
            or message.task != self._task
        ):
            return
        if isinstance(message, Stage):
            job.fraction, job.stage = message.fraction, message.stage
            return
        self._working = None
        job.attempts = 0
        if job.ended:
            return
        if isinstance(message, TaskFailed):
            self._end(job, "failed", EmoGeneError(message.message, message.hint, message.code))
        elif isinstance(message, Prepared):
            self._prepared(job, message, raw)
        elif job.live is not None:
            job.live.rendered(raw)
        else:
            self._finish_frame(job, self._frame)

    def worker_died(self) -> None:
        """The task at hand is lost: it is given to the next worker, but not for ever."""
        job, self._working = self._working, None
        if job is None or job.ended:
            return
        job.attempts += 1
        if job.attempts >= ATTEMPTS:
            what = f"frame {self._frame}" if job.prepared else "planning"
            error = BackendError(f"The renderer died twice over {what}.", "Use smaller pictures, or look into the log.")
            self._end(job, "failed", error)
        elif job.live is not None:
            job.live.lost()
        elif job.prepared:
            job.pending.appendleft(self._frame)

    def _active(self) -> Iterator[Job]:
        return (job for job in self._jobs.values() if not job.ended)

    def _next(self) -> Job | None:
        """Of frames on demand the newest goes first: it is where the playhead is now.

        While a stream plays, renders wait, also where the stream is ahead: a frame of theirs may take longer than that.
        """
        active = list(self._active())
        streams = [job for job in active if job.live is not None and job.prepared]
        playing = any(job.live.pacer.playing for job in streams if job.live)
        idle = {job.id for job in streams if job.live and job.live.pacer.wanted() is None}
        ready = (job for job in active if job.id not in idle and not (playing and job.kind == "render"))
        return min(ready, key=_place, default=None)

    def _reuse(self, job: Job) -> bool:
        """Whether the job's next frame is in the store already; then it is finished."""
        frame = job.pending[0]
        if not self._frames.has(job.key_of(frame)):
            return False
        job.pending.popleft()
        job.reused += 1
        self._finish_frame(job, frame)
        return True

    def _begin(self, job: Job) -> None:
        self._task += 1
        if job.prepared:
            job.state = "rendering"
        elif job.stage == "queued":
            job.stage = "planning"
            what = (job.id, job.kind, job.first, job.last)
            log.info("job %s begins: %s of frames %d-%d", *what, extra={"job": job.id})
        if job.prepared and job.live is not None:
            if (wanted := job.live.pacer.wanted()) is None:
                return
            job.live.begin(wanted, self._task)
            row = wanted.frame - job.shot.frame_start
            shot = _picture_of(job.shot, row)
            self._worker.send(RenderLive(task=self._task, shot=shot, plan=job.plan, row=row, size=wanted.size))
        elif job.prepared:
            self._frame = job.pending.popleft()
            row = self._frame - job.shot.frame_start
            key = job.key_of(self._frame)
            self._worker.send(Render(task=self._task, shot=job.shot, plan=job.plan, row=row, key=key))
        else:
            audio = self._audio(job)
            if audio is None:
                self._end(job, "failed", missing_audio())
                return
            needed = tuple({other.plan for other in self._active() if other.plan})
            self._worker.send(
                Prepare(task=self._task, shot=job.shot, audio_path=str(audio), with_keys=job.needs_keys, needed=needed)
            )
        self._working = job
        self._worker.doing = {"job": job.id, "frame": self._frame} if job.prepared else {"job": job.id}

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

    def _finish_frame(self, job: Job, frame: int) -> None:
        job.finished.append(frame)
        if not job.pending:
            self._end(job, "done")

    def _end(self, job: Job, state: State, failure: EmoGeneError | None = None) -> None:
        job.state = state
        job.failure = failure
        with about(job=job.id):
            log.info("job %s %s: %d frames, %d of them reused", job.id, state, len(job.finished), job.reused)
            if failure:
                log.info("job %s: %s", job.id, failure)
        self._save(job)

    def _save(self, job: Job) -> None:
        if self._folder:
            self._folder.save(job)

    def _forget_old(self) -> None:
        ended = sorted((job for job in self._jobs.values() if job.ended), key=lambda job: -job.created)
        old = [job for job in ended if job.kind == "render"][KEPT_RENDERS:]
        old += [job for job in ended if job.kind != "render"][KEPT_OTHERS:]
        for job in old:
            del self._jobs[job.id]
        if self._folder:
            self._folder.forget(old)


def _place(job: Job) -> tuple[int, float]:
    """Who has the smallest goes first."""
    if job.live is not None:
        return _PRIORITY[job.kind], job.live.turn
    return _PRIORITY[job.kind], -job.created if job.kind == "frame" else job.created


def _picture_of(shot: Shot, row: int) -> Shot:
    """What one picture of a planned shot depends on beside its plan: little to send, however long the shot is."""
    camera = shot.camera_at(row)
    return msgspec.structs.replace(
        shot, emotions=(), emotion_curves=(), head_track=None, camera=camera, camera_track=()
    )


def _superseded() -> EmoGeneError:
    message, hint = "A newer frame was asked for before this one was begun.", "Ask again if it is still wanted."
    return EmoGeneError(message, hint, "superseded")


def missing_audio() -> EmoGeneError:
    return BackendError("The backend does not have this audio.", "Load the audio again.", code="no_audio")
