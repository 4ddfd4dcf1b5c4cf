# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the extension puts into Blender, in order."""

from . import (
    edit_watch,
    faces,
    follow_changes,
    live,
    live_view,
    look,
    markers,
    panels,
    plans,
    preferences,
    properties,
    rendering,
    session,
    slices,
    take_up,
)
from .operators import backend, characters, landmarks, shots, voice
from .operators import live as live_operators
from .operators import look as look_operators
from .operators import markers as marker_operators

MODULES = (
    preferences,
    markers,
    properties,
    backend,
    characters,
    voice,
    marker_operators,
    shots,
    landmarks,
    look_operators,
    live_operators,
    panels,
    session,
    slices,
    plans,
    faces,
    rendering,
    take_up,
    edit_watch,
    follow_changes,
    look,
    live_view,
    live,
)
"""In the order in which they look after things: what came first, then what follows from it."""


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
