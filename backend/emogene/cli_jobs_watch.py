"""Following jobs to their end: asks how they are, and shows it as bars or, where no terminal is, as lines."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from emogene import cli_backend
from emogene.cli_backend import ConnectionLostError, Conversation
from emogene.cli_jobs_table import printable, took
from emogene.quantities import bytes_text, seconds_text
from emogene_proto.errors import EmoGeneError
from emogene_proto.messages import (
    ENDED,
    LAST_EVENTS,
    Failed,
    FrameFailed,
    JobInfo,
    Jobs,
    JobStatus,
    ListJobs,
    Watch,
)
from emogene_proto.messages import Progress as JobProgress

POLL_SECONDS = 0.5
LAST_WORDS_SECONDS = 5.0
"""So long the reason of a job that failed is waited for, which comes a moment after its state."""
WATCHED_CLOSELY = 32
"""So many jobs are watched for their failed frames at a time; a backend lets a client watch 64."""
LINE_SECONDS = 10.0
"""Without a terminal a line comes at each change of state, and else so often at most."""


_UNKNOWN = "unknown_job"
_LOOK = "`emogene jobs list` shows what it knows."


@dataclass
class Followed:
    """A job and what has been heard of it."""

    info: JobInfo
    stage: str = ""
    """While it is planned: what is being done, for people."""
    request: int = 0
    """The id of its Watch; 0 where there is none."""
    closely: bool = False
    """Whether answers to that may still come."""
    shown: bool = False
    """Whether its end was shown."""
    failure: Failed | None = None
    ended: float | None = None
    """When its end was first seen, by the monotonic clock."""

    def update(self, info: JobInfo) -> None:
        self.info = info
        if info.state in ENDED and self.ended is None:
            self.ended = time.monotonic()

    @property
    def over(self) -> bool:
        """It has ended, and if it failed its reason is known, or does not come."""
        if self.ended is None:
            return False
        return not self.closely or self.info.state != "failed" or time.monotonic() - self.ended > LAST_WORDS_SECONDS

    def unwatched(self) -> None:
        """The connection through which it was watched is gone."""
        self.request, self.closely = 0, False

    def error(self) -> EmoGeneError | None:
        """Why it came to nothing; None if it did not."""
        if self.info.state not in ("failed", "cancelled"):
            return None
        if self.failure is not None:
            return EmoGeneError(printable(self.failure.message), printable(self.failure.hint), self.failure.code)
        again = f"`emogene jobs retry {self.info.job}` does it again."
        if self.info.state == "cancelled":
            return EmoGeneError("The job was cancelled.", f"Finished frames are kept; {again}", "cancelled")
        return EmoGeneError(printable(self.info.failure) or "The job failed.", again)


class View(Protocol):
    """Shows jobs that are followed."""

    def show(self, job: Followed) -> None:
        """How it is now; called again and again, and once when it has ended."""
        ...

    def drop(self, job: Followed) -> None:
        """It is not followed any longer."""
        ...

    def tell(self, text: str) -> None:
        """One line that stays."""
        ...


def follow(conversation: Conversation, jobs: Iterable[JobInfo], view: View, newcomers: bool) -> list[Followed]:
    """Show jobs until they have ended; with `newcomers` also those that are begun meanwhile, until none is active.

    A backend that is gone is waited for: jobs outlast its restart. A job that it has forgotten meanwhile is left out.

    Raises:
        EmoGeneError: the connection broke for good; or the backend has forgotten all that was to be followed.
    """
    followed: dict[str, Followed] = {}
    _take(followed, jobs)
    going = list(followed.values())
    while going:
        try:
            for job in going:
                _watch_closely(conversation, job, followed)
            _hear(conversation.heard(POLL_SECONDS), followed, view)
            _ask(conversation, followed, newcomers, view)
        except ConnectionLostError as lost:
            _reconnect(conversation, followed, view, lost)
            continue
        if not (followed or newcomers):
            raise EmoGeneError("The backend has forgotten the job: it was cleaned.", _LOOK, _UNKNOWN)
        going = [job for job in followed.values() if not job.shown]
        for job in going:
            job.shown = job.over
            view.show(job)
    return list(followed.values())


def _reconnect(conversation: Conversation, followed: dict[str, Followed], view: View, lost: EmoGeneError) -> None:
    """Wait for the backend, and say so.

    Raises:
        EmoGeneError: it does not come back.
    """
    seconds = cli_backend.RECONNECT_SECONDS
    view.tell(f"{lost.message} Its jobs are kept; for {seconds_text(seconds)} it is tried to reach it again.")
    conversation.reconnect(seconds)
    view.tell(f"The backend is back at {conversation.address}.")
    for job in followed.values():
        job.unwatched()


def _take(followed: dict[str, Followed], infos: Iterable[JobInfo]) -> None:
    for info in infos:
        followed.setdefault(info.job, Followed(info)).update(info)


def _ask(conversation: Conversation, followed: dict[str, Followed], newcomers: bool, view: View) -> None:
    """How they are now."""
    waiting = {name for name, job in followed.items() if job.ended is None}
    if newcomers:
        active = conversation.ask(ListJobs(active=True))
        assert isinstance(active, Jobs)
        _take(followed, (info for info in active.jobs if info.kind != "stream"))
        waiting -= {info.job for info in active.jobs}
    for name in waiting:
        try:
            answer = conversation.ask(JobStatus(job=name))
        except EmoGeneError as error:
            if error.code != _UNKNOWN:
                raise
            view.drop(followed.pop(name))
            view.tell(f"{name} was cleaned; it is not followed any longer.")
            continue
        assert isinstance(answer, Jobs)
        _take(followed, answer.jobs)


def _watch_closely(conversation: Conversation, job: Followed, followed: dict[str, Followed]) -> None:
    """Ask for what a list does not tell: what is being planned, failed frames and why it failed; never for frames."""
    info = job.info
    renders = info.kind in ("render", "frame") and info.state not in ENDED
    if job.request or not (renders or info.state == "failed"):
        return
    if sum(other.closely for other in followed.values()) >= WATCHED_CLOSELY:
        return
    everything = tuple(range(info.first, info.last + 1)) if info.total else ()
    job.request = conversation.send(Watch(job=info.job, credit=0, have=everything))
    job.closely = True


def _hear(events: Iterable, followed: dict[str, Followed], view: View) -> None:
    of_request = {job.request: job for job in followed.values() if job.request}
    for event in events:
        job = of_request.get(event.id)
        if job is None:
            continue
        if isinstance(event, JobProgress):
            job.stage = event.stage
        elif isinstance(event, FrameFailed):
            view.tell(f"{job.info.job}: frame {event.frame} failed: {printable(event.message)}")
        elif isinstance(event, LAST_EVENTS):
            job.closely = False
            job.failure = event if isinstance(event, Failed) else None


def progress_text(job: Followed) -> str:
    """E.g. "rendering 120 of 1440, 1300 reused"."""
    info = job.info
    stage = job.stage if job.stage and info.state == "submitted" else info.state
    words = printable(stage).lower() + (f" {info.done} of {info.total}" if info.total and info.done else "")
    parts = [words, f"{info.reused} reused" if info.reused else "", f"{info.failed} failed" if info.failed else ""]
    return ", ".join(part for part in parts if part)


def summary(info: JobInfo) -> str:
    """One line on a job that has ended."""
    frames = f": {info.done} of {info.total} frames" if info.total else ""
    parts = [
        f"{info.kind} {info.state}{frames}",
        f"{info.reused} reused" if info.reused else "",
        f"{info.failed} failed" if info.failed else "",
        bytes_text(info.bytes) if info.bytes else "",
        f"in {seconds_text(took(info, time.time()))}" if info.started else "",
    ]
    return f"{info.job} " + ", ".join(part for part in parts if part)


class _Rate(ProgressColumn):
    """Frames a second of the last half minute."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed and task.total else "")


