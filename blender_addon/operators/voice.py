# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a recording onto the timeline, or take one that is there."""

from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ImportHelper

from .. import compat, sequencer
from ..core.voice import VOICE_FILES
from ..emogene_proto.errors import EmoGeneError
from ..session import session
from .readiness import linked_reason
from .reporting import fail, refuse


class EMOGENE_OT_load_voice(bpy.types.Operator, ImportHelper):
    bl_idname = "emogene.load_voice"
    bl_label = "Load audio"
    bl_description = "Put a recorded voice on the timeline; it takes the place of the one loaded before"
    bl_options = {"REGISTER", "UNDO"}

    filter_glob: StringProperty(default=";".join(f"*{end}" for end in VOICE_FILES), options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, linked_reason(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        session().problem = None
        try:
            sequencer.add_voice(compat.sequencer_scene(context), Path(bpy.path.abspath(self.filepath)))
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_use_selected_voice(bpy.types.Operator):
    bl_idname = "emogene.use_selected_voice"
    bl_label = "Use selected sound"
    bl_description = "Let the face speak the active sound strip"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        editor = compat.sequencer_scene(context).sequence_editor
        active = editor.active_strip if editor else None
        is_sound = active is not None and active.type == "SOUND"
        return refuse(cls, linked_reason(context) or (None if is_sound else "Select a sound strip in the sequencer"))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = compat.sequencer_scene(context)
        scene.emogene.voice_strip = scene.sequence_editor.active_strip.name
        session().problem = None
        return {"FINISHED"}


CLASSES = (EMOGENE_OT_load_voice, EMOGENE_OT_use_selected_voice)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
