# SPDX-License-Identifier: GPL-3.0-or-later
"""Send a shot to a farm, or to the command line."""

import bpy
from bpy.app.translations import pgettext_n
from bpy.props import BoolProperty, EnumProperty

from .. import compat
from ..core.shot_folder import render_command, submit_command
from ..emogene_proto.errors import EmoGeneError
from ..scene import voices
from ..wording import worded
from ..work import farm
from .readiness import active_character, no_character
from .reporting import fail, refuse


class EMOGENE_OT_send_to_farm(bpy.types.Operator):
    bl_idname = "emogene.send_to_farm"
    bl_label = "Write shot folder"
    bl_description = (
        "Write a folder that has all the shot needs (document, voice, background, actor), for a render farm or the "
        "command line. No backend is needed; earlier folders stay"
    )

    everyone: BoolProperty(
        name="All characters", description="A folder for each character that has a voice", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := no_character(context):
            return refuse(cls, reason)
        heard = voices.is_heard(active_character(context))
        return refuse(cls, None if heard else pgettext_n("Load an audio file first"))

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = [active_character(context)]
        if self.everyone:
            chosen = voices.speaking(compat.sequencer_scene(context))
        try:
            for character in chosen:
                farm.send(character)
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_copy_command(bpy.types.Operator):
    bl_idname = "emogene.copy_command"
    bl_label = "Copy command"
    bl_description = "Put the command that renders the shot folder on the clipboard"

    which: EnumProperty(
        name="Command",
        description="Which command",
        items=[
            ("RENDER", "Render", "Render it with emogene on one computer"),
            ("FARM", "Open Job Description", "Run the job template for farms that know Open Job Description"),
        ],
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := no_character(context):
            return refuse(cls, reason)
        sent = farm.sent_of(active_character(context))
        return refuse(cls, None if sent and sent.done else pgettext_n("Write a shot folder first"))

    def execute(self, context: bpy.types.Context) -> set[str]:
        sent = farm.sent_of(active_character(context))
        folder = sent.packing.folder
        command = render_command(folder) if self.which == "RENDER" else submit_command(folder, sent.first, sent.last)
        context.window_manager.clipboard = command
        self.report({"INFO"}, worded("Copied: {command}", command=command))
        return {"FINISHED"}


CLASSES = (EMOGENE_OT_send_to_farm, EMOGENE_OT_copy_command)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
