"""The worker process as the server sees it: started, given tasks, started again when it dies."""

import logging
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import zmq

from emogene.service.logs import register_secret
from emogene.service.tasks import FromWorker, Ready, ToWorker, WorkerSetup, decode_from_worker, encode
from emogene.service.worker_output import WorkerOutput

log = logging.getLogger("emogene.service")

WORKER_COMMAND = (sys.executable, "-m", "emogene.service.worker")
MAX_ANSWER_BYTES = 64 * 1024 * 1024
RESTARTS = 3
"""A worker that dies so often before it is ready is not started again by itself."""


class WorkerProcess:
    """One worker behind a loopback socket of its own, which answers only to the secret that the worker was given."""

    def __init__(
        self,
        context: zmq.Context,
        cache_folder: Path,
        actor_folders: Sequence[Path],
        command: Sequence[str] = WORKER_COMMAND,
    ):
        self.ready = False
        self.problem = ""
        """Why there is no worker, when it cannot be started."""
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.maxmsgsize = MAX_ANSWER_BYTES
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self._address = f"tcp://127.0.0.1:{port}"
        self._folders = (str(cache_folder), tuple(str(folder) for folder in actor_folders))
        self._command = list(command)
        self.doing: dict[str, Any] = {}
        """What the log says of the worker's lines: job and frame."""
        self._identity = b""
        self._failures = 0
        self._start()

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

    def died(self) -> bool:
        """Whether the worker has ended since the last call. If so a new one is already starting."""
        if self._process is None or self._process.poll() is None:
            return False
        self._output.join()  # its last words come first
        status, pid = self._process.returncode, self._process.pid
        log.error("the worker ended with status %s", status, extra={**self.doing, "worker": pid})
        self._close_input()
        self._failures += not self.ready
        self.ready, self._identity, self._process = False, b"", None
        if self._failures < RESTARTS:
            self._start()
        else:
            self.problem = "The renderer does not start."
        return True

    def restart(self) -> None:
        """Try again after `problem`."""
        if self._process is None:
            self._failures, self.problem = 0, ""
            self._start()

    def close(self, patience_seconds: float = 2.0) -> None:
        """End the worker, with force if it does not leave by itself."""
        if self._process is not None:
            self._close_input()
            try:
                self._process.wait(patience_seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._output.join()
        self.socket.close()

    def _start(self) -> None:
        self._token = secrets.token_hex(32)
        cache_folder, actor_folders = self._folders
        setup = WorkerSetup(self._address, self._token, cache_folder, actor_folders)
        register_secret(self._token)
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdout is not None
        self._output = WorkerOutput(self._process.stdout, self._process.pid, lambda: self.doing)
        log.info("worker %d started", self._process.pid, extra={"worker": self._process.pid})
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(msgspec.json.encode(setup) + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            log.error("the worker took no setup: %s", error)  # it has ended; `died` will notice

    def _close_input(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError as error:
                log.debug("the worker was gone already: %s", error)
