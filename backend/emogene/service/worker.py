"""The worker process: `python -m emogene.service.worker`, started and told what to do by the server only.

It does one task at a time. Its standard input brings its setup; when that closes, the server is gone and it leaves.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import zmq

from emogene.service.logs import about
from emogene.service.tasks import (
    FromWorker,
    LiveRendered,
    Prepare,
    Prepared,
    Ready,
    Release,
    Render,
    Rendered,
    RenderLive,
    Stage,
    Stop,
    TaskFailed,
    ToWorker,
    WorkerSetup,
    decode_to_worker,
    encode,
)
from emogene.service.worker_output import log_to_backend
from emogene_proto.errors import Cancelled, EmoGeneError

if TYPE_CHECKING:
    from emogene.service.work import Work

log = logging.getLogger("emogene.worker")


class Worker:
    """Takes tasks from the server's socket and answers each one."""

    def __init__(self, socket: zmq.Socket, work: "Work"):
        self._socket = socket
        self._work = work
        self._waiting: deque[Prepare | Render | RenderLive] = deque()
        self._stopped: set[int] = set()

    def run(self) -> None:
        """Do tasks for ever."""
        while True:
            while not self._waiting:
                self._take(self._socket.recv())
            self._do(self._waiting.popleft())

    def _do(self, task: Prepare | Render | RenderLive) -> None:
        try:
            self._hear()
            if task.task in self._stopped:
                raise Cancelled()
            answer, raw = self._answer(task)
        except EmoGeneError as error:
            answer, raw = TaskFailed(task=task.task, code=error.code, message=error.message, hint=error.hint), b""
        except MemoryError:
            log.exception("out of memory")
            message, hint = "There is not enough memory.", "Close other programs, or use smaller pictures."
            answer, raw = TaskFailed(task=task.task, code="memory", message=message, hint=hint), b""
        except OSError as error:
            log.exception("a file could not be read or written")
            message, hint = f"The backend's cache cannot be used: {error.strerror}.", "Make room on its disk."
            answer, raw = TaskFailed(task=task.task, code="disk", message=message, hint=hint), b""
        except Exception:  # whatever a task meets ends that task only; the log has the traceback
            log.exception("task failed")
            message, hint = "The backend met an error of its own.", "Look into its log, and report it please."
            answer, raw = TaskFailed(task=task.task, code="internal", message=message, hint=hint), b""
        self._stopped.discard(task.task)
        self._send(answer, raw)

    def _answer(self, task: Prepare | Render | RenderLive) -> tuple[FromWorker, bytes]:
        frame = None if isinstance(task, Prepare) else task.shot.frame_start + task.row
        with about(job=task.job, frame=frame):
            if isinstance(task, Prepare):
                return self._prepare(task)
            if isinstance(task, RenderLive):
                return LiveRendered(task=task.task), self._work.live(task.shot, task.plan, task.row, task.size)
            return self._render(task)

    def _prepare(self, task: Prepare) -> tuple[FromWorker, bytes]:
        def progress(fraction: float, stage: str) -> None:
            self._send(Stage(task=task.task, fraction=fraction, stage=stage))

        plan, frames = self._work.prepare(
            task.shot, Path(task.audio_path), progress, lambda: self._is_stopped(task), task.needed
        )
        keys: list[str] = []
        if task.with_keys:
            from emogene.render.kernels import preparing  # only now, as with Work

            progress(1.0, preparing())
            keys = self._work.frame_keys(task.shot, plan)
        return Prepared(task=task.task, plan=plan, frames=frames), bytes.fromhex("".join(keys))

    def _render(self, task: Render) -> tuple[FromWorker, bytes]:
        began = time.monotonic()
        size = self._work.render(task.shot, task.plan, task.row, task.key)
        return Rendered(task=task.task, seconds=time.monotonic() - began, size=size), b""

    def _is_stopped(self, task: Prepare) -> bool:
        self._hear()
        return task.task in self._stopped

    def _hear(self) -> None:
        while self._socket.poll(0):
            self._take(self._socket.recv())

    def _take(self, part: bytes) -> None:
        message: ToWorker = decode_to_worker(part)
        if isinstance(message, Stop):
            self._stopped.add(message.task)
        elif isinstance(message, Release):
            self._work.release()
        else:
            self._waiting.append(message)

    def _send(self, answer: FromWorker, raw: bytes = b"") -> None:
        self._socket.send_multipart([encode(answer), raw])


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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the server's terminal is the server's to handle
    setup = msgspec.json.decode(sys.stdin.buffer.readline(), type=WorkerSetup)
    leave_with_parent()
    if setup.threads:
        _take_threads(setup.threads)
    if make_work is None:
        from emogene.service.work import Work  # only now: this takes seconds

        make_work = Work
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        socket.connect(setup.address)
        work = make_work(Path(setup.cache_folder), tuple(Path(folder) for folder in setup.actor_folders))
        socket.send_multipart([encode(Ready(token=setup.token)), b""])
        Worker(socket, work).run()


if __name__ == "__main__":
    main()
