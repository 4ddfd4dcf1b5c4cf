# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the extension puts into Blender, in order."""

from . import panels, preferences, properties, session
from .operators import backend, markers, shots, voice

MODULES = (preferences, properties, backend, voice, markers, shots, panels, session)


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
