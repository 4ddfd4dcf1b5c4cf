"""Several processes draw frames, each on its part of the cores or its own GPU; one that dies costs no frame."""

import logging
import math
import multiprocessing
import os
import time
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from emogene.films.drawing import TRIES, DrawingSetup
from emogene.films.render_worker import Failed, FromWorker, Ready, Stopped, work
from emogene.films.shot_frames import FrameTask
from emogene_proto.errors import RenderError

log = logging.getLogger("emogene.films")

Drawn = tuple[int, str | None]
"""A frame's number, and the reason if it failed."""
_STARTS = 3
"""So often in a row may a process at one place come to nothing before the place is given up."""
_FAILURES = 3
"""So many frames in a row may fail in a process while others draw: a GPU that fell off fails every frame at once."""
FRAME_SECONDS = 900.0
"""A process that has said nothing for so long, over a frame or while it starts, hangs. No frame takes so long."""
_PATIENCE_SECONDS = 10.0
"""For the frame in flight when a process is to end, and for the system to end one that was killed."""


@dataclass
class _Worker:
    process: SpawnProcess
    connection: Connection
    place: int
    """Which part of the computer it has."""
    since: float
    """When it was started or given its frame, by the monotonic clock."""
    ready: bool = False
    task: FrameTask | None = None
    failed: int = 0
    """Frames that failed in it since it drew one."""
    drawn_before: int = 0
    """How many frames all had drawn when the first of these failed."""


