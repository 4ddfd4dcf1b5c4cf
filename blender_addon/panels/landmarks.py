# SPDX-License-Identifier: GPL-3.0-or-later
"""The face in the viewport, what was moved of it, and the picture at the playhead."""

import bpy
from bpy.app.translations import pgettext_iface

from ..core.edit_layer import REGIONS
from ..scene import edits
from ..views import faces, look
from .text import COMFORTABLE, draw_text, sidebar_width


def draw_landmarks(layout: bpy.types.UILayout, context: bpy.types.Context, character) -> None:
    """Plan, show, and whether changes are followed."""
    shown = faces.is_shown(character)
    column = layout.column(align=True)
    row = column.row(align=True)
    row.operator("emogene.plan", icon="GRAPH")
    row.prop(character.id_data.emogene, "follow_changes", text="", icon="FILE_REFRESH")
    row = column.row(align=True)
    icon = "OUTLINER_OB_EMPTY" if sidebar_width(context) >= COMFORTABLE else "NONE"
    row.operator("emogene.key_empties", text="Landmarks", icon=icon, depress=shown)
    row.prop(character, "landmarks_as", text="")
    if shown:
        row.operator("emogene.hide_landmarks", text="", icon="X")
    edited = edits.regions_edited(character)
    if edited:
        _draw_edits(layout, character, edited)
    elif shown and character.landmarks_as == "MESH":
        draw_text(layout, context, "To edit the face by hand show it as empties.", "INFO")


def _draw_edits(layout: bpy.types.UILayout, character, edited: dict[str, int]) -> None:
    """How many landmarks were moved in each region, with buttons to clear them."""
    box = layout.box()
    row = box.row(align=True)
    row.label(text="Moved by hand", icon="HAND")
    row.prop(character, "edits_muted", text="", icon="HIDE_ON" if character.edits_muted else "HIDE_OFF")
    row.operator("emogene.clear_edits", text="", icon="TRASH").region = "all"
    grid = box.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for region, count in edited.items():
        text = f"{pgettext_iface(REGIONS[region][0])} ({count})"
        grid.operator("emogene.clear_edits", text=text, icon="X").region = region
    column = box.column(align=True)
    column.active = not character.edits_muted
    column.prop(character, "edits_fade")
    column.prop(character, "edits_neighbours")


def draw_picture(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene, character) -> None:
    """Make and show the picture at the playhead."""
    settings = scene.emogene
    row = layout.row(align=True)
    row.operator("emogene.picture", text="Picturing" if look.is_coming() else "Picture", icon="IMAGE_DATA")
    row.prop(settings, "look_size", text="")
    row.prop(settings, "look_behind", text="", icon="CAMERA_DATA")
    row.operator("emogene.open_picture", text="", icon="WINDOW")
    if settings.look_behind and settings.camera_choice == "ACTOR":
        text = "Behind the camera it lies at the landmarks only where Blender's camera is chosen in Camera and Picture."
        draw_text(layout, context, text, "INFO")
