# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to one backend: start or find it, connect, follow how it is, end it; never waiting, knowing nothing of jobs.

What is done there is the Session's (session.py), which pumps all of this.
"""

import functools
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from ..emogene_proto.client import Client, ConnectionState
from ..emogene_proto.connection import Connection, find_backend, process_alive
from ..emogene_proto.errors import BackendError, EmoGeneError
from ..emogene_proto.messages import Shutdown, Welcome
from .backend_process import BackendProcess, ServeOptions
from .phase import Phase
from .upkeep import Upkeep

START_SECONDS = 60.0
STOP_SECONDS = 5.0
"""So long a backend that is told to end may take, until it is made to."""
_FOREIGN_STOP_SECONDS = 15.0
"""One that was not started here cannot be made to end."""
_LOOK_SECONDS = 0.2


class Link(ABC):
    """The connection to one backend, and its process where it was started here."""

    def __init__(self, client_name: str, clock: Callable[[], float] = time.monotonic):
        self.phase = Phase.OFF
        self.problem: EmoGeneError | None = None
        """The newest thing that went wrong, until the artist does something else."""
        self.connections = 0
        """So many connections were begun: another number is another connection."""
        self.upkeep = Upkeep(clock)
        self.last_welcome: Welcome | None = None
        """What the backend said of itself, also after it is gone."""
        self._client_name = client_name
        self._clock = clock
        self._process: BackendProcess | None = None
        self._client: Client | None = None
        self._connection_file: Path | None = None
        self._backend_pid = 0
        """0 is one on another computer, or none yet."""
        self._start_again: Callable[[], None] | None = None
        """What is to be done when the backend has ended."""
        self._deadline = 0.0
        self._next_look = 0.0

    @abstractmethod
    def cancel(self) -> None:
        """Stop what the backend does for this Blender."""

    @abstractmethod
    def _works(self) -> bool:
        """Whether the backend does something for this Blender."""

    @abstractmethod
    def _drop_work(self, problem: EmoGeneError | None) -> None:
        """What the backend goes on with is not followed here any more; None where the artist left it."""

    @property
    def welcome(self):
        """What the backend said of itself; None while there is none."""
        return self._client.welcome if self._client and self.phase is Phase.READY else None

    @property
    def started_here(self) -> bool:
        return self._process is not None

    @property
    def elsewhere(self) -> bool:
        """Whether the backend that is connected runs on another computer."""
        return self._client is not None and self._backend_pid == 0

    def start(self, python: Path, connection_file: Path, log_file: Path, options: ServeOptions | None = None) -> None:
        """Start a backend, or connect to the one that already announces itself in `connection_file`.

        Raises:
            BackendError: the program cannot be run, or the file is not ours.
        """
        self.problem = None
        self._drop_connection()
        self._start_again = None
        running = find_backend(connection_file)
        left = self._process is not None and (running is None or running.pid != self._process.pid)
        if left and self._process is not None:
            self._process.kill()  # it neither ended nor says any more where it is
        if running is not None:
            self._open(running)
        elif left:
            again = functools.partial(self._launch, python, connection_file, log_file, options)
            self._end_then(again, STOP_SECONDS)
        else:
            self._launch(python, connection_file, log_file, options)

    def restart(self, python: Path, connection_file: Path, log_file: Path, options: ServeOptions | None = None) -> None:
        """End the backend and start it again; renders go on there.

        Raises:
            BackendError: it runs on another computer, or the program cannot be run.
        """
        if self.elsewhere:
            raise BackendError("The backend runs on another computer.", "Restart it there.")
        self.problem = None
        again = functools.partial(self.start, python, connection_file, log_file, options)
        ready = self._client is not None and self.phase is Phase.READY
        if self._process is not None and (not ready or self.upkeep.silent_seconds):
            self._process.kill()
            self._end_then(again, STOP_SECONDS)
        elif ready and self._client is not None:
            self._client.send(Shutdown())
            self._end_then(again, STOP_SECONDS if self._process is not None else _FOREIGN_STOP_SECONDS)
        else:
            again()

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

    def connect_to(self, connection: Connection) -> None:
        """Connect to a backend that was found otherwise, e.g. on another computer."""
        self.problem = None
        self._drop_connection()
        self._open(connection)

    def stop(self) -> None:
        """Leave the backend; one that was started here ends."""
        self.problem = None
        self._start_again = None
        if self._process is None:
            self._drop_connection()
            self.phase = Phase.OFF
        elif self._client is None or self.phase is not Phase.READY:
            self._process.terminate()
            self._end_then(None, 1.0)
        elif self.upkeep.silent_seconds:
            self._process.kill()
            self._end_then(None, STOP_SECONDS)
        else:
            try:
                # Nobody here would see its frames, and it would hold up the next one when a backend starts again.
                self.cancel()
                self._client.send(Shutdown())
            except EmoGeneError:  # the connection is lost, which the next pump would have found
                self._process.terminate()
            self._end_then(None, STOP_SECONDS, keep_work=True)

    def end(self, seconds: float = 2.0, finish_jobs: bool = False) -> None:
        """Leave at once, for closing Blender and disabling the add-on; waits for a backend started here to end.

        Args:
            seconds: so long it may take, until it is made to.
            finish_jobs: leave a backend that has jobs alone: it ends after them, as soon as this Blender is gone.
        """
        busy = self._has_jobs()
        self._drop_connection()
        self._start_again = None
        if self._process is not None and not (finish_jobs and busy):
            self._process.end(seconds)
        self._process = None
        self.phase = Phase.OFF

    def release_memory(self) -> None:
        """Let the backend give back the memory that it keeps for the next job.

        Raises:
            EmoGeneError: there is no connection.
        """
        self.upkeep.release_memory(self._ready_client())

    def clear_frames(self) -> None:
        """Let the backend remove the frames that it keeps.

        Raises:
            EmoGeneError: there is no connection.
        """
        self.upkeep.clear_frames(self._ready_client())

    def _ready_client(self) -> Client:
        if self._client is None or self.phase is not Phase.READY:
            raise BackendError("No backend is connected.", "Press Start backend.")
        return self._client

    def _has_jobs(self) -> bool:
        status = self.upkeep.status
        return self._works() or (status is not None and status.jobs_waiting > 0)

    def _launch(self, python: Path, connection_file: Path, log_file: Path, options: ServeOptions | None) -> None:
        self._process = BackendProcess(python, connection_file, log_file, options)
        self._connection_file = connection_file
        self._deadline = self._clock() + START_SECONDS
        self._next_look = 0.0
        self.phase = Phase.STARTING

    def _end_then(self, then: Callable[[], None] | None, seconds: float, keep_work: bool = False) -> None:
        """The backend ends now; look after that for so long. Work is left to itself, unless its end is to be seen."""
        if not keep_work:
            self._drop_work(None)
        self._start_again = then
        self._deadline = self._clock() + seconds
        self.phase = Phase.STOPPING

    def _stopped(self) -> None:
        """The backend has ended as it was told to."""
        again, self._start_again = self._start_again, None
        self._drop_connection()
        self.phase = Phase.OFF
        if again is not None:
            again()

    def _look_after_process(self) -> None:
        process = self._process
        if process is None:
            return
        if process.ended():
            self._process = None
            self._process_ended(process)
        elif self.phase is Phase.STOPPING and self._clock() > self._deadline:
            process.kill()
        elif self.phase is Phase.STARTING and self._clock() >= self._next_look:
            self._next_look = self._clock() + _LOOK_SECONDS
            self._find_started(process)

    def _process_ended(self, process: BackendProcess) -> None:
        if self._client is not None and self._backend_pid and process_alive(self._backend_pid):
            return  # another Blender's was there first, and we are connected to that
        if self.phase is Phase.STOPPING:
            self._stopped()
        elif self.phase is Phase.STARTING and (running := find_backend(self._connection_file)) is not None:
            self._open(running)
        elif self.phase is Phase.LOST and self.problem is not None and self.problem.code == "gone":
            self.problem = process.why_ended()  # its connection ended a moment before, and that tells less
        elif self.phase not in (Phase.OFF, Phase.LOST):
            self._lose(process.why_ended())

    def _find_started(self, process: BackendProcess) -> None:
        running = find_backend(self._connection_file)
        if running is not None:
            self._open(running)
        elif self._clock() > self._deadline:
            process.kill()
            raise BackendError(f"The backend did not start in {START_SECONDS:g} seconds.", "Look into its log.")

    def _open(self, connection: Connection) -> None:
        # After a crash of Blender its backend still finishes the jobs of then: this Blender takes it over.
        self._backend_pid = connection.pid
        self._client = Client.connect(connection, self._client_name, parent=os.getpid())
        self.phase = Phase.CONNECTING
        self.connections += 1
        self.upkeep.reset()

    def _follow_connection(self) -> None:
        client = self._client
        if client is None:
            return
        lost = client.state in (ConnectionState.REFUSED, ConnectionState.LOST)
        if self.phase is Phase.STOPPING:
            if self._process is None:
                self._follow_foreign_end(lost)
        elif lost:
            raise client.problem or BackendError("The backend is gone.", "Start it again; finished frames are kept.")
        elif client.state is ConnectionState.READY:
            self.phase = Phase.READY
            self.last_welcome = client.welcome
            self.upkeep.step(client)

    def _follow_foreign_end(self, lost: bool) -> None:
        """Of a backend that was not started here: its connection is all that tells."""
        if lost:
            self._stopped()
        elif self._clock() > self._deadline:
            self._start_again = None
            hint = f"End its process {self._backend_pid} by the system's own means, then start it again."
            raise BackendError("The backend was told to end, but does not.", hint)

    def _lose(self, problem: EmoGeneError) -> None:
        self._drop_connection(problem)
        self.problem = problem
        self.phase = Phase.LOST

    def _drop_connection(self, problem: EmoGeneError | None = None) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        self._drop_work(problem)
