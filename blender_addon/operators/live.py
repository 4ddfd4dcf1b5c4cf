# SPDX-License-Identifier: GPL-3.0-or-later
"""Switch the live picture on and off."""

import bpy

from ..emogene_proto.errors import EmoGeneError
from ..views import live
from .readiness import active_character, what_is_missing
from .reporting import fail, refuse


def _cannot_show(context: bpy.types.Context) -> str | None:
    """Why nothing can be shown live now; it can always be switched off."""
    return None if live.running() else what_is_missing(context)


class EMOGENE_OT_live(bpy.types.Operator):
    bl_idname = "emogene.live"
    bl_label = "Live"
    bl_description = "Show the face at the playhead, while the timeline plays and while you scrub"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _cannot_show(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        if live.running():
            live.stop()
            return {"FINISHED"}
        try:
            live.start(active_character(context))
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


CLASSES = (EMOGENE_OT_live,)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
