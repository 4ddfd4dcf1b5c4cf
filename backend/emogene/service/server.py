"""The server: one loop that moves messages and never works itself, so that it always answers at once."""

import contextlib
import ipaddress
import logging
import math
import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

import zmq

import emogene
from emogene.cache import cache_folder
from emogene.service.frame_store import KEPT_BYTES
from emogene.service.metrics import FrameRate
from emogene.service.outbox import Outbox
from emogene.service.requests import Requests
from emogene.service.scheduler import Scheduler
from emogene.service.sessions import Delivery
from emogene.service.stores import open_stores
from emogene.service.tasks import Rendered
from emogene.service.worker_pool import HANG_SECONDS, WorkerPool
from emogene.service.worker_process import WORKER_COMMAND, WorkerKind
from emogene_proto.connection import (
    Connection,
    default_connection_file,
    find_backend,
    new_token,
    process_alive,
    remove_connection,
    write_connection,
)
from emogene_proto.errors import BackendError
from emogene_proto.wire import MAX_REQUEST_BYTES

log = logging.getLogger("emogene.service")

TICK_MS = 200
MESSAGES_AT_ONCE = 64
PARENT_SECONDS = 1.0


class Server:
    """A bound socket, the stores, the scheduler and its workers."""

    def __init__(
        self,
        bind: str = "tcp://127.0.0.1:0",
        cache: Path | None = None,
        actor_folders: Sequence[Path] = (),
        parent: int | None = None,
        log_file: Path | None = None,
        worker_command: Sequence[str] = WORKER_COMMAND,
        workers: int = 0,
        hang_seconds: float = HANG_SECONDS,
        frame_quota_bytes: int = KEPT_BYTES,
    ):
        host, port = parse_bind(bind)
        cache = (cache or cache_folder()) / "service"
        self._parent = parent
        self._parent_checked = 0.0
        self._stopping = False
        self._finishing = False
        self.token = new_token()
        with contextlib.ExitStack() as stack:
            context = stack.enter_context(zmq.Context())
            self._socket = stack.enter_context(context.socket(zmq.ROUTER))
            self._socket.linger = 1000
            self._socket.maxmsgsize = MAX_REQUEST_BYTES
            outbox = Outbox(self._socket)
            self.address = bind_socket(self._socket, host, port)
            stores = stack.enter_context(open_stores(cache, frame_quota_bytes))
            kind = WorkerKind(cache, tuple(actor_folders), worker_command, log_file=log_file)
            self._pool = WorkerPool(context, kind, workers, hang_seconds)
            stack.callback(self._pool.close)
            self._stores = stores
            self._scheduler = Scheduler(self._pool, stores.frames, stores.blobs, stores.jobs)
            self._rate = FrameRate()
            self._requests = Requests(
                self.token, outbox, self._scheduler, stores, self._pool, self._rate, tuple(actor_folders), self.stop
            )
            folders = tuple(actor_folders)
            self._delivery = Delivery(outbox, stores.frames, stores.plans, folders, self._scheduler.redo)
            self._outbox = outbox
            self._close = stack.pop_all().close

    def run(self) -> None:
        """Serve until `stop`, or until the parent is gone and no job runs."""
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        for worker in self._pool.workers:
            poller.register(worker.process.socket, zmq.POLLIN)
        more = False
        while not self._stopping:
            poller.poll(0 if more else self._tick_ms())
            more = self._hear_clients()
            self._hear_workers()
            more |= self._scheduler.step()
            self._deliver()
            if self._finishing and not self._scheduler.busy():
                self._stopping = True
            self._check_parent()

    def stop(self, finish_jobs: bool = False) -> None:
        """Let `run` end soon; with `finish_jobs` only when no job is left."""
        self._finishing = True
        self._stopping = not finish_jobs

    def close(self) -> None:
        """End the workers and free the address."""
        self._requests.forget(set(self._requests.sessions))
        self._close()

    def _tick_ms(self) -> int:
        wait = self._scheduler.wait_seconds()
        return TICK_MS if wait is None else min(TICK_MS, math.ceil(1000 * wait))

    def _hear_clients(self) -> bool:
        for _ in range(MESSAGES_AT_ONCE):
            try:
                client, *parts = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return False
            self._requests.handle(client, parts)
        return True

    def _hear_workers(self) -> None:
        before = (self._pool.ready, self._pool.problem)
        for worker, message, raw in self._pool.receive():
            if isinstance(message, Rendered):
                self._rate.rendered()
                self._stores.frame_evictor.wrote(message.size)
            self._scheduler.handle(worker, message, raw)
        for worker in self._pool.died():
            self._scheduler.worker_died(worker)
        if (self._pool.ready, self._pool.problem) != before:
            self._requests.welcome_all()

    def _deliver(self) -> None:
        self._outbox.flush()
        for session in self._requests.sessions.values():
            for watch in list(session.watches.values()):
                if self._delivery.deliver(watch):
                    del session.watches[watch.request]
        self._requests.forget(self._outbox.take_gone())

    def _check_parent(self) -> None:
        if self._parent is None or time.monotonic() - self._parent_checked < PARENT_SECONDS:
            return
        self._parent_checked = time.monotonic()
        if not process_alive(self._parent):
            log.info("the process that started the backend is gone")
            self.stop(finish_jobs=True)


