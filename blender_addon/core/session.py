# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's side of the conversation: one job at a time at the backend that link.py leads to, never waiting.

Everything returns at once; `pump`, called again and again, moves things on and says what happened.
"""

import time
from collections import deque
from collections.abc import Callable

from ..emogene_proto.client import Client, Received
from ..emogene_proto.errors import BackendError, EmoGeneError
from .backend_job import BackendJob
from .bringing import KnownFiles
from .happenings import Happening
from .link import Link
from .live import Live
from .phase import Phase

__all__ = ["Phase", "Session"]


class Session(Link):
    """The connection to one backend, the job that runs there, and the stream that is shown."""

    def __init__(self, client_name: str, clock: Callable[[], float] = time.monotonic):
        super().__init__(client_name, clock)
        self.job: BackendJob | None = None
        self.asides: dict[str, BackendJob] = {}
        """What runs beside the job without being waited for, by its purpose, e.g. the picture at the playhead."""
        self.live: Live | None = None
        self.files = KnownFiles()
        """What the backend of this connection has."""
        self._inbox: deque[Received] = deque()
        self._leaving: deque[BackendJob] = deque(maxlen=8)
        """Asides whose place another one took, before the backend had ended them."""
        self._ending: deque[Live] = deque(maxlen=4)
        """Streams that were ended before the backend had named their jobs."""

    def run(self, job: BackendJob) -> None:
        """Begin a job.

        Raises:
            EmoGeneError: another one is running, or there is no connection.
        """
        if self.job is not None:
            raise BackendError("The backend is still busy with the last job.", "Wait, or cancel it.")
        client = self._ready_client()
        self.problem = None
        job.begin(client)
        self.job = job

    def run_aside(self, purpose: str, job: BackendJob) -> None:
        """Begin a job beside the others; it takes the place of an earlier one of the same purpose.

        Raises:
            EmoGeneError: there is no connection.
        """
        client = self._ready_client()
        former = self.asides.pop(purpose, None)
        if former is not None:
            former.cancel(client)
            self._leaving.append(former)
        job.begin(client)
        self.asides[purpose] = job

    def show(self, live: Live) -> None:
        """Begin a stream in place of the one that was shown.

        Raises:
            EmoGeneError: there is no connection.
        """
        client = self._ready_client()
        self.hide()
        self.problem = None
        live.begin(client)
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
                if not self._inbox and not self._is_saving():
                    self._follow_connection()
        except EmoGeneError as error:
            self._lose(error)
        self._end_jobs(happenings)
        self._end_live()
        return happenings

    def _handle_inbox(self, happenings: list[Happening], deadline: float) -> None:
        while self._client is not None:
            if self.job is not None and self._is_saving():
                happenings += self.job.go_on(self._client)
            elif self._inbox:
                happenings += self._handle(self._client, self._inbox.popleft())
            else:
                return
            if time.monotonic() >= deadline:
                return

    def _handle(self, client: Client, received: Received) -> list[Happening]:
        event, parts = received
        happenings: list[Happening] = []
        self.upkeep.take(event)
        for job in (self.job, *self.asides.values()):
            if job is not None:
                happenings += job.take(client, event, parts)
        for job in self._leaving:
            job.take(client, event, parts)
        for live in (self.live, *self._ending):
            if live is not None:
                live.take(client, event, parts)
        return happenings

    def _is_saving(self) -> bool:
        return self.job is not None and self.job.is_saving

    def _works(self) -> bool:
        return self.job is not None

    def _drop_work(self, problem: EmoGeneError | None) -> None:
        self._inbox.clear()
        self._ending.clear()
        self._leaving.clear()
        self.files.clear()
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
