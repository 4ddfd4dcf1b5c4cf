# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the extension puts into Blender, in order."""

from . import (
    emotion_graph,
    icons,
    live,
    live_view,
    markers,
    panels,
    preferences,
    properties,
    session,
    take_up,
    translations,
)
from .operators import backend, marker_jump, shots, voice
from .operators import live as live_operators
from .operators import markers as marker_operators
from .panels import emotions_pie

MODULES = (
    translations,
    preferences,
    icons,
    markers,
    properties,
    backend,
    voice,
    marker_operators,
    marker_jump,
    shots,
    live_operators,
    emotions_pie,
    panels,
    session,
    take_up,
    live_view,
    emotion_graph,
    live,
)


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
