# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen in the sidebars of the 3D viewport and the sequencer."""

import bpy

from . import cast, connection, main, markers, settings

CLASSES = (*cast.CLASSES, *markers.CLASSES, *main.CLASSES, *settings.CLASSES, *connection.CLASSES)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
