"""One worker process as the server sees it: started, given tasks, started again when it dies."""

import logging
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import zmq

from emogene.service.access import HANDSHAKE_SECONDS, WORKER_DOMAIN
from emogene.service.logs import register_secret
from emogene.service.tasks import FromWorker, Ready, ToWorker, WorkerSetup, decode_from_worker, encode
from emogene.service.worker_output import WorkerOutput

log = logging.getLogger("emogene.service")

WORKER_COMMAND = (sys.executable, "-m", "emogene.service.worker")
MAX_ANSWER_BYTES = 64 * 1024 * 1024
LEAVING_SECONDS = 2.0
RESTARTS = 3
"""A worker that dies so often before it is ready is not started again by itself."""


@dataclass(frozen=True)
class WorkerKind:
    """How workers of one kind are started."""

    cache_folder: Path
    actor_folders: tuple[Path, ...] = ()
    command: Sequence[str] = WORKER_COMMAND
    threads: int = 0
    """CPU threads of each; 0 is all."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside the server's own, e.g. which GPU it sees."""


class WorkerProcess:
    """A worker behind a loopback socket of its own. Only the worker is told the socket's public key, without which
    nobody can begin a conversation (CURVE), and a token of its own."""

    def __init__(self, context: zmq.Context, kind: WorkerKind, number: int = 0):
        self.number = number
        self.ready = False
        self.problem = ""
        """Why there is no worker, when it cannot be started."""
        self.restarts = 0
        """How often it died."""
        self.heard = time.monotonic()
        """When it last said something."""
        self.about: Callable[[], dict[str, Any]] = dict
        """Tells the log which job and frame the worker is at."""
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.maxmsgsize = MAX_ANSWER_BYTES
        public, self.socket.curve_secretkey = zmq.curve_keypair()
        self.socket.curve_server = True
        self.socket.zap_domain = WORKER_DOMAIN
        self.socket.handshake_ivl = int(1000 * HANDSHAKE_SECONDS)
        self._server_key = public.decode("ascii")
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self._address = f"tcp://127.0.0.1:{port}"
        self._kind = kind
        self._identity = b""
        self._failures = 0
        self._leaving: list[tuple[subprocess.Popen, float]] = []
        self._process: subprocess.Popen | None = None
        self._start()

    @property
    def pid(self) -> int:
        """0 while there is none."""
        return self._process.pid if self._process is not None else 0

    def send(self, message: ToWorker) -> None:
        self.socket.send_multipart([self._identity, encode(message)])

    def receive(self) -> list[tuple[FromWorker, bytes]]:
        """What the present worker has said; anybody else's messages are dropped."""
        messages = []
        while True:
            try:
                identity, *parts = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return messages
            try:
                message = decode_from_worker(parts[0])
            except (msgspec.MsgspecError, IndexError):
                continue
            if isinstance(message, Ready) and secrets.compare_digest(message.token.encode(), self._token.encode()):
                self._identity, self.ready, self._failures = identity, True, 0
            elif identity == self._identity and len(parts) == 2:
                messages.append((message, parts[1]))
            else:
                continue
            self.heard = time.monotonic()

    def died(self) -> bool:
        """Whether the worker has ended since the last call. If so a new one is already starting."""
        self._see_off()
        if self._process is None or self._process.poll() is None:
            return False
        self._output.join(0.2)  # its last words come first
        pid, status = self._process.pid, self._process.returncode
        log.error("worker %d ended with status %s", pid, status, extra={**self.about(), "worker": pid})
        self._close_input()
        self._failures += not self.ready
        self.restarts += 1
        self.ready, self._identity, self._process = False, b"", None
        if self._failures < RESTARTS:
            self._start()
        else:
            self.problem = "The renderer does not start."
        return True

    def kill(self) -> None:
        """End the worker at once; `died` will notice. Not waited for: one that waits for a dead disk may take long."""
        if self._process is not None:
            self._process.kill()

    def restart(self) -> None:
        """Try again after `problem`, or after `sleep`."""
        if self._process is None:
            self._failures, self.problem = 0, ""
            self._start()

    def sleep(self) -> None:
        """End the process, which frees its memory; `restart` wakes it."""
        if self._process is not None:
            self._close_input()
            self._leaving.append((self._process, time.monotonic()))
            self.ready, self._identity, self._process = False, b"", None

    def close(self, patience_seconds: float = 2.0) -> None:
        """End the worker, with force if it does not leave by itself."""
        self._end_process(patience_seconds)
        for process, _ in self._leaving:
            process.kill()
            process.wait()
        self.socket.close()

    def _see_off(self) -> None:
        """Processes that were sent to sleep leave by themselves, or are made to."""
        for process, since in list(self._leaving):
            if process.poll() is not None:
                self._leaving.remove((process, since))
            elif time.monotonic() - since > LEAVING_SECONDS:
                process.kill()

    def _end_process(self, patience_seconds: float) -> None:
        if self._process is None:
            return
        self._close_input()
        try:
            self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.join()

    def _start(self) -> None:
        self._token = secrets.token_hex(32)
        kind = self._kind
        folders = tuple(str(folder) for folder in kind.actor_folders)
        setup = WorkerSetup(self._address, self._server_key, self._token, str(kind.cache_folder), folders, kind.threads)
        register_secret(self._server_key)
        register_secret(self._token)
        self._process = subprocess.Popen(
            list(kind.command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self._threads(), **kind.environment},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdout is not None
        self._output = WorkerOutput(self._process.stdout, self._process.pid, lambda: self.about())
        self.heard = time.monotonic()
        log.info("worker %d started", self._process.pid, extra={"worker": self._process.pid})
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(msgspec.json.encode(setup) + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            log.error("the worker took no setup: %s", error)  # it has ended; `died` will notice

    def _threads(self) -> dict[str, str]:
        """Read by numba and OpenMP when they are first imported."""
        count = self._kind.threads
        return {name: str(count) for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")} if count else {}

    def _close_input(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError as error:
                log.debug("the worker was gone already: %s", error)
