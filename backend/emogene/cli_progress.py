"""Progress on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[float, str], None]
"""Takes how much is done and what is being done."""


@contextmanager
def progress_bar(total: float, quiet: bool, counted: bool = False) -> Iterator[Advance]:
    """A bar on stderr while the block runs; nothing at all when `quiet`, or where no terminal is.

    Args:
        total: what is done at the end.
        counted: show `done/total` beside the bar.
    """
    columns = [TextColumn("{task.description:<24}"), BarColumn(), TimeRemainingColumn()]
    if counted:
        columns.insert(2, MofNCompleteColumn())
    console = Console(stderr=True)
    # In a file or a farm's log a bar would be an empty line.
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, doing: bar.update(task, completed=done, description=doing)
