# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture at the playhead."""

import bpy
from bpy.app.translations import pgettext_n

from ..emogene_proto.errors import EmoGeneError
from ..views import look
from .readiness import active_character, no_character, not_editable, what_is_missing
from .reporting import fail, refuse


class EMOGENE_OT_picture(bpy.types.Operator):
    bl_idname = "emogene.picture"
    bl_label = "Picture at playhead"
    bl_description = (
        "Render the frame at the playhead at preview size: it is seen in open image editors and, if chosen, behind the "
        "scene's camera, until the finished frames are there"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, not_editable(context) or what_is_missing(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            look.picture(active_character(context))
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_open_picture(bpy.types.Operator):
    bl_idname = "emogene.open_picture"
    bl_label = "Open image editor"
    bl_description = "Show the character's picture in the open image editor, or in a window of its own"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := no_character(context):
            return refuse(cls, reason)
        there = look.image_of(active_character(context)) is not None
        return refuse(cls, None if there else pgettext_n("Make a picture at the playhead first"))

    def execute(self, context: bpy.types.Context) -> set[str]:
        look.open_editor(active_character(context))
        return {"FINISHED"}


CLASSES = (EMOGENE_OT_picture, EMOGENE_OT_open_picture)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