def columns() -> list[ProgressColumn]:
    """Name, bar, what is done, rate, time left."""
    name, doing = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[doing]}", markup=False)
    return [name, BarColumn(bar_width=24), doing, _Rate(), TimeRemainingColumn()]


class Bars:
    """A bar for each job, on a terminal."""

    def __init__(self, progress: Progress):
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def show(self, job: Followed) -> None:
        info = job.info
        if info.job not in self._tasks:
            self._tasks[info.job] = self._progress.add_task(
                f"{info.job} {info.kind}", total=info.total or None, doing=""
            )
        task = self._tasks[info.job]
        self._progress.update(task, completed=info.done, doing=progress_text(job))
        if job.over:
            self._progress.remove_task(task)
            self._progress.refresh()
            self._progress.console.print(summary(info), markup=False)

    def drop(self, job: Followed) -> None:
        if (task := self._tasks.pop(job.info.job, None)) is not None:
            self._progress.remove_task(task)

    def tell(self, text: str) -> None:
        self._progress.console.print(text, markup=False)


class Lines:
    """Lines where no terminal is."""

    def __init__(self, console: Console):
        self._console = console
        self._told: dict[str, tuple[float, str, str]] = {}
        """When, in which state, and what."""

    def show(self, job: Followed) -> None:
        text, now = progress_text(job), time.monotonic()
        when, state, before = self._told.get(job.info.job, (0.0, "", ""))
        if job.over:
            self.tell(summary(job.info))
        elif state != job.info.state or (text != before and now - when >= LINE_SECONDS):
            self._told[job.info.job] = now, job.info.state, text
            self.tell(f"{job.info.job} {text}")

    def drop(self, job: Followed) -> None:
        self._told.pop(job.info.job, None)

    def tell(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


@contextmanager
def view_on(console: Console) -> Iterator[View]:
    """Bars on a terminal, else lines."""
    if not console.is_terminal:
        yield Lines(console)
        return
    with Progress(*columns(), console=console, speed_estimate_period=30.0, transient=True) as progress:
        yield Bars(progress)
