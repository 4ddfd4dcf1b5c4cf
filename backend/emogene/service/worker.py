"""The worker process: `python -m emogene.service.worker`, started and told what to do by the server only.

It does one task at a time. Its standard input brings its setup; when that closes, the server is gone and it leaves.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import zmq

from emogene.service.frame_store import FrameStore
from emogene.service.frame_writer import FrameWriter
from emogene.service.logs import about
from emogene.service.tasks import (
    BEGUN,
    LiveRendered,
    Prepare,
    Prepared,
    Ready,
    Release,
    Render,
    Rendered,
    RenderLive,
    Stage,
    TaskFailed,
    WorkerSetup,
)
from emogene.service.worker_link import WorkerLink
from emogene.service.worker_output import log_to_backend
from emogene_proto.errors import Cancelled, EmoGeneError

if TYPE_CHECKING:
    from emogene.service.work import Work

log = logging.getLogger("emogene.worker")


class Worker:
    """Does the link's tasks one after another, and answers each. Frames are answered when the disk has them."""

    def __init__(self, link: WorkerLink, work: "Work", store: FrameStore):
        self._link = link
        self._work = work
        self._writing: dict[str, list[Rendered]] = {}
        """Answers that wait for their frame's file, by its key."""
        self._changing = threading.Lock()
        self._writer = FrameWriter(store, self._written)

    def run(self) -> None:
        """Do tasks for ever."""
        while True:
            task = self._link.take()
            if isinstance(task, Release):
                self._work.release()
                continue
            frame = None if isinstance(task, Prepare) else task.shot.frame_start + task.row
            with about(job=task.job, frame=frame):
                self._do(task)

    def _do(self, task: Prepare | Render | RenderLive) -> None:
        try:
            if self._link.is_stopped(task.task):
                raise Cancelled()
            self._link.send(Stage(task=task.task, fraction=0.0, stage=BEGUN))
            if isinstance(task, Render):
                self._render(task)
            elif isinstance(task, RenderLive):
                pixels = self._work.live(task.shot, task.plan, task.row, task.size)
                self._link.send(LiveRendered(task=task.task), pixels)
            else:
                self._link.send(*self._prepare(task))
        except EmoGeneError as error:
            self._fail(task.task, error)
        except MemoryError:
            log.exception("out of memory")
            message, hint = "There is not enough memory.", "Close other programs, or use smaller pictures."
            self._fail(task.task, EmoGeneError(message, hint, "memory"))
        except OSError as error:
            log.exception("a file could not be read or written")
            message = f"The backend's cache cannot be used: {error.strerror}."
            self._fail(task.task, EmoGeneError(message, "Make room on its disk.", "disk"))
        except Exception:  # whatever a task meets ends that task only; the log has the traceback
            log.exception("task failed")
            message, hint = "The backend met an error of its own.", "Look into its log, and report it please."
            self._fail(task.task, EmoGeneError(message, hint, "internal"))
        self._link.over(task.task)

    def _prepare(self, task: Prepare) -> tuple[Prepared, bytes]:
        def progress(fraction: float, stage: str) -> None:
            self._link.send(Stage(task=task.task, fraction=fraction, stage=stage))

        def stopped() -> bool:
            return self._link.is_stopped(task.task)

        recordings = [Path(path) for path in task.recordings]
        plan, frames = self._work.prepare(task.shot, recordings, progress, stopped, task.needed)
        keys: list[str] = []
        film = ""
        if task.with_keys:
            from emogene.render.kernels import preparing  # only now, as with Work

            progress(1.0, preparing())
            keys = self._work.frame_keys(task.shot, plan)
            film = self._work.film_hash(task.shot)
        return Prepared(task=task.task, plan=plan, frames=frames, film=film), bytes.fromhex("".join(keys))

    def _render(self, task: Render) -> None:
        began = time.monotonic()
        content = self._work.render(task.shot, task.plan, task.row)
        answer = Rendered(task=task.task, seconds=time.monotonic() - began, size=len(content))
        with self._changing:
            self._writing.setdefault(task.key, []).append(answer)
        self._writer.put(task.key, content)

    def _written(self, key: str, size: int, problem: EmoGeneError | None) -> None:
        with self._changing:
            answer = self._writing[key].pop(0)
            if not self._writing[key]:
                del self._writing[key]
        if problem is None:
            self._link.send(answer)
        else:
            self._fail(answer.task, problem)

    def _fail(self, task: int, error: EmoGeneError) -> None:
        self._link.send(TaskFailed(task=task, code=error.code, message=error.message, hint=error.hint))


def leave_with_parent() -> None:
    """End this process as soon as its standard input closes, whatever it is doing."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def _take_threads(count: int) -> None:
    """Use so many CPU threads; numba was told by its environment."""
    import torch

    torch.set_num_threads(count)


def main(make_work: Callable[[Path, tuple[Path, ...]], "Work"] | None = None) -> None:
    """Run a worker until the server closes its standard input."""
    log_to_backend()
    # Ctrl-C in the server's terminal, and what a service manager sends to all, is the server's to handle: it ends this
    # process by closing its input.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    setup = msgspec.json.decode(sys.stdin.buffer.readline(), type=WorkerSetup)
    leave_with_parent()
    if setup.threads:
        _take_threads(setup.threads)
    if make_work is None:
        from emogene.service.work import Work  # only now: this takes seconds

        make_work = Work
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
        socket.curve_serverkey = setup.server_key.encode()
        socket.connect(setup.address)
        work = make_work(Path(setup.cache_folder), tuple(Path(folder) for folder in setup.actor_folders))
        link = WorkerLink(context, socket)
        link.start()
        link.send(Ready(token=setup.token))
        Worker(link, work, FrameStore(Path(setup.cache_folder) / "frames")).run()


if __name__ == "__main__":
    main()
