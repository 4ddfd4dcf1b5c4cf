# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen in the sidebars of the 3D viewport and the sequencer."""

import bpy

from . import cast, connection, main, markers, settings

CLASSES = (*cast.CLASSES, *markers.CLASSES, *main.CLASSES, *settings.CLASSES, *connection.CLASSES)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
