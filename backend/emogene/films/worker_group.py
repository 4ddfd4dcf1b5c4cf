"""Several processes draw frames, each on its part of the cores or its own GPU; one that dies costs no frame."""

import multiprocessing
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from emogene.films.drawing import TRIES, DrawingSetup
from emogene.films.render_worker import Failed, FromWorker, Ready, Stopped, work
from emogene.films.shot_frames import FrameTask
from emogene_proto.errors import RenderError

Drawn = tuple[int, str | None]
"""A frame's number, and the reason if it failed."""
_STARTS = 3
"""So often in a row may a process die before it is ready."""
_PATIENCE_SECONDS = 10.0
"""For the frame in flight when a process is to end."""


@dataclass
class _Worker:
    process: SpawnProcess
    connection: Connection
    place: int
    """Which part of the computer it has."""
    ready: bool = False
    task: FrameTask | None = None


class WorkerGroup:
    """Processes that share the frames; which one draws a frame changes none of its bytes."""

    def __init__(self, setup: DrawingSetup, count: int):
        self._setup, self._count = setup, count
        self._threads = max(1, cores() // count)
        self._gpus = gpus() if setup.shot.engine == "cuda" else []
        self._workers: list[_Worker] = []
        self._again: deque[FrameTask] = deque()
        self._tries: dict[int, int] = {}
        self._failed_starts = 0

    def draw(self, tasks: Iterable[FrameTask]) -> Generator[Drawn]:
        """Numbers of frames as they are drawn, with the reason where one failed.

        Raises:
            RenderError: the processes do not start, or nothing can be written.
        """
        coming = iter(tasks)
        try:
            self._workers = [self._started(place) for place in range(self._count)]
            while self._hand_out(coming):
                for connection in wait([worker.connection for worker in self._workers]):
                    worker = next(each for each in self._workers if each.connection is connection)
                    try:
                        message: FromWorker = worker.connection.recv()
                    except (EOFError, OSError):
                        yield from self._died(worker)
                    else:
                        yield from self._heard(worker, message)
        finally:
            self._end()

    def _hand_out(self, coming: Iterator[FrameTask]) -> bool:
        """Give a frame to each process that has none; whether any has one, or is still to come."""
        more = True
        for worker in self._workers:
            if worker.ready and worker.task is None:
                worker.task = self._again.popleft() if self._again else next(coming, None)
                more = worker.task is not None
                if worker.task is not None:
                    _send(worker, worker.task)
        return more or any(worker.task is not None for worker in self._workers)

    def _heard(self, worker: _Worker, message: FromWorker) -> Iterator[Drawn]:
        if isinstance(message, Ready):
            worker.ready, self._failed_starts = True, 0
        elif isinstance(message, Stopped):
            raise RenderError(message.message, message.hint)
        elif isinstance(message, Failed):
            yield from self._try_again(worker, message.reason)
        else:
            worker.task = None
            self._tries.pop(message.number, None)
            yield message.number, None

    def _died(self, worker: _Worker) -> Iterator[Drawn]:
        """Start another in its place; its frame in flight is drawn again."""
        worker.connection.close()
        worker.process.join()
        self._failed_starts += not worker.ready
        if self._failed_starts >= _STARTS:
            raise RenderError(
                f"The processes that render do not start ({_end_of(worker.process)}).",
                "Use --workers 1, which tells why.",
            )
        yield from self._try_again(worker, f"The process that rendered it {_end_of(worker.process)}.")
        self._workers[self._workers.index(worker)] = self._started(worker.place)

    def _try_again(self, worker: _Worker, reason: str) -> Iterator[Drawn]:
        task, worker.task = worker.task, None
        if task is None:
            return
        tries = self._tries[task.number] = self._tries.get(task.number, 0) + 1
        if tries < TRIES:
            self._again.append(task)
        else:
            yield task.number, reason

    def _started(self, place: int) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, self._setup), daemon=True)
        with _environment(self._settings(place)):
            process.start()
        theirs.close()  # so that its end is heard
        return _Worker(process, ours, place)

    def _settings(self, place: int) -> dict[str, str]:
        names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        settings = dict.fromkeys(names, str(self._threads))
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
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()


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


def _end_of(process: SpawnProcess) -> str:
    code = process.exitcode or 0
    if code == -9:
        return "was killed, perhaps for lack of memory"
    return f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
