# SPDX-License-Identifier: GPL-3.0-or-later
"""The face in the viewport, and what was moved of it by hand."""

import bpy
from bpy.app.translations import pgettext_iface, pgettext_n
from bpy.props import EnumProperty

from ..core.edit_layer import REGIONS
from ..scene import edits
from ..views import edit_watch, faces
from ..wording import worded
from ..work.plans import plan_of
from .readiness import active_character, no_character, not_editable, what_is_missing
from .reporting import refuse

_ALL = "all"
REGION_ITEMS = [
    (_ALL, "All", "The whole face"),
    *((name, label, f"Only the {label.lower()}") for name, (label, _) in REGIONS.items()),
]


class EMOGENE_OT_key_empties(bpy.types.Operator):
    bl_idname = "emogene.key_empties"
    bl_label = "Show landmarks"
    bl_description = (
        "Show the planned face in the 3D viewport: 68 keyed empties under one that carries the head's pose, or one "
        "light mesh. They follow each change; what is not planned yet is planned first"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := no_character(context):
            return refuse(cls, reason)
        planned = plan_of(active_character(context))
        return refuse(cls, None if planned else what_is_missing(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        faces.show(active_character(context))
        return {"FINISHED"}


class EMOGENE_OT_hide_landmarks(bpy.types.Operator):
    bl_idname = "emogene.hide_landmarks"
    bl_label = "Remove landmarks"
    bl_description = "Take the empties or the mesh away; what you moved by hand is kept"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := no_character(context):
            return refuse(cls, reason)
        shown = faces.is_shown(active_character(context))
        return refuse(cls, None if shown else pgettext_n("No landmarks are shown"))

    def execute(self, context: bpy.types.Context) -> set[str]:
        faces.hide(active_character(context))
        return {"FINISHED"}


class EMOGENE_OT_keep_edits(bpy.types.Operator):
    bl_idname = "emogene.keep_edits"
    bl_label = "Keep moved landmarks"
    bl_description = "Take over what was moved by hand at once; it happens by itself a moment after you let go"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := no_character(context):
            return refuse(cls, reason)
        return refuse(
            cls, None if faces.is_current(active_character(context)) else pgettext_n("Show the landmarks first")
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not edit_watch.take_over(active_character(context)):
            self.report({"INFO"}, worded("No landmark is away from the plan"))
        return {"FINISHED"}


class EMOGENE_OT_clear_edits(bpy.types.Operator):
    bl_idname = "emogene.clear_edits"
    bl_label = "Clear edits"
    bl_description = "Put the landmarks back to where the plan has them"
    bl_options = {"REGISTER", "UNDO"}

    region: EnumProperty(name="Region", description="Which landmarks are put back", items=REGION_ITEMS)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := not_editable(context):
            return refuse(cls, reason)
        character = active_character(context)
        edited = character is not None and bool(edits.regions_edited(character))
        return refuse(cls, None if edited else pgettext_n("No landmark was moved by hand"))

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        if properties.region == _ALL:
            return worded("Put all landmarks back to where the plan has them")
        region = pgettext_iface(REGIONS[properties.region][0])
        return worded("Put the landmarks of this region back to where the plan has them: {region}", region=region)

    def execute(self, context: bpy.types.Context) -> set[str]:
        edits.clear(active_character(context), "" if self.region == _ALL else self.region)
        return {"FINISHED"}


CLASSES = (EMOGENE_OT_key_empties, EMOGENE_OT_hide_landmarks, EMOGENE_OT_keep_edits, EMOGENE_OT_clear_edits)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
