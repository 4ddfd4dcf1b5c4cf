"""Which job a free worker turns to: the playhead first, previews before finals, and clients by turns."""

import time
from collections.abc import Callable, Iterable

from emogene.service.jobs import Job

TURN_SECONDS = 2.0
"""A worker goes on with a job until another client has waited for so much of its work: changing jobs costs reading."""

PATIENCE_SECONDS = 20.0
"""So long renders wait for what goes before them, however much of that there is; then one frame of theirs is next."""
PATIENCE_FRAMES = 9.0
"""Or for the time of so many of their frames where that is longer: they get a tenth of a worker, and not more."""

_CLASSES = {"frame": 0, "plan": 1, "stream": 2, "render": 3}


class JobQueue:
    """Remembers how much work each owner has had, so that one who asks for much does not hold up the others."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._served: dict[str, float] = {}
        """Seconds of work for each owner that has jobs; a newcomer begins with what the least served has had."""
        self._waiting: dict[int, float] = {}
        """Since when a class of renders has had work to give, and no worker."""

    def given(self, job: Job) -> None:
        """A worker does something for a job."""
        self._waiting.pop(_class(job), None)

    def nobody_works(self) -> None:
        """There is no worker that could do anything: waiting for one is not being passed over."""
        self._waiting.clear()

    def served(self, job: Job, seconds: float) -> None:
        """A worker has worked so long for a job."""
        self._waiting.pop(_class(job), None)
        if job.owner in self._served:
            self._served[job.owner] += seconds

    def choose(
        self,
        ready: Iterable[Job],
        active: Iterable[Job],
        last: Job | None,
        hold_renders: bool = False,
        can_begin: bool = True,
    ) -> Job | None:
        """The next job for a worker; None where there is nothing to do.

        Args:
            ready: jobs that have work to give.
            active: all jobs that have not ended.
            last: the job that the worker did last.
            hold_renders: whether this worker is kept free for a stream.
            can_begin: whether it can do anything now; else nobody's patience is asked.
        """
        self._keep(active)
        jobs = list(ready)
        late = self._impatient(jobs) if can_begin else []
        jobs = late or [job for job in jobs if not (hold_renders and job.kind == "render")]
        first = min(jobs, key=self._place, default=None)
        if first is None or last not in jobs or first.kind != "render" or _class(first) != _class(last):
            return first
        behind = self._served[last.owner] - self._served[first.owner]
        return last if behind < TURN_SECONDS else first

    def _impatient(self, jobs: list[Job]) -> list[Job]:
        """The renders of a class that has waited too long; else none."""
        now = self._clock()
        renders = [job for job in jobs if job.kind == "render"]
        self._waiting = {kind: self._waiting.get(kind, now) for kind in sorted(map(_class, renders))}
        for kind, since in self._waiting.items():
            late = [job for job in renders if _class(job) == kind]
            first = min(late, key=self._place)
            if now - since >= max(PATIENCE_SECONDS, PATIENCE_FRAMES * first.frame_seconds):
                return late
        return []

    def _keep(self, active: Iterable[Job]) -> None:
        owners = {job.owner for job in active}
        self._served = {owner: seconds for owner, seconds in self._served.items() if owner in owners}
        least = min(self._served.values(), default=0.0)
        for owner in owners - self._served.keys():
            self._served[owner] = least

    def _place(self, job: Job) -> tuple[int, float, float]:
        """Who has the smallest goes first. Of an owner's frames on demand the newest: there the playhead is now."""
        if job.kind == "frame":
            return _class(job), self._served[job.owner], -job.created
        if job.live is not None:
            return _class(job), job.live.turn, 0.0
        return _class(job), self._served[job.owner], job.created


def _class(job: Job) -> int:
    return _CLASSES[job.kind] + (job.priority == "final")
