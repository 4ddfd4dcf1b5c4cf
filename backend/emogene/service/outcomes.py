"""What becomes of a job when a worker has done a task, or has come to nothing with it."""

import logging

from emogene.service.array_folder import StoreError
from emogene.service.job_list import JobList
from emogene.service.jobs import Job, frame_names
from emogene.service.tasks import Prepared
from emogene.service.worker_pool import Assignment
from emogene_proto.errors import BackendError, EmoGeneError, ShotError

log = logging.getLogger("emogene.service")

ATTEMPTS = 3
"""A task that is given up so often, by its worker's end or an error of its own, fails: a frame fails alone."""

_PLANNING = -(2**31)
"""Stands for planning where attempts are counted: no frame has this number."""
_TRIED_AGAIN = ("died", "internal", "memory", "plan_lost")
_WHOLE_JOB = ("disk", "bad_actor", "bad_shot", "no_picture", "plan_lost")
"""Errors of a frame that every other frame of its job would meet too."""


def prepared(jobs: JobList, job: Job, message: Prepared, keys: bytes) -> None:
    """Its plan is there: frames wait to be rendered, unless it asked for others than there are."""
    job.plan, job.frame_count, job.keys = message.plan, message.frames, keys
    job.planned += 1
    job.film = message.film
    job.state = "planned"
    if job.kind == "plan":
        jobs.end(job, "done")
        return
    if job.superseded:
        jobs.end(job, "failed", superseded())
        return
    first, last = job.shot.frame_start, job.shot.frame_start + message.frames - 1
    asked = first <= job.first and job.last <= last
    if not (asked if job.live is None else job.live.planned(range(first, last + 1))):
        wanted = f"frame {job.first}" if job.first == job.last else f"frames {job.first} to {job.last}"
        error = ShotError(f"The shot has frames {first} to {last}, not {wanted}.", "Choose a range inside.")
        jobs.end(job, "failed", error)
    elif job.live is None:
        try:
            jobs.hold(job)  # before the first is looked up
        except StoreError as error:
            jobs.end(job, "failed", error)
            return
        known = job.working.union(job.finished, job.failed) - job.lost
        job.pending.clear()
        job.pending.extend(frame for frame in range(job.first, job.last + 1) if frame not in known)
        jobs.save(job)


def finished(jobs: JobList, job: Job, frame: int, size: int) -> None:
    """A frame is in the store; it was rendered to so many bytes, 0 if it was there."""
    job.file_bytes += size
    job.attempts.pop(_PLANNING, None)  # the plan was of use: another loss of it is another story
    if frame in job.lost:
        job.lost.discard(frame)
    else:
        job.finished.append(frame)
    _end_when_complete(jobs, job)


def came_to_nothing(jobs: JobList, assignment: Assignment, error: EmoGeneError) -> None:
    """Try the task again, or let it fail."""
    job, what, frame = assignment.job, assignment.what, assignment.frame
    if error.code == "cancelled" and what == "frame":  # taken back before it was begun
        job.pending.appendleft(frame)
        return
    if error.code == "plan_lost" and (not job.plan or assignment.planned < job.planned):
        _put_back(assignment)  # another task met it before, and it is planned again
        return
    counted = _PLANNING if what == "prepare" or error.code == "plan_lost" else frame
    job.attempts[counted] = job.attempts.get(counted, 0) + 1
    again = job.attempts[counted] < ATTEMPTS and error.code in _TRIED_AGAIN
    if error.code == "plan_lost" and again:
        _put_back(assignment)
        job.plan = ""  # somebody cleaned the cache: it is planned again, and its frames are as they were
        return
    if what == "live" and job.live is not None and again:
        job.live.lost()
    elif what == "prepare" and again and error.code == "died":
        job.stage = "starting"
    elif what != "frame" or error.code in _WHOLE_JOB:
        jobs.end(job, "failed", error)
    elif again:
        job.pending.appendleft(frame)
    else:
        log.error("a frame has failed: %s", error, extra={"job": job.id, "frame": frame})
        job.failed[frame] = error
        _end_when_complete(jobs, job)


def _put_back(assignment: Assignment) -> None:
    job = assignment.job
    if job.live is not None:
        job.live.lost()
    elif assignment.what == "frame":
        job.pending.appendleft(assignment.frame)


def died(assignment: Assignment) -> BackendError:
    """What is said of a task over which workers end again and again."""
    what = f"frame {assignment.frame}" if assignment.what == "frame" else "planning"
    message = f"The renderer died {ATTEMPTS} times over {what}."
    return BackendError(message, "Use smaller pictures, or look into the log.", code="died")


def superseded() -> EmoGeneError:
    message, hint = "A newer frame was asked for before this one was begun.", "Ask again if it is still wanted."
    return EmoGeneError(message, hint, "superseded")


def _end_when_complete(jobs: JobList, job: Job) -> None:
    if job.pending or job.working:
        return
    if not job.failed:
        jobs.end(job, "done")
        return
    error = next(iter(job.failed.values()))
    message = (
        f"Frame{'s' * (len(job.failed) > 1)} {frame_names(list(job.failed))} could not be rendered: {error.message}"
    )
    jobs.end(job, "failed", EmoGeneError(message, f"{error.hint} Finished frames are kept.", "frames_failed"))
