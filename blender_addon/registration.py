# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the extension puts into Blender, in order."""

from . import (
    backend_test,
    connection_view,
    edit_watch,
    emotion_graph,
    face_view,
    faces,
    farm,
    follow_changes,
    headless,
    icons,
    keys,
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
    translations,
)
from .operators import backend, backend_setup, characters, landmarks, marker_jump, shots, voice
from .operators import farm as farm_operators
from .operators import live as live_operators
from .operators import look as look_operators
from .operators import markers as marker_operators
from .panels import emotions_pie

MODULES = (
    translations,
    preferences,
    icons,
    markers,
    properties,
    backend,
    characters,
    backend_setup,
    voice,
    marker_operators,
    marker_jump,
    shots,
    landmarks,
    farm_operators,
    look_operators,
    live_operators,
    emotions_pie,
    panels,
    session,
    backend_test,
    connection_view,
    plans,
    faces,
    rendering,
    take_up,
    edit_watch,
    follow_changes,
    look,
    live_view,
    emotion_graph,
    face_view,
    keys,
    live,
    farm,
    headless,
    slices,
)
"""In the order in which they look after things: what came first, then what follows from it, last what takes longer."""


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
