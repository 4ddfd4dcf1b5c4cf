"""The workers of one backend: one for each GPU, or for each group of CPU cores, and the tasks that each one has."""

import logging
import os
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec
import zmq

from emogene.service.jobs import Job
from emogene.service.tasks import FromWorker, Release, Stop, ToWorker
from emogene.service.worker_process import WorkerKind, WorkerProcess

log = logging.getLogger("emogene.service")

HANG_SECONDS = 900.0
"""A worker that has work and says nothing for so long is ended; a picture of 8192x8192 in final quality takes less."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 30.0, 600.0
"""Between two tries to start a worker that does not start."""
GIVE_UP_SECONDS = 1.2
"""So long a worker may go on with a cancelled task before it is ended: its memory is to be free within two seconds."""


@dataclass(frozen=True)
class Assignment:
    """A task that a worker has."""

    task: int
    job: Job
    what: Literal["prepare", "frame", "live"]
    frame: int = 0
    """The frame of a `frame`."""
    sent: float = field(default_factory=time.monotonic)
    run: int = -1
    """Of the job, when the task was given."""
    planned: int = 0
    """How often the job had been planned then."""

    def __post_init__(self):
        if self.run < 0:
            object.__setattr__(self, "run", self.job.run)
            object.__setattr__(self, "planned", self.job.planned)

    @property
    def counts(self) -> bool:
        """Whether its result matters: its job has neither ended nor begun anew."""
        return not self.job.ended and self.run == self.job.run

    def over(self) -> None:
        """No worker has it any more."""
        if self.run != self.job.run:
            return
        if self.what == "frame":
            self.job.working.discard(self.frame)
        elif self.what == "prepare":
            self.job.preparing = False


class PooledWorker:
    """A worker and its tasks, in the order in which it does them."""

    def __init__(self, process: WorkerProcess):
        self.process = process
        process.about = self._about
        self.tasks: deque[Assignment] = deque()
        self.last: Job | None = None
        """The job of its newest task: to go on with it is cheapest."""
        self.since = 0.0
        """When it began with that job."""
        self._begun = 0
        self._given_up: dict[int, float] = {}
        """Tasks of cancelled jobs, and since when they are."""
        self._pause, self._tried = FIRST_PAUSE_SECONDS, time.monotonic()

    @property
    def at_hand(self) -> Assignment | None:
        """The task that the worker said it began last; where it has said nothing, the first."""
        known = [assignment for assignment in self.tasks if assignment.task == self._begun]
        return known[0] if known else self.tasks[0] if self.tasks else None

    def begun(self, task: int) -> Assignment | None:
        """The worker says that it works on a task; None if it is not one of its own."""
        self._begun = task
        return next((assignment for assignment in self.tasks if assignment.task == task), None)

    @property
    def doing(self) -> str:
        """For people."""
        if self.process.problem:
            return self.process.problem
        if not self.process.pid:
            return "asleep"
        if not self.process.ready:
            return "starting"
        names = {"prepare": "planning", "frame": "rendering", "live": "live"}
        return names[self.tasks[0].what] if self.tasks else "idle"

    def _about(self) -> dict[str, Any]:
        """For the log, in another thread."""
        try:
            at_hand = self.tasks[0]
        except IndexError:
            return {}
        known = {"job": at_hand.job.id}
        return {**known, "frame": at_hand.frame} if at_hand.what == "frame" else known

    def assign(self, assignment: Assignment, message: ToWorker) -> None:
        if not self.tasks:
            self.process.heard = time.monotonic()
        if self.last is not assignment.job:
            self.last, self.since = assignment.job, time.monotonic()
        self.tasks.append(assignment)
        self.process.send(msgspec.structs.replace(message, job=assignment.job.id))

    def answered(self, task: int) -> Assignment | None:
        """Take a task off; None if it is not one of this worker's."""
        for assignment in self.tasks:
            if assignment.task == task:
                self.tasks.remove(assignment)
                self._given_up.pop(task, None)
                return assignment
        return None

    def take_back(self) -> None:
        """Something goes before what waits behind the task at hand; what has not begun comes back as cancelled."""
        for assignment in list(self.tasks)[1:]:
            self.process.send(Stop(task=assignment.task))

    def give_up(self, job: Job) -> None:
        """Stop this job's tasks, and let go of what is kept for it."""
        mine = [assignment for assignment in self.tasks if assignment.job is job]
        now = time.monotonic()
        for assignment in mine:
            self.process.send(Stop(task=assignment.task))
            self._given_up.setdefault(assignment.task, now)
        if self.process.ready and self.last is job:
            self.process.send(Release(task=0))

    def check(self, hang_seconds: float) -> None:
        """End a worker that hangs, or that does not come off a task that was given up."""
        now = time.monotonic()
        at_hand = self.at_hand
        given_up = self._given_up.get(at_hand.task) if at_hand is not None else None
        if given_up is not None and now - given_up > GIVE_UP_SECONDS:
            log.info("worker %d is ended: its task was cancelled", self.process.pid)
        elif self._is_awaited and now - self.process.heard > hang_seconds:
            log.error("worker %d has said nothing for %.0f s and is ended", self.process.pid, hang_seconds)
        else:
            return
        self._given_up.clear()
        self.process.kill()

    @property
    def _is_awaited(self) -> bool:
        """Whether it should say something: that it is ready, or how far it is."""
        return bool(self.process.pid) and (bool(self.tasks) or not self.process.ready)

    def try_again(self) -> None:
        """Where it could not be started, begin again after a pause that grows: memory may be short for a while."""
        now = time.monotonic()
        if self.process.ready:
            self._pause = FIRST_PAUSE_SECONDS
        if not self.process.problem:
            self._tried = now
        elif now - self._tried > self._pause:
            self._tried, self._pause = now, min(2 * self._pause, LONGEST_PAUSE_SECONDS)
            self.process.restart()

    def lose_tasks(self) -> list[Assignment]:
        """All tasks of a worker that died, the one at hand first."""
        lost, self.last = list(self.tasks), None
        self.tasks.clear()
        self._given_up.clear()
        return lost


