# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what panels and preferences say of the connection up to date."""

import bpy

from ..core.connection_words import backend_lines, connection_text
from ..session import follow, session, unfollow
from ..work import backend_test

_AREAS = ("SEQUENCE_EDITOR", "VIEW_3D", "PREFERENCES")
_seen: tuple | None = None


def _follow() -> bool:
    """Called after each pump."""
    global _seen
    current = session()
    test = (backend_test.running(), backend_test.answer())
    seen = (connection_text(current), backend_lines(current), current.upkeep.note, current.problem, test)
    if seen != _seen:
        _seen = seen
        _redraw()
    return False


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in _AREAS:
                area.tag_redraw()


def register() -> None:
    follow(_follow)


def unregister() -> None:
    unfollow(_follow)
