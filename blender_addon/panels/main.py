# SPDX-License-Identifier: GPL-3.0-or-later
"""The main panel, the same in the 3D viewport's sidebar and in the sequencer's."""

import bpy

from .. import colours, compat, scene_camera, shots
from ..sequencer import image_strip, voice_strip
from ..session import session
from .connection import draw_connection
from .markers import draw_markers
from .text import draw_text


class _EmoGenePanel:
    bl_label = "EmoGene"
    bl_category = "EmoGene"
    bl_region_type = "UI"

    def draw(self, context: bpy.types.Context) -> None:
        scene = compat.sequencer_scene(context)
        draw_connection(self.layout, context)
        _draw_voice(self.layout, context, scene)
        draw_markers(self.layout, context, scene)
        _draw_live(self.layout, context, scene)
        _draw_work(self.layout, scene)
        _draw_colours(self.layout, context, scene)


class EMOGENE_PT_viewport(_EmoGenePanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_viewport"
    bl_space_type = "VIEW_3D"


class EMOGENE_PT_sequencer(_EmoGenePanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_sequencer"
    bl_space_type = "SEQUENCE_EDITOR"


def _draw_voice(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene) -> None:
    strip = voice_strip(scene)
    column = layout.column(align=True)
    column.label(text=strip.name if strip else "No voice yet", icon="SOUND")
    row = column.row(align=True)
    row.operator("emogene.load_voice", icon="FILE_FOLDER")
    row.operator("emogene.use_selected_voice", text="Selected", icon="RESTRICT_SELECT_OFF")
    if note := shots.plan_note(scene):
        draw_text(layout, context, note, "INFO")


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


def _draw_work(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    settings = scene.emogene
    column = layout.column(align=True)
    column.operator("emogene.plan", icon="GRAPH")
    column.operator("emogene.key_empties", icon="OUTLINER_OB_EMPTY")
    row = layout.row(align=True)
    if settings.picture_size == "OWN":
        row.prop(settings, "width", text="")
        row.prop(settings, "height", text="")
    else:
        row.label(text=scene_camera.size_text(scene))
    layout.prop(settings, "quality", text="")
    if scene.use_preview_range:
        layout.prop(settings, "only_preview_range")
    layout.operator("emogene.render", icon="RENDER_ANIMATION")
    if (job := session().job) is not None:
        row = layout.row(align=True)
        row.progress(factor=job.fraction, type="BAR", text=_progress_text(job))
        row.operator("emogene.cancel", text="", icon="CANCEL")


def _draw_colours(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene) -> None:
    strip = image_strip(scene)
    if strip is not None and (problem := colours.problem(scene, strip)):
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
