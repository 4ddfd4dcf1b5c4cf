# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on Blender's own data that takes longer than a tick may: done in slices, so that the window never waits.

Other followers of the pump come first: slices take what is left of each turn, and as many turns as they need.
"""

from collections.abc import Generator, Hashable
from functools import partial

import bpy

from .session import follow, guarded, hurry, time_is_up, unfollow

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
    """Called after each pump: some slices of what there is, one at least."""
    begun = False
    while _works and not (begun and time_is_up()):
        begun = True
        name = next(iter(_works))
        work = _works.pop(name)
        if guarded(partial(_goes_on, work)):  # what met a fault is over
            _works.setdefault(name, work)  # behind the others
    if _works:
        hurry()  # Blender draws and handles events between two turns, however soon the next one is
    return bool(_works)


def _goes_on(work: Generator[None]) -> bool:
    """Do one slice; whether more follow."""
    try:
        next(work)
    except StopIteration:
        return False
    return True


def register() -> None:
    follow(_follow)


def unregister() -> None:
    unfollow(_follow)
    for name in list(_works):
        drop(name)
