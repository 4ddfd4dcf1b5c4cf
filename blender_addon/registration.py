# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the extension puts into Blender, in order."""

from . import live, live_view, markers, panels, preferences, properties, session, take_up
from .operators import backend, shots, voice
from .operators import live as live_operators
from .operators import markers as marker_operators

MODULES = (
    preferences,
    markers,
    properties,
    backend,
    voice,
    marker_operators,
    shots,
    live_operators,
    panels,
    session,
    take_up,
    live_view,
    live,
)


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
