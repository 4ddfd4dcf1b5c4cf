"""Processes that share a corpus' work. They are spawned, which is the same on every system."""

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any


def worker_pool(workers: int, start: Callable[..., None] | None = None, *values: Any) -> ProcessPoolExecutor:
    """A pool of processes, each of which calls `start(*values)` first."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(start, values))


def _begin(start: Callable[..., None] | None, values: tuple) -> None:
    # Ctrl-C reaches all processes of a terminal: only the first one tells of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if start is not None:
        start(*values)
