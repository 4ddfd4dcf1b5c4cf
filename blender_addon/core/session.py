# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's side of the conversation: start or find a backend, then one job at a time, never waiting.

Everything returns at once; `pump`, called again and again, moves things on and says what happened.
"""

import enum
import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ..emogene_proto.client import Client, ConnectionState, Received
from ..emogene_proto.connection import Connection, find_backend, process_alive
from ..emogene_proto.errors import BackendError, EmoGeneError
from ..emogene_proto.messages import Shutdown
from .backend_job import BackendJob
from .backend_process import BackendProcess
from .bringing import KnownFiles
from .happenings import Happening
from .live import Live

START_SECONDS = 60.0
_LOOK_SECONDS = 0.2


class Phase(enum.Enum):
    """What the panel shows of the connection."""

    OFF = "off"
    STARTING = "starting"
    CONNECTING = "connecting"
    READY = "ready"
    STOPPING = "stopping"
    LOST = "lost"


class Session:
    """The connection to one backend, the job that runs there, and the stream that is shown."""

    def __init__(self, client_name: str, clock: Callable[[], float] = time.monotonic):
        self.phase = Phase.OFF
        self.problem: EmoGeneError | None = None
        """The newest thing that went wrong, until the artist does something else."""
        self.job: BackendJob | None = None
        self.asides: dict[str, BackendJob] = {}
        """What runs beside the job without being waited for, by its purpose, e.g. the picture at the playhead."""
        self.live: Live | None = None
        self.files = KnownFiles()
        """What the backend of this connection has."""
        self.connections = 0
        """So many connections were begun: another number is another connection."""
        self._client_name = client_name
        self._clock = clock
        self._process: BackendProcess | None = None
        self._client: Client | None = None
        self._inbox: deque[Received] = deque()
        self._leaving: deque[BackendJob] = deque(maxlen=8)
        """Asides whose place another one took, before the backend had ended them."""
        self._ending: deque[Live] = deque(maxlen=4)
        """Streams that were ended before the backend had named their jobs."""
        self._connection_file: Path | None = None
        self._backend_pid = 0
        self._deadline = 0.0
        self._next_look = 0.0

    @property
    def welcome(self):
        """What the backend said of itself; None while there is none."""
        return self._client.welcome if self._client and self.phase is Phase.READY else None

    @property
    def started_here(self) -> bool:
        return self._process is not None

    def start(self, python: Path, connection_file: Path, log_file: Path, actors_folder: Path | None = None) -> None:
        """Start a backend, or connect to the one that already announces itself in `connection_file`.

        Raises:
            BackendError: the program cannot be run, or the file is not ours.
        """
        self.problem = None
        self.end()
        if (running := find_backend(connection_file)) is not None:
            self._open(running)
            return
        self._process = BackendProcess(python, connection_file, log_file, actors_folder)
        self._connection_file = connection_file
        self._deadline = self._clock() + START_SECONDS
        self._next_look = 0.0
        self.phase = Phase.STARTING

    def connect(self, connection_file: Path | None) -> None:
        """Connect to a running backend.

        Raises:
            BackendError: none is running there.
        """
        self.problem = None
        self._drop_connection()
        running = find_backend(connection_file)
        if running is None:
            raise BackendError("No backend is running on this computer.", "Press Start backend.")
        self._open(running)

    def stop(self) -> None:
        """Leave the backend; one that was started here ends."""
        self.problem = None
        if self._process is None or self.phase is not Phase.READY or self._client is None:
            self.end()
            return
        try:
            # Nobody here would see its frames, and it would hold up the next one when a backend starts again.
            self.cancel()
            self._client.send(Shutdown())
        except EmoGeneError:  # the connection is lost, which the next pump would have found
            self.end()
            return
        self.phase = Phase.STOPPING
        self._deadline = self._clock() + 5.0

    def end(self, seconds: float = 2.0) -> None:
        """Leave at once, for closing Blender and disabling the add-on; waits for a backend started here to end."""
        self._drop_connection()
        if self._process is not None:
            self._process.end(seconds)
            self._process = None
        self.phase = Phase.OFF

    def run(self, job: BackendJob) -> None:
        """Begin a job.

        Raises:
            EmoGeneError: another one is running, or there is no connection.
        """
        if self.job is not None:
            raise BackendError("The backend is still busy with the last job.", "Wait, or cancel it.")
        if self._client is None or self.phase is not Phase.READY:
            raise BackendError("No backend is connected.", "Press Start backend.")
        self.problem = None
        job.begin(self._client)
        self.job = job

    def run_aside(self, purpose: str, job: BackendJob) -> None:
        """Begin a job beside the others; it takes the place of an earlier one of the same purpose.

        Raises:
            EmoGeneError: there is no connection.
        """
        if self._client is None or self.phase is not Phase.READY:
            raise BackendError("No backend is connected.", "Press Start backend.")
        former = self.asides.pop(purpose, None)
        if former is not None:
            former.cancel(self._client)
            self._leaving.append(former)
        job.begin(self._client)
        self.asides[purpose] = job

    def show(self, live: Live) -> None:
        """Begin a stream in place of the one that was shown.

        Raises:
            EmoGeneError: there is no connection.
        """
        if self._client is None or self.phase is not Phase.READY:
            raise BackendError("No backend is connected.", "Press Start backend.")
        self.hide()
        self.problem = None
        live.begin(self._client)
        self.live = live

    def hide(self) -> None:
        """End the stream, if there is one."""
        if self.live is None:
            return
        live, self.live = self.live, None
        if self._client is not None:
            self._ending.append(live)
            try:
                live.stop(self._client)
            except EmoGeneError:  # the connection is lost, which the next pump finds
                self._ending.clear()

    def tell_playhead(self, frame: float, playing: bool) -> None:
        """Say where Blender's playhead is, for the stream."""
        if self.live is not None and self._client is not None:
            try:
                self.live.tell(self._client, frame, playing)
            except EmoGeneError as error:
                self._lose(error)

    def cancel(self) -> None:
        """Stop the running job; what is finished stays."""
        if self.job is not None and self._client is not None:
            self.job.cancel(self._client)

    def pump(self, budget_seconds: float = 0.005) -> list[Happening]:
        """Move on for at most about `budget_seconds`; returns what happened."""
        deadline = time.monotonic() + budget_seconds
        happenings: list[Happening] = []
        try:
            self._look_after_process()
            if self._client is not None:
                self._inbox.extend(self._client.poll(budget_seconds / 2))
                self._handle_inbox(happenings, deadline)
                self._follow_connection()
        except EmoGeneError as error:
            self._lose(error)
        self._end_jobs(happenings)
        self._end_live()
        return happenings

    def _look_after_process(self) -> None:
        if self._process is None:
            return
        if self._process.ended():
            process, self._process = self._process, None
            if self._client is not None and self._backend_pid and process_alive(self._backend_pid):
                return  # another Blender's was there first, and we are connected to that
            if self.phase is Phase.STOPPING:
                self.end()
            elif self.phase is Phase.STARTING and (running := find_backend(self._connection_file)) is not None:
                self._open(running)
            else:
                self._lose(process.why_ended())
        elif self.phase is Phase.STOPPING and self._clock() > self._deadline:
            self.end(seconds=0.5)
        elif self.phase is Phase.STARTING and self._clock() >= self._next_look:
            self._next_look = self._clock() + _LOOK_SECONDS
            self._find_started()

    def _find_started(self) -> None:
        running = find_backend(self._connection_file)
        if running is not None:
            self._open(running)
        elif self._clock() > self._deadline:
            self.end(seconds=0.5)
            raise BackendError(f"The backend did not start in {START_SECONDS:g} seconds.", "Look into its log.")

    def _open(self, connection: Connection) -> None:
        # After a crash of Blender its backend still finishes the jobs of then: this Blender takes it over.
        self._backend_pid = connection.pid
        self._client = Client.connect(connection, self._client_name, parent=os.getpid())
        self.phase = Phase.CONNECTING
        self.connections += 1
        self.files.clear()

    def _handle_inbox(self, happenings: list[Happening], deadline: float) -> None:
        while self._inbox and self._client is not None:
            event, parts = self._inbox.popleft()
            for job in (self.job, *self.asides.values()):
                if job is not None:
                    happenings += job.take(self._client, event, parts)
            for job in self._leaving:
                job.take(self._client, event, parts)
            for live in (self.live, *self._ending):
                if live is not None:
                    live.take(self._client, event, parts)
            if time.monotonic() >= deadline:
                return

    def _follow_connection(self) -> None:
        client = self._client
        if client is None or self._inbox:
            return
        if client.state is ConnectionState.READY and self.phase is Phase.CONNECTING:
            self.phase = Phase.READY
        elif client.state in (ConnectionState.REFUSED, ConnectionState.LOST) and self.phase is not Phase.STOPPING:
            raise client.problem or BackendError("The backend is gone.", "Start it again; finished frames are kept.")

    def _lose(self, problem: EmoGeneError) -> None:
        self._drop_connection(problem)
        self.problem = problem
        self.phase = Phase.LOST

    def _drop_connection(self, problem: EmoGeneError | None = None) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        self._inbox.clear()
        self._ending.clear()
        self._leaving.clear()
        for job in (self.job, *self.asides.values()):
            if job is not None:
                job.abandon(problem)
        if self.live is not None:
            self.live.abandon(problem)

    def _end_jobs(self, happenings: list[Happening]) -> None:
        over = [job for job in (self.job, *self.asides.values()) if job is not None and job.over]
        if self.job in over:
            self.job = None
        self.asides = {purpose: job for purpose, job in self.asides.items() if not job.over}
        for job in over:
            self.problem = job.problem or self.problem
            happenings.append(job.finished())

    def _end_live(self) -> None:
        if self.live is not None and self.live.over:
            live, self.live = self.live, None
            self.problem = live.problem or self.problem
