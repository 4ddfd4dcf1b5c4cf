"""Renders frames of a shot into a folder: skips what is finished and still whole, tries again what fails."""

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from emogene.films.drawing import TRIES, Drawing, DrawingSetup, keep_frame, why
from emogene.films.frame_record import FinishedFrames, RecordFile, remove_leftovers
from emogene.films.shot_frames import FrameTask, ShotFrames, drawn_by
from emogene.films.worker_group import Drawn, WorkerGroup
from emogene_proto.errors import Cancelled

_PAUSE_SECONDS = 0.2
"""Before a frame is tried again: a network drive may be back, a virus scanner done."""


class Report(Protocol):
    """Is told what happens to each frame."""

    def finished(self, number: int, reused: bool) -> None: ...

    def failed(self, number: int, reason: str) -> None: ...

    def doing(self, what: str) -> None: ...


@dataclass
class Outcome:
    """What has become of the frames."""

    drawn: int = 0
    reused: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    """The reason, by frame number."""


@dataclass(frozen=True)
class RenderWay:
    """How frames are rendered; it changes none of their bytes."""

    workers: int = 1
    force: bool = False
    """Render anew what is finished too."""


def render_frames(frames: ShotFrames, rows: range, picture: Path | None, way: RenderWay, report: Report) -> Outcome:
    """Render rows of a shot into its folder; returns how many were drawn, reused, and which failed.

    Args:
        picture: where the background's picture lies, if the shot has one.

    Raises:
        RenderError: nothing can be rendered or written here, e.g. the disk is full.
    """
    from emogene.render.kernels import chosen_engine, preparing

    outcome = Outcome()
    shot = msgspec.structs.replace(frames.shot, engine=chosen_engine(frames.shot.engine))
    setup = DrawingSetup(shot, frames.actor.folder, picture, frames.folder)
    remove_leftovers(frames.folder)
    todo = list(rows) if way.force else list(_unfinished(frames, rows, shot.engine, outcome, report))
    if not todo:
        return outcome
    report.doing(preparing())
    tasks = (frames.task(row) for row in todo)
    workers = min(way.workers, len(todo))
    results = _drawn_here(setup, frames, tasks) if workers == 1 else WorkerGroup(setup, workers).draw(tasks)
    with closing(results):
        for number, reason in results:
            if reason is None:
                outcome.drawn += 1
                report.finished(number, reused=False)
            else:
                outcome.failed[number] = reason
                report.failed(number, reason)
    return outcome


def _unfinished(frames: ShotFrames, rows: range, engine: str, outcome: Outcome, report: Report) -> Iterator[int]:
    """The rows whose frames are missing, damaged, outdated or drawn by others; all else is told."""
    first, here = frames.shot.frame_start, drawn_by(engine)
    finished = FinishedFrames(frames.folder, range(first + rows.start, first + rows.stop))
    records = RecordFile(frames.folder)
    try:
        for row in rows:
            if first + row in finished and _reused(frames, frames.task(row), finished, records, here):
                outcome.reused += 1
                report.finished(first + row, reused=True)
            else:
                yield row
    finally:
        records.close()


def _reused(frames: ShotFrames, task: FrameTask, finished: FinishedFrames, records: RecordFile, here: str) -> bool:
    """Whether the picture is there already; where it stands in an EXR's film is written anew if that has changed."""
    content, found = finished.read(task.number, task.file_name, task.key)
    found = [record for record in found if record.drawn_by == here]
    if not found:
        return False
    if all(record.place != task.place_key for record in found):
        keep_frame(frames.folder, records, task, content, here)
    return True


def _drawn_here(setup: DrawingSetup, frames: ShotFrames, tasks: Iterable[FrameTask]) -> Generator[Drawn]:
    """Numbers of frames as they are drawn in this process, with the reason where one failed."""
    drawing = Drawing.start(setup, frames.actor)
    try:
        for task in tasks:
            yield task.number, _patiently_drawn(drawing, task)
    finally:
        drawing.close()


def _patiently_drawn(drawing: Drawing, task: FrameTask) -> str | None:
    """Draw a frame; the reason if it fails every time."""
    reason = ""
    for attempt in range(TRIES):
        time.sleep(_PAUSE_SECONDS * bool(attempt))
        try:
            drawing.draw(task)
            return None
        except Cancelled:
            raise
        except Exception as error:  # whatever a frame meets is that frame's alone
            reason = why(error)
    return reason
