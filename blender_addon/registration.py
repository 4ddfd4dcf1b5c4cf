# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the extension puts into Blender, in order."""

from . import panels, preferences, session, slices, translations
from .operators import backend, backend_setup, characters, landmarks, marker_jump, shots, voice
from .operators import farm as farm_operators
from .operators import live as live_operators
from .operators import look as look_operators
from .operators import markers as marker_operators
from .panels import emotions_pie
from .scene import markers, properties
from .views import (
    connection_view,
    edit_watch,
    emotion_graph,
    face_view,
    faces,
    icons,
    keys,
    live,
    live_view,
    look,
    seen,
)
from .work import backend_test, farm, follow_changes, headless, plans, rendering, take_up

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
    seen,
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