class WorkerGroup:
    """Processes that share the frames; which one draws a frame changes none of its bytes."""

    def __init__(self, setup: DrawingSetup, count: int, frame_seconds: float = FRAME_SECONDS):
        self._setup, self._count, self._frame_seconds = setup, count, frame_seconds
        self._threads = max(1, cores() // count)
        self._gpus = gpus() if setup.shot.engine == "cuda" else []
        self._workers: list[_Worker] = []
        self._again: deque[tuple[FrameTask, int]] = deque()
        """Frames to try again, and at which place each failed."""
        self._tries: dict[int, int] = {}
        self._failed_starts: Counter[int] = Counter()
        """By place, since a frame was drawn there."""
        self._drawn = 0

    def draw(self, tasks: Iterable[FrameTask]) -> Generator[Drawn]:
        """Numbers of frames as they are drawn, with the reason where one failed.

        Raises:
            RenderError: the processes do not start, or nothing can be written.
        """
        coming = iter(tasks)
        try:
            self._workers = [self._started(place) for place in range(self._count)]
            while self._hand_out(coming):
                speaking = wait([worker.connection for worker in self._workers], self._next_limit())
                for worker in list(self._workers):
                    if worker.connection in speaking:
                        yield from self._listen(worker)
                    elif self._limit(worker) <= time.monotonic():
                        reason = f"The process that rendered it said nothing for {self._frame_seconds:g} s."
                        yield from self._lost(worker, reason, "said nothing")
        finally:
            self._end()

    def _limit(self, worker: _Worker) -> float:
        """When it counts as hanging, by the monotonic clock."""
        return worker.since + self._frame_seconds if worker.task or not worker.ready else math.inf

    def _next_limit(self) -> float | None:
        """Seconds until the first process counts as hanging; None where none has anything to do."""
        first = min(map(self._limit, self._workers))
        return None if first == math.inf else max(0.0, first - time.monotonic())

    def _hand_out(self, coming: Iterator[FrameTask]) -> bool:
        """Give a frame to each process that has none; whether any has one, or is still to come."""
        more = True
        for worker in self._workers:
            if worker.ready and worker.task is None:
                worker.task = self._next_for(worker, coming)
                more = worker.task is not None
                if worker.task is not None:
                    worker.since = time.monotonic()
                    _send(worker, worker.task)
        return more or bool(self._again) or any(worker.task is not None for worker in self._workers)

    def _next_for(self, worker: _Worker, coming: Iterator[FrameTask]) -> FrameTask | None:
        """A frame that failed at one place is tried again at another, where there is one."""
        for task, place in self._again:
            if place != worker.place or len(self._workers) == 1:
                self._again.remove((task, place))
                return task
        return next(coming, None)

    def _listen(self, worker: _Worker) -> Iterator[Drawn]:
        try:
            message: FromWorker = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join()
            end = _end_of(worker.process)
            yield from self._lost(worker, f"The process that rendered it {end}.", end)
        else:
            yield from self._heard(worker, message)

    def _heard(self, worker: _Worker, message: FromWorker) -> Iterator[Drawn]:
        if isinstance(message, Ready):
            worker.ready = True
        elif isinstance(message, Stopped):
            stopped = RenderError(message.message, message.hint)
            if worker.ready:  # nothing can be written, wherever it was drawn
                raise stopped
            _end_now(worker)
            self._give_up(worker, stopped)
        elif isinstance(message, Failed):
            yield from self._frame_failed(worker, message.reason)
        else:
            worker.task, worker.failed = None, 0
            self._drawn += 1
            self._failed_starts.pop(worker.place, None)
            self._tries.pop(message.number, None)
            yield message.number, None

    def _frame_failed(self, worker: _Worker, reason: str) -> Iterator[Drawn]:
        """It is tried again; a process in which every frame fails while others draw is ended."""
        if not worker.failed:
            worker.drawn_before = self._drawn
        worker.failed += 1
        yield from self._try_again(worker, reason)
        if worker.failed >= _FAILURES and self._drawn > worker.drawn_before:
            worker.ready = False  # it can draw nothing
            yield from self._lost(worker, reason, f"failed with every frame: {reason}")

    def _lost(self, worker: _Worker, reason: str, end: str) -> Iterator[Drawn]:
        """Start another process in its place; its frame in flight is drawn again.

        Args:
            reason: why that frame failed.
            end: what became of the process, after "it".
        """
        _end_now(worker)
        yield from self._try_again(worker, reason)
        self._failed_starts[worker.place] += not worker.ready
        if self._failed_starts[worker.place] < _STARTS:
            self._workers[self._workers.index(worker)] = self._started(worker.place)
            return
        message = f"The processes that render do not start ({end})."
        self._give_up(worker, RenderError(message, "Use --workers 1, which tells why."))

    def _give_up(self, worker: _Worker, why: RenderError) -> None:
        """Go on without this place.

        Raises:
            RenderError: none is left.
        """
        self._workers.remove(worker)
        if not self._workers:
            raise why
        where = self._settings(worker.place).get("CUDA_VISIBLE_DEVICES")
        part = f"process {worker.place + 1}" if where is None else f"process {worker.place + 1} on GPU {where}"
        log.warning("the film goes on without %s, with %d left: %s", part, len(self._workers), why.message)

    def _try_again(self, worker: _Worker, reason: str) -> Iterator[Drawn]:
        task, worker.task = worker.task, None
        if task is None:
            return
        tries = self._tries[task.number] = self._tries.get(task.number, 0) + 1
        if tries < TRIES:
            self._again.append((task, worker.place))
        else:
            yield task.number, reason

    def _started(self, place: int) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, self._setup), daemon=True)
        with _environment(self._settings(place)):
            process.start()
        theirs.close()  # so that its end is heard
        return _Worker(process, ours, place, time.monotonic())

    def _settings(self, place: int) -> dict[str, str]:
        names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        settings: dict[str, str] = {name: str(self._threads) for name in names}
        if self._gpus:
            settings["CUDA_VISIBLE_DEVICES"] = self._gpus[place % len(self._gpus)]
        return settings

    def _end(self) -> None:
        """Let each finish its frame; a closed connection tells it to leave."""
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            if worker.ready:
                worker.process.join(_PATIENCE_SECONDS)
            _end_now(worker)


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpus() -> list[str]:
    """Names of the GPUs that may be used, as CUDA_VISIBLE_DEVICES has them."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name.strip() for name in chosen.split(",") if name.strip()]
    import torch

    return [str(number) for number in range(torch.cuda.device_count())]


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    """Inside, processes are started with these settings: libraries read them when they are imported."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _send(worker: _Worker, task: FrameTask) -> None:
    with suppress(OSError):  # it has died; reading from it will say so
        worker.connection.send(task)


def _end_now(worker: _Worker) -> None:
    """End it, whatever it does. One that the system does not end, over a GPU that is gone, is not waited for."""
    worker.connection.close()
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join(_PATIENCE_SECONDS)


def _end_of(process: SpawnProcess) -> str:
    code = process.exitcode or 0
    if code == -9:
        return "was killed, perhaps for lack of memory"
    return f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
