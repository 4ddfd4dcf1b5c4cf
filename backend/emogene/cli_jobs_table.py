"""Jobs and the backend's state as tables for a terminal."""

import time
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from emogene.quantities import bytes_text, seconds_text
from emogene_proto.messages import ENDED, JobInfo, Status, Welcome

WIDE = 200
"""Columns where no terminal says how many there are."""
_STYLES = {"done": "green", "failed": "bold red", "cancelled": "yellow", "rendering": "cyan"}
_COLUMNS = (
    *("job", "kind", "state", "frames", "reused", "failed", "priority", "client", "actor", "created", "took", "size"),
    "why",
)
_ALWAYS = ("job", "kind", "state", "frames", "created")
_DISPENSABLE = ("priority", "size", "actor", "why", "client", "took")
"""In the order in which they are left out."""
_RIGHT = ("frames", "reused", "failed", "created", "took", "size")
_WIDEST = {"client": 24, "actor": 24, "why": 60}
_GAP = 2


def console() -> Console:
    """Standard output; a file or another program gets whole rows."""
    plain = Console(highlight=False, emoji=False)
    return plain if plain.is_terminal else Console(highlight=False, emoji=False, width=WIDE)


def jobs_table(jobs: Sequence[JobInfo], width: int, now: float | None = None) -> Table:
    """One row a job. Columns without any entry are left out, and where `width` is too little the less needed ones too.

    Args:
        width: columns of the terminal.
        now: seconds since 1970.
    """
    now = time.time() if now is None else now
    rows = [_cells(job, now) for job in jobs]
    shown = [name for name in _COLUMNS if any(row[name] for row in rows) or name in _ALWAYS]
    for name in _DISPENSABLE:
        if name in shown and sum(_needs(name, rows) for name in shown) > width:
            shown.remove(name)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in shown:
        justify = "right" if name in _RIGHT else "left"
        # what names a job, and says how it stands, is never cut
        least = _needs(name, rows) - _GAP if name in _ALWAYS else None
        table.add_column(
            name, no_wrap=True, overflow="ellipsis", justify=justify, min_width=least, max_width=_WIDEST.get(name)
        )
    for row in rows:
        table.add_row(*(Text(row[name], _STYLES.get(row[name], "") if name == "state" else "") for name in shown))
    return table


def _needs(name: str, rows: Sequence[dict[str, str]]) -> int:
    """Columns that it takes, with the gap beside it."""
    widest = max(map(len, (name, *(row[name] for row in rows))))
    return min(widest, _WIDEST.get(name, widest)) + _GAP


def _cells(job: JobInfo, now: float) -> dict[str, str]:
    return {
        "job": job.job,
        "kind": job.kind,
        "state": job.state,
        "frames": f"{job.done}/{job.total}" if job.total else "",
        "reused": str(job.reused or ""),
        "failed": str(job.failed or ""),
        "priority": job.priority.replace("_", " "),
        "client": printable(job.client),
        "actor": printable(job.actor),
        "created": _moment(job.created, now),
        "took": seconds_text(took(job, now)) if job.started else "",
        "size": bytes_text(job.bytes) if job.bytes else "",
        "why": printable(job.failure),
    }


def printable(text: str) -> str:
    """Without what would move a terminal's cursor: names come from clients."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def took(job: JobInfo, now: float) -> float:
    """Seconds since it was begun, to its end if it has ended; 0 while it waits."""
    if not job.started:
        return 0.0
    return max((job.ended if job.state in ENDED and job.ended else now) - job.started, 0.0)


def _moment(seconds: float, now: float) -> str:
    """Local time; the date where it is not today's, the year where it is another."""
    then, today = time.localtime(seconds), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M:%S", then)
    return time.strftime("%m-%d %H:%M" if then.tm_year == today.tm_year else "%Y-%m-%d", then)


def status_view(status: Status, welcome: Welcome, address: str) -> RenderableType:
    """How busy the backend is, for people."""
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column()
    for name, value in _facts(status, welcome, address):
        facts.add_row(name, Text(value))
    workers = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("worker", "doing", "memory", "restarts"):
        workers.add_column(name)
    for worker in status.workers:
        memory = bytes_text(worker.memory_bytes) if worker.memory_bytes else ""
        workers.add_row(str(worker.pid or "-"), Text(printable(worker.doing)), memory, str(worker.restarts))
    return Group(facts, Text(), workers) if status.workers else facts


def _facts(status: Status, welcome: Welcome, address: str) -> list[tuple[str, str]]:
    running = f"EmoGene {welcome.version} at {address}, for {seconds_text(status.uptime_seconds)}"
    frames, jobs, clients = status.frames_waiting, status.jobs_waiting, status.clients
    quota = f" of at most {bytes_text(status.frame_quota_bytes)}" if status.frame_quota_bytes else ""
    facts = [
        ("backend", running),
        ("device", welcome.device),
        ("rate", f"{status.frames_per_second:.1f} frames/s"),
        ("queue", f"{frames} frame{'s' * (frames != 1)} in {jobs} job{'s' * (jobs != 1)}"),
        ("clients", str(clients)),
        ("memory", bytes_text(status.memory_bytes)),
        ("frames", bytes_text(status.frame_bytes) + quota),
    ]
    return [*facts, ("problem", welcome.problem)] if welcome.problem else facts
