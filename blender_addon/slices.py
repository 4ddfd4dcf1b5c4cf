# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on Blender's own data that takes longer than a tick may: done in slices, so that the window never waits.

Other followers of the pump come first: slices take what is left of each turn, and as many turns as they need.
"""

from collections.abc import Generator, Hashable
from functools import partial
from typing import NamedTuple

import bpy

from . import compat
from .session import follow, guarded, hurry, time_is_up, unfollow

at_once = bpy.app.background
"""Without a window nobody waits, and scripts want to go on with the result; measurements set it to False."""


class _Work(NamedTuple):
    """What is done in slices."""

    slices: Generator[None]
    beside_artist: bool


_works: dict[Hashable, _Work] = {}


def begin(name: Hashable, work: Generator[None], beside_artist: bool = False) -> None:
    """Do this in slices, each up to the next `yield`; in place of earlier work of the same name.

    It waits while the artist moves something with the mouse, unless it goes on `beside_artist`: what is held then must
    not be changed or removed.

    Without a window it is done at once, see `at_once`.
    """
    drop(name)
    if at_once:
        for _ in work:
            pass
        return
    _works[name] = _Work(work, beside_artist)
    hurry()


def drop(name: Hashable) -> None:
    """Do no more of it."""
    if (dropped := _works.pop(name, None)) is not None:
        dropped.slices.close()


def is_at(name: Hashable) -> bool:
    return name in _works


def _follow() -> bool:
    """Called after each pump: some slices of what there is, one at least."""
    begun, moving = False, compat.is_modal(bpy.context)
    while (name := _next(moving)) is not None and not (begun and time_is_up()):
        begun = True
        work = _works.pop(name)
        if guarded(partial(_goes_on, work.slices)):  # what met a fault is over
            _works.setdefault(name, work)  # behind the others
    if name is not None:
        hurry()  # Blender draws and handles events between two turns, however soon the next one is
    return bool(_works)


def _next(moving: bool) -> Hashable | None:
    """The work whose turn it is; None where there is none that can go on."""
    return next((name for name, work in _works.items() if work.beside_artist or not moving), None)


def _goes_on(slices: Generator[None]) -> bool:
    """Do one slice; whether more follow."""
    try:
        next(slices)
    except StopIteration:
        return False
    return True


def register() -> None:
    follow(_follow)


def unregister() -> None:
    unfollow(_follow)
    for name in list(_works):
        drop(name)
