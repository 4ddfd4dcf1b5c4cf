# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on Blender's own data that takes longer than a tick may: done in slices, so that the window never waits."""

import time
from collections.abc import Generator, Hashable

import bpy

from .session import follow, hurry, unfollow

BUDGET_SECONDS = 0.004
"""Of one tick; a slice that has begun is finished."""

at_once = bpy.app.background
"""Without a window nobody waits, and scripts want to go on with the result; measurements set it to False."""
_works: dict[Hashable, Generator[None]] = {}


def begin(name: Hashable, work: Generator[None]) -> None:
    """Do this in slices, each up to the next `yield`; in place of earlier work of the same name.

    Without a window it is done at once, see `at_once`.
    """
    drop(name)
    if at_once:
        for _ in work:
            pass
        return
    _works[name] = work
    hurry()


def drop(name: Hashable) -> None:
    """Do no more of it."""
    work = _works.pop(name, None)
    if work is not None:
        work.close()


def is_at(name: Hashable) -> bool:
    return name in _works


def _follow() -> bool:
    """Called after each pump: some slices of what there is."""
    deadline = time.perf_counter() + BUDGET_SECONDS
    while _works and time.perf_counter() < deadline:
        name = next(iter(_works))
        work = _works.pop(name)
        try:
            next(work)
        except StopIteration:
            continue
        _works.setdefault(name, work)  # behind the others
    return bool(_works)


def register() -> None:
    follow(_follow)


def unregister() -> None:
    unfollow(_follow)
    for name in list(_works):
        drop(name)
