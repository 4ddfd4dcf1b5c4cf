# SPDX-License-Identifier: GPL-3.0-or-later
"""The main panel, the same in the 3D viewport's sidebar and in the sequencer's."""

import bpy

from .. import characters, colours, compat, rendering, scene_camera
from ..core.session import Phase
from ..emogene_proto.errors import EmoGeneError
from ..operators.readiness import LINKED
from ..sequencer import image_strip
from ..session import session
from .cast import draw_cast, draw_voice
from .landmarks import draw_landmarks, draw_picture
from .markers import draw_markers
from .text import draw_text

PHASE_TEXTS = {
    Phase.OFF: ("Backend is off", "RADIOBUT_OFF"),
    Phase.STARTING: ("Backend is starting", "SORTTIME"),
    Phase.CONNECTING: ("Connecting", "SORTTIME"),
    Phase.READY: ("Backend is ready", "RADIOBUT_ON"),
    Phase.STOPPING: ("Backend is stopping", "SORTTIME"),
    Phase.LOST: ("Backend is lost", "ERROR"),
}


class _EmoGenePanel:
    bl_label = "EmoGene"
    bl_category = "EmoGene"
    bl_region_type = "UI"

    def draw(self, context: bpy.types.Context) -> None:
        scene = compat.sequencer_scene(context)
        character = characters.active(scene)
        layout = self.layout
        _draw_problem(layout, context, session().problem)
        _draw_backend(layout, context)
        if not scene.is_editable:
            draw_text(layout, context, f"{LINKED}: make it local to change anything.", "LIBRARY_DATA_DIRECT")
            return
        draw_cast(layout, scene)
        draw_voice(layout, context, scene, character)
        draw_markers(layout, context, scene, character)
        if character is not None:
            _draw_live(layout, context, scene)
            draw_landmarks(layout, context, character)
            draw_picture(layout, scene, character)
            _draw_work(layout, scene, character)
            _draw_colours(layout, context, character)
        _draw_progress(layout)


class EMOGENE_PT_viewport(_EmoGenePanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_viewport"
    bl_space_type = "VIEW_3D"


class EMOGENE_PT_sequencer(_EmoGenePanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_sequencer"
    bl_space_type = "SEQUENCE_EDITOR"


def _draw_problem(layout: bpy.types.UILayout, context: bpy.types.Context, problem: EmoGeneError | None) -> None:
    if problem is None:
        return
    box = layout.box()
    draw_text(box, context, problem.message, "ERROR")
    draw_text(box, context, problem.hint, "BLANK1")


def _draw_backend(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    current = session()
    text, icon = PHASE_TEXTS[current.phase]
    if (welcome := current.welcome) is not None:
        text = f"Ready: {welcome.device}" if welcome.ready else "Renderer is starting"
    row = layout.row(align=True)
    row.label(text=text, icon=icon)
    if current.phase in (Phase.OFF, Phase.LOST):
        row = layout.row(align=True)
        row.operator("emogene.start_backend", icon="PLAY")
        row.operator("emogene.connect_backend", icon="LINKED")
    else:
        row.operator("emogene.stop_backend", text="", icon="X")
    if welcome is not None and welcome.problem:
        draw_text(layout.box(), context, welcome.problem, "ERROR")


def _draw_live(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene) -> None:
    shown = session().live
    row = layout.row(align=True)
    row.operator("emogene.live", icon="HIDE_OFF" if shown else "HIDE_ON", depress=shown is not None)
    row.prop(scene.emogene, "live_size", text="")
    row.prop(scene.emogene, "live_overlay", text="", icon="OVERLAY")
    if shown is not None and shown.stage != "live":
        layout.label(text=shown.stage.capitalize(), icon="SORTTIME")
    elif shown is not None and shown.note:
        draw_text(layout, context, shown.note, "INFO")


def _draw_work(layout: bpy.types.UILayout, scene: bpy.types.Scene, character) -> None:
    settings = scene.emogene
    layout.separator(factor=0.5)
    column = layout.column(align=True)
    row = column.row(align=True)
    if settings.picture_size == "OWN":
        row.prop(settings, "width", text="")
        row.prop(settings, "height", text="")
    else:
        row.label(text=scene_camera.size_text(scene))
    row.prop(settings, "quality", text="")
    if scene.use_preview_range:
        column.prop(settings, "only_preview_range")
    row = column.row(align=True)
    row.operator("emogene.render_preview", icon="RENDER_STILL", text="Preview")
    row.operator("emogene.render", icon="RENDER_ANIMATION", text="Render")
    if len(scene.emogene.characters) > 1:
        row = column.row(align=True)
        row.operator("emogene.render_preview", text="Preview all").everyone = True
        row.operator("emogene.render", text="Render all").everyone = True


def _draw_progress(layout: bpy.types.UILayout) -> None:
    if (job := session().job) is None:
        return
    row = layout.row(align=True)
    row.progress(factor=job.fraction, type="BAR", text=_progress_text(job))
    row.operator("emogene.cancel", text="", icon="CANCEL")
    if waiting := rendering.waiting():
        layout.label(text=f"{waiting} more to come", icon="SORTTIME")


def _draw_colours(layout: bpy.types.UILayout, context: bpy.types.Context, character) -> None:
    strip = image_strip(character)
    if strip is not None and (problem := colours.problem(character.id_data, strip)):
        draw_text(layout, context, problem, "INFO")
        if colours.can_mend(strip):
            layout.operator("emogene.true_colours", icon="COLOR")


def _progress_text(job) -> str:
    stage = job.stage.capitalize()
    if job.stage != "rendering":
        return stage
    left = job.seconds_left
    text = f"{stage} {job.done} of {job.total}"
    if job.reused:
        text += f", {job.reused} reused"
    return text + (f", {left:.0f} s left" if left is not None else "")


CLASSES = (EMOGENE_PT_viewport, EMOGENE_PT_sequencer)
