# SPDX-License-Identifier: GPL-3.0-or-later
"""The characters of the scene, and the voice of the one that is chosen."""

import bpy

from ..scene import shots, voices
from .text import draw_text


class EMOGENE_UL_characters(bpy.types.UIList):
    """Characters with their actors."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0):
        row = layout.split(factor=0.55, align=True)
        row.prop(item, "name", text="", emboss=False, icon="USER")
        row.label(text=item.actor, translate=False)


def draw_cast(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    """The list of characters, once there is one."""
    settings = scene.emogene
    if not len(settings.characters):
        return
    if len(settings.characters) == 1:
        row = layout.row(align=True)
        row.prop(settings.characters[0], "name", text="", icon="USER")
        row.operator("emogene.add_character", text="", icon="ADD")
        return
    row = layout.row()
    row.template_list("EMOGENE_UL_characters", "", settings, "characters", settings, "active_character", rows=2)
    column = row.column(align=True)
    column.operator("emogene.add_character", text="", icon="ADD")
    column.operator("emogene.remove_character", text="", icon="REMOVE")


def draw_voice(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene, character) -> None:
    """The strips that the character speaks, and buttons for more."""
    spoken = voices.voice_strips(character) if character is not None else []
    column = layout.column(align=True)
    if not spoken:
        column.label(text="No voice yet", icon="SOUND")
    for strip in spoken:
        row = column.row(align=True)
        row.label(text=strip.name, icon="MUTE_IPO_ON" if strip.mute else "SOUND", translate=False)
        row.operator("emogene.forget_voice", text="", icon="X", emboss=False).strip = strip.name
    row = column.row(align=True)
    row.operator("emogene.load_voice", icon="FILE_FOLDER")
    row.operator("emogene.use_selected_voice", text="Selected", icon="RESTRICT_SELECT_OFF")
    if character is not None and (note := shots.plan_note(character)):
        draw_text(layout, context, note, "INFO")


CLASSES = (EMOGENE_UL_characters,)
