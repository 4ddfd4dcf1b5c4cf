# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the extension puts into Blender, in order."""

from . import backend_test, connection_view, live, live_view, markers, panels, preferences, properties, session, take_up
from .operators import backend, backend_setup, shots, voice
from .operators import live as live_operators
from .operators import markers as marker_operators

MODULES = (
    preferences,
    markers,
    properties,
    backend,
    backend_setup,
    voice,
    marker_operators,
    shots,
    live_operators,
    panels,
    session,
    backend_test,
    connection_view,
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
