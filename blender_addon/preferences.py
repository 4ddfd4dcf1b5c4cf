# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to this computer and not to a .blend: where the backend is."""

import bpy
import rna_keymap_ui
from bpy.props import BoolProperty, StringProperty


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

    show_emotion_graph: BoolProperty(
        name="Emotions on the timeline",
        description="Show a band with the emotions over time, and a face at each emotion marker, in timelines and the "
        "sequencer",
        default=True,
        update=lambda self, context: _redraw_graph(),
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "backend_python")
        layout.prop(self, "actors_folder")
        layout.prop(self, "connection_file")
        layout.prop(self, "show_emotion_graph")
        _draw_keys(layout, context)


def _draw_keys(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The keys of the pie menu, to be changed as in Blender's own list of keys."""
    from .panels.emotions_pie import users_items  # it imports what imports this module

    column = layout.column()
    column.use_property_split = False
    column.label(text="Pie menu of emotions", icon="MOUSE_MOVE")
    for keymap, item in users_items(context):
        column.label(text=keymap.name, text_ctxt="WindowManager")
        rna_keymap_ui.draw_kmi([], context.window_manager.keyconfigs.user, keymap, item, column, 0)


def _redraw_graph() -> None:
    from . import emotion_graph  # it imports this module

    emotion_graph.redraw()


def preferences(context: bpy.types.Context) -> EmoGenePreferences:
    return context.preferences.addons[__package__].preferences


CLASSES = (EmoGenePreferences,)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