def serve(
    bind: str = "tcp://127.0.0.1:0",
    connection_file: Path | None = None,
    cache: Path | None = None,
    actor_folders: Sequence[Path] = (),
    parent: int | None = None,
    log_file: Path | None = None,
    worker_command: Sequence[str] = WORKER_COMMAND,
    workers: int = 0,
    hang_seconds: float = HANG_SECONDS,
    frame_quota_bytes: int = KEPT_BYTES,
) -> None:
    """Run a backend until it is told to end: by SIGINT, SIGTERM, Shutdown, or its parent's end.

    Args:
        bind: tcp://HOST:PORT on this computer; port 0, or one that is taken, means any free port.
        connection_file: where it announces itself; the user's own by default.
        cache: folder for uploads, plans, frames and jobs.
        actor_folders: folders with actor packs that it offers beside the bundled one.
        parent: id of a process after whose end the backend ends too, once no job runs.
        log_file: also log to this file.
        worker_command: starts a worker process.
        workers: so many render at once; 0 is one for each GPU, else a single one with all cores.
        hang_seconds: a worker that says nothing for so long is ended.
        frame_quota_bytes: of finished frames so much is kept, beside those of jobs that have not ended.

    Raises:
        BackendError: the address is not on this computer, or a backend runs already.
    """
    connection_file = connection_file or default_connection_file()
    if running := _running(connection_file):
        raise BackendError(
            f"A backend runs already (process {running.pid}, {running.address}).",
            "Use it, or end it first.",
            code="already_running",
        )
    with _logging(log_file):
        for folder in actor_folders:
            if not folder.is_dir():
                log.warning("there is no folder %s with actors", folder)
        server = Server(
            bind, cache, actor_folders, parent, log_file, worker_command, workers, hang_seconds, frame_quota_bytes
        )
        try:
            with _stop_on_signals(server):
                write_connection(connection_file, _announcement(server))
                log.info("EmoGene %s serves at %s", emogene.__version__, server.address)
                server.run()
        except Exception:
            log.exception("the backend ends over an error of its own; unfinished renders go on when it starts again")
            raise
        finally:
            remove_connection(connection_file, server.token)
            server.close()
            log.info("ended")


def parse_bind(bind: str) -> tuple[str, int]:
    """Host and port of an address on this computer.

    Raises:
        BackendError: it is no such address.
    """
    match = re.fullmatch(r"tcp://([^:/\s]+):(\d{1,5}|\*)", bind)
    if match is None or (match[2] != "*" and int(match[2]) > 65535):
        raise BackendError(f"'{bind}' is no address.", "Use e.g. tcp://127.0.0.1:5555, with port 0 for any free port.")
    host = "127.0.0.1" if match[1] == "localhost" else match[1]
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise BackendError("The backend listens only on this computer.", "Use an address like tcp://127.0.0.1:5555.")
    return host, 0 if match[2] == "*" else int(match[2])


def bind_socket(socket: zmq.Socket, host: str, port: int) -> str:
    """Bind to the port, or to any free one if it is taken; returns the address."""
    if port:
        try:
            socket.bind(f"tcp://{host}:{port}")
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EADDRINUSE, getattr(zmq, "EACCES", 13)):
                raise BackendError(f"The address {host}:{port} cannot be used: {error}.", "Use port 0.") from error
            log.warning("port %d is taken, another one is used", port)
        else:
            return f"tcp://{host}:{port}"
    return f"tcp://{host}:{socket.bind_to_random_port(f'tcp://{host}')}"


def _running(connection_file: Path) -> Connection | None:
    """The backend that is there already; a file that is damaged or open to others is replaced."""
    try:
        return find_backend(connection_file)
    except BackendError as error:
        log.warning("%s", error.message)
        return None


def _announcement(server: Server) -> Connection:
    return Connection(server.address, server.token, os.getpid(), version=emogene.__version__)


@contextlib.contextmanager
def _stop_on_signals(server: Server) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        server.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _logging(log_file: Path | None) -> Iterator[None]:
    """The log goes to standard error, and to a file where one is named."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if log_file:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(log_file, encoding="utf-8"))
    logger = logging.getLogger("emogene")
    level = logger.level
    logger.setLevel(logging.INFO)
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.setLevel(level)
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()
