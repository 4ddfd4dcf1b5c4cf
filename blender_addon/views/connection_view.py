# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what panels and preferences say of the connection up to date."""

from ..core.connection_words import backend_lines, connection_text
from ..redrawing import redraw
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
        redraw(*_AREAS)
    return False


def register() -> None:
    follow(_follow)


def unregister() -> None:
    unfollow(_follow)
