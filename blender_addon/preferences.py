# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to this computer and not to a .blend: where the backend is."""

import bpy
from bpy.props import StringProperty


class EmoGenePreferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    backend_python: StringProperty(
        name="Backend Python",
        description="The Python, or the emogene program, that has the backend; empty looks for one on this computer",
        subtype="FILE_PATH",
    )
    actors_folder: StringProperty(
        name="Actors",
        description="Folder with actor packs of your own, beside the one that comes with the backend",
        subtype="DIR_PATH",
    )
    connection_file: StringProperty(
        name="Connection file",
        description="Written by a running backend, or by emogene keys for one elsewhere; empty is its usual place",
        subtype="FILE_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "backend_python")
        layout.prop(self, "actors_folder")
        layout.prop(self, "connection_file")


def preferences(context: bpy.types.Context) -> EmoGenePreferences:
    return context.preferences.addons[__package__].preferences


CLASSES = (EmoGenePreferences,)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
