"""What `emogene render` says while it works: a bar for people, lines of JSON for programs."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from typing import Any

import typer

from emogene.cli_errors import told_error
from emogene.cli_progress import Advance, progress_bar
from emogene_proto.errors import EmoGeneError, RenderError


class ProgressForm(StrEnum):
    """How progress is told."""

    auto = "auto"
    json = "json"
    none = "none"


class RenderReport:
    """Counts frames and says nothing; those that say something are its children."""

    def __init__(self) -> None:
        self.total = self.done = self.reused = 0
        self.lost: list[int] = []
        """Numbers of frames that failed."""
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def planning(self, fraction: float, doing: str) -> None:
        """How far the plan has come, 0 to 1."""

    def start(self, first: int, last: int) -> None:
        """Frames `first` to `last` follow."""
        self.total = last - first + 1

    def doing(self, what: str) -> None:
        """What takes so long."""

    def finished(self, number: int, reused: bool) -> None:
        """A frame is in place; it was before if `reused`."""
        self.done += 1
        self.reused += reused

    def failed(self, number: int, reason: str) -> None:
        """A frame failed."""
        self.lost.append(number)
        typer.echo(f"Frame {number} failed: {reason}", err=True)

    def joining(self, done: int) -> None:
        """So many frames are in the film."""

    def ended(self) -> None:
        """All is done; nothing more comes."""

    def stopped(self, error: EmoGeneError) -> None:
        """The whole render has failed; nothing more comes."""


class BarReport(RenderReport):
    """A bar on stderr, where that is a terminal."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__()
        self._stack = stack
        self._advance: Advance = self._bar(1.0, counted=False)
        self._what = "Rendering"

    def planning(self, fraction: float, doing: str) -> None:
        self._advance(fraction, doing)

    def start(self, first: int, last: int) -> None:
        super().start(first, last)
        self._advance = self._bar(self.total, counted=True)

    def doing(self, what: str) -> None:
        self._advance(self.done, what)

    def finished(self, number: int, reused: bool) -> None:
        super().finished(number, reused)
        self._advance(self.done + len(self.lost), "Checking" if reused else "Rendering")

    def joining(self, done: int) -> None:
        self._advance(done, "Writing the film")

    def _bar(self, total: float, counted: bool) -> Advance:
        self._stack.close()
        return self._stack.enter_context(progress_bar(total, quiet=False, counted=counted))


class JsonReport(RenderReport):
    """One JSON object a line on stdout; docs/cli.md lists them. The last one is `done`, or `failed` without a frame."""

    def planning(self, fraction: float, doing: str) -> None:
        self._say("plan", done=round(fraction, 3), total=1.0, doing=doing)

    def start(self, first: int, last: int) -> None:
        super().start(first, last)
        self._say("start", first=first, last=last, total=self.total)

    def finished(self, number: int, reused: bool) -> None:
        super().finished(number, reused)
        self._say("frame", frame=number, **self._counted())

    def failed(self, number: int, reason: str) -> None:
        super().failed(number, reason)
        self._say("failed", frame=number, problem=reason, **self._counted())

    def ended(self) -> None:
        self._say("done", failed=[], **self._counted())

    def stopped(self, error: EmoGeneError) -> None:
        told = {"problem": error.message, "hint": error.hint, "code": error.code}
        self._say("failed", **told, failed=sorted(self.lost), **self._counted())

    def _counted(self) -> dict[str, int]:
        return {"done": self.done, "total": self.total, "reused": self.reused}

    def _say(self, event: str, **values: Any) -> None:
        try:
            print(json.dumps({"event": event, **values, "seconds": round(self.seconds, 3)}), flush=True)
        except OSError as error:  # nobody reads it any more, or its disk is full: no reason to stop the render
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if not isinstance(error, BrokenPipeError):
                typer.echo(f"Note: Progress cannot be told any more: {error.strerror or error}.", err=True)


@contextmanager
def render_report(form: ProgressForm, quiet: bool) -> Iterator[RenderReport]:
    """What is told in the block, and how it ended: whatever is raised in it is told too, and goes on."""
    if form is ProgressForm.json:
        report = JsonReport()
        try:
            yield report
        except BaseException as error:
            report.stopped(told_error(error) or _fault(error))
            raise
        report.ended()
    elif quiet or form is ProgressForm.none:
        yield RenderReport()
    else:
        with ExitStack() as stack:
            yield BarReport(stack)


def _fault(error: BaseException) -> EmoGeneError:
    """A fault of the program, for the last event; its traceback follows on stderr."""
    return RenderError(f"A fault of EmoGene: {type(error).__name__}: {error}.", "Its traceback stands on stderr.")
