# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan, key the empties, render, cancel."""

import bpy

from .. import colours, compat, empties
from ..core.jobs import Job, RenderTo
from ..emogene_proto.errors import EmoGeneError
from ..frames import frames_folder
from ..sequencer import image_strip
from ..session import begin, plan_of, session
from ..shots import known_plan, rendered_range, shot_of
from .readiness import linked_reason, what_is_missing
from .reporting import fail, refuse


def _cannot_work(context: bpy.types.Context) -> str | None:
    """Why nothing can be planned or rendered now."""
    if session().job is not None:
        return "The backend is busy; wait or cancel"
    return linked_reason(context) or what_is_missing(context)


class EMOGENE_OT_plan(bpy.types.Operator):
    bl_idname = "emogene.plan"
    bl_label = "Plan"
    bl_description = "Work out how the face moves over the whole voice; landmark empties are updated"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _cannot_work(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = compat.sequencer_scene(context)
        try:
            begin(Job(scene.session_uid, shot_of(scene)))
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_key_empties(bpy.types.Operator):
    bl_idname = "emogene.key_empties"
    bl_label = "Landmark empties"
    bl_description = "Make 68 keyed empties of the planned face, under one that carries the head's pose"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        planned = plan_of(compat.sequencer_scene(context))
        return refuse(cls, linked_reason(context) or (None if planned else "Plan the shot first"))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = compat.sequencer_scene(context)
        planned = plan_of(scene)
        if planned is None:
            return {"CANCELLED"}
        empties.key_empties(scene, planned.plan)
        return {"FINISHED"}


class EMOGENE_OT_render(bpy.types.Operator):
    bl_idname = "emogene.render"
    bl_label = "Render into sequencer"
    bl_description = "Render the talking head and show it as an image strip; plans first where something changed"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _cannot_work(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = compat.sequencer_scene(context)
        try:
            shot = shot_of(scene)
            first, last = rendered_range(scene, shot)
            render = RenderTo(frames_folder(scene), first, last)
            begin(Job(scene.session_uid, shot, render, known_plan(scene, shot)))
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_cancel(bpy.types.Operator):
    bl_idname = "emogene.cancel"
    bl_label = "Cancel"
    bl_description = "Stop what the backend is doing; finished frames stay"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, None if session().job else "Nothing is running")

    def execute(self, context: bpy.types.Context) -> set[str]:
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
        strip = image_strip(compat.sequencer_scene(context))
        return refuse(cls, linked_reason(context) or (None if strip else "Render into the sequencer first"))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = compat.sequencer_scene(context)
        colours.show_true(scene, image_strip(scene))
        return {"FINISHED"}


CLASSES = (
    EMOGENE_OT_plan,
    EMOGENE_OT_key_empties,
    EMOGENE_OT_render,
    EMOGENE_OT_cancel,
    EMOGENE_OT_true_colours,
)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