class WorkerPool:
    """So many workers."""

    def __init__(self, context: zmq.Context, kind: WorkerKind, count: int = 0, hang_seconds: float = HANG_SECONDS):
        """`count` 0: one for each GPU that the engine cuda can use, else a single one with all cores."""
        self._hang_seconds = hang_seconds
        self.workers = [
            PooledWorker(WorkerProcess(context, each, number)) for number, each in enumerate(_kinds(kind, count))
        ]

    @property
    def ready(self) -> bool:
        """Whether one of them works, or would if it were woken."""
        return any(worker.process.ready or worker.doing == "asleep" for worker in self.workers)

    @property
    def problem(self) -> str:
        """Why nothing can be rendered; empty while one of them works or starts."""
        problems = [worker.process.problem for worker in self.workers]
        return problems[0] if all(problems) else ""

    def receive(self) -> Iterator[tuple[PooledWorker, FromWorker, bytes]]:
        for worker in self.workers:
            for message, raw in worker.process.receive():
                yield worker, message, raw

    def died(self) -> Iterator[PooledWorker]:
        """Workers that ended since the last call; new ones are starting in their places."""
        for worker in self.workers:
            worker.try_again()
            worker.check(self._hang_seconds)
            if worker.process.died():
                yield worker

    def wake(self) -> None:
        """Start what sleeps, and try again what could not be started."""
        for worker in self.workers:
            worker.process.restart()

    def release(self) -> None:
        """Free the memory of workers that have nothing to do."""
        for worker in self.workers:
            if not worker.tasks:
                worker.process.sleep()
                worker.last = None

    def close(self) -> None:
        for worker in self.workers:
            worker.process.close()


def _kinds(kind: WorkerKind, count: int) -> list[WorkerKind]:
    gpus = _gpus()
    count = count or max(len(gpus), 1)
    if count == 1:
        return [kind]
    threads = max((os.cpu_count() or 1) // count, 1)
    each = [replace(kind, threads=threads) for _ in range(count)]
    if gpus:
        return [
            replace(one, environment={**kind.environment, "CUDA_VISIBLE_DEVICES": gpus[number % len(gpus)]})
            for number, one in enumerate(each)
        ]
    return each


def _gpus() -> list[str]:
    """Names by which CUDA_VISIBLE_DEVICES knows the GPUs that may be used."""
    from emogene.render.kernels.gpu.cuda_device import why_no_cuda

    if why_no_cuda():
        return []
    import torch

    count = torch.cuda.device_count()
    allowed = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    return allowed[:count] if allowed else [str(number) for number in range(count)]
