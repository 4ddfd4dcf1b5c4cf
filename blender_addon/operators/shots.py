# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan, render, cancel, and how the pictures are shown in the sequencer."""

import bpy
from bpy.app.translations import pgettext_n
from bpy.props import BoolProperty

from .. import compat
from ..core.jobs import Job
from ..emogene_proto.errors import EmoGeneError
from ..scene import characters, voices
from ..scene.shots import shot_of
from ..session import begin, session
from ..views import colours
from ..views.sequencer import PICTURES, PREVIEW, image_strip
from ..work import follow_changes, rendering
from .readiness import active_character, cannot_work, not_editable
from .reporting import fail, refuse


class EMOGENE_OT_plan(bpy.types.Operator):
    bl_idname = "emogene.plan"
    bl_label = "Plan"
    bl_description = "Work out how the face moves over the whole voice; the landmarks in the viewport are updated"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, cannot_work(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        character = active_character(context)
        try:
            begin(Job(characters.key_of(character), shot_of(character), session().files))
        except EmoGeneError as error:
            return fail(self, error)
        follow_changes.asked(character)
        return {"FINISHED"}


class _Render:
    """What the render operators have in common. The first render of a character keeps the name of its folder."""

    role: str
    bl_options = {"REGISTER", "UNDO"}

    everyone: BoolProperty(
        name="All characters",
        description="Render each character that has a voice, one after the other",
        default=False,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, cannot_work(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = compat.sequencer_scene(context)
        chosen = [active_character(context)]
        if self.everyone:
            chosen = voices.speaking(scene)
        try:
            rendering.render_all(chosen, self.role)
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_render(_Render, bpy.types.Operator):
    bl_idname = "emogene.render"
    bl_label = "Render into sequencer"
    bl_description = (
        "Render the talking head and show it as an image strip; plans first where something changed, and renders only "
        "frames that changed"
    )
    role = PICTURES


class EMOGENE_OT_render_preview(_Render, bpy.types.Operator):
    bl_idname = "emogene.render_preview"
    bl_label = "Render preview"
    bl_description = (
        "Draft the frames of the preview range, or all, into a strip above the finished pictures, which stay; it goes "
        "when these are rendered anew"
    )
    role = PREVIEW


class EMOGENE_OT_cancel(bpy.types.Operator):
    bl_idname = "emogene.cancel"
    bl_label = "Cancel"
    bl_description = (
        "Stop what the backend is doing; finished frames stay. Escape with the mouse over the editor does the same"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, None if session().job else pgettext_n("Nothing is running"))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC" and context.screen is not None and context.screen.is_animation_playing:
            return {"PASS_THROUGH"}  # that only stops playback: no night's render is lost by it
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        rendering.forget_waiting()
        try:
            session().cancel()
        except EmoGeneError as error:  # the connection has just broken
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_true_colours(bpy.types.Operator):
    bl_idname = "emogene.true_colours"
    bl_label = "Show true colours"
    bl_description = (
        "Let the sequencer show the pictures as they were rendered: by the strip's colour space where that is enough, "
        "else by the Standard view transform without look, exposure and gamma"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := not_editable(context):
            return refuse(cls, reason)
        character = active_character(context)
        strip = image_strip(character) if character is not None else None
        return refuse(cls, None if strip else pgettext_n("Render into the sequencer first"))

    def execute(self, context: bpy.types.Context) -> set[str]:
        character = active_character(context)
        colours.show_true(character.id_data, image_strip(character))
        return {"FINISHED"}


CLASSES = (
    EMOGENE_OT_plan,
    EMOGENE_OT_render,
    EMOGENE_OT_render_preview,
    EMOGENE_OT_cancel,
    EMOGENE_OT_true_colours,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
