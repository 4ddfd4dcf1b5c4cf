# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a recording onto the timeline, or take those that are there."""

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_n
from bpy.props import BoolProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from .. import compat
from ..core.voice import VOICE_FILES
from ..emogene_proto.errors import EmoGeneError
from ..scene import characters, edits, voices
from ..session import session
from .readiness import active_character, no_character, not_editable
from .reporting import fail, refuse


class EMOGENE_OT_load_voice(bpy.types.Operator, ImportHelper):
    bl_idname = "emogene.load_voice"
    bl_label = "Load audio"
    bl_description = (
        "Put a recorded voice on the timeline; it takes the place of the one loaded before. A character that speaks "
        "several strips gets one more, at the playhead"
    )
    bl_options = {"REGISTER", "UNDO"}

    filter_glob: StringProperty(default=";".join(f"*{end}" for end in VOICE_FILES), options={"HIDDEN"})
    beside: BoolProperty(
        name="Add at playhead",
        description="Keep the voice that is there, and let the character speak this one too",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, not_editable(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        session().problem = None
        character = characters.ensured(compat.sequencer_scene(context))
        before = edits.before_change(character)
        try:
            voices.add_voice(character, Path(bpy.path.abspath(self.filepath)), self.beside)
        except EmoGeneError as error:
            return fail(self, error)
        edits.stay(character, before)
        return {"FINISHED"}


class EMOGENE_OT_use_selected_voice(bpy.types.Operator):
    bl_idname = "emogene.use_selected_voice"
    bl_label = "Use selected sounds"
    bl_description = "Let the face speak the selected sound strips.\nShift: beside those that it speaks already"
    bl_options = {"REGISTER", "UNDO"}

    beside: BoolProperty(
        name="Add", description="Keep the strips that the character speaks already", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := not_editable(context):
            return refuse(cls, reason)
        sounds = _selected_sounds(compat.sequencer_scene(context))
        return refuse(cls, None if sounds else pgettext_n("Select a sound strip in the sequencer"))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.beside = event.shift
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = compat.sequencer_scene(context)
        character = characters.ensured(scene)
        before = edits.before_change(character)
        voices.use(character, _selected_sounds(scene), self.beside)
        edits.stay(character, before)
        session().problem = None
        return {"FINISHED"}


class EMOGENE_OT_forget_voice(bpy.types.Operator):
    bl_idname = "emogene.forget_voice"
    bl_label = "Speak no more"
    bl_description = "The character speaks this strip no more; it stays on the timeline"
    bl_options = {"REGISTER", "UNDO"}

    strip: StringProperty(name="Strip", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, no_character(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        character = active_character(context)
        before = edits.before_change(character)
        for strip in voices.voice_strips(character):
            if strip.name == self.strip:
                voices.take_away(strip)
                edits.stay(character, before)
                return {"FINISHED"}
        return {"CANCELLED"}


def _selected_sounds(scene: bpy.types.Scene) -> list:
    """The selected sound strips, else the active one."""
    sounds = [strip for strip in compat.all_strips(scene) if strip.type == "SOUND"]
    chosen = [strip for strip in sounds if strip.select]
    active = scene.sequence_editor.active_strip if scene.sequence_editor else None
    return chosen or [strip for strip in sounds if strip == active]


CLASSES = (EMOGENE_OT_load_voice, EMOGENE_OT_use_selected_voice, EMOGENE_OT_forget_voice)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
