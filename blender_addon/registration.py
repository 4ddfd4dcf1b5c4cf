# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the extension puts into Blender, in order."""

from . import markers, panels, preferences, properties, session
from .operators import backend, shots, voice
from .operators import markers as marker_operators

MODULES = (preferences, markers, properties, backend, voice, marker_operators, shots, panels, session)


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
