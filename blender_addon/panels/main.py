# SPDX-License-Identifier: GPL-3.0-or-later
"""The main panel, the same in the 3D viewport's sidebar and in the sequencer's."""

import bpy
from bpy.app.translations import pgettext_n

from .. import compat
from ..core.backend_job import BackendJob
from ..core.connection_words import progress_text, stage_text
from ..scene import characters, scene_camera
from ..session import session
from ..views import colours
from ..views.sequencer import image_strip
from ..wording import in_words, worded
from ..work import plans, rendering
from .cast import draw_cast, draw_voice
from .connection import draw_connection
from .landmarks import draw_landmarks, draw_picture
from .markers import draw_markers
from .text import draw_text

_LINKED = pgettext_n("This scene is linked from another file: make it local to change anything.")


class _EmoGenePanel:
    bl_label = "EmoGene"
    bl_category = "EmoGene"
    bl_region_type = "UI"

    def draw(self, context: bpy.types.Context) -> None:
        scene = compat.sequencer_scene(context)
        character = characters.active(scene)
        layout = self.layout
        draw_connection(layout, context)
        if not scene.is_editable:
            draw_text(layout, context, _LINKED, "LIBRARY_DATA_DIRECT")
            return
        draw_cast(layout, scene)
        draw_voice(layout, context, scene, character)
        draw_markers(layout, context, scene, character)
        if character is not None:
            _draw_live(layout, context, scene)
            draw_landmarks(layout, context, character)
            draw_picture(layout, context, scene, character)
            _draw_work(layout, scene, character)
            for warning in plans.view_warnings(character):
                draw_text(layout, context, warning, "ERROR")
            _draw_colours(layout, context, character)
        _draw_progress(layout)


class EMOGENE_PT_viewport(_EmoGenePanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_viewport"
    bl_space_type = "VIEW_3D"


class EMOGENE_PT_sequencer(_EmoGenePanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_sequencer"
    bl_space_type = "SEQUENCE_EDITOR"


def _draw_live(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene) -> None:
    shown = session().live
    row = layout.row(align=True)
    row.operator("emogene.live", icon="HIDE_OFF" if shown else "HIDE_ON", depress=shown is not None)
    row.prop(scene.emogene, "live_size", text="")
    row.prop(scene.emogene, "live_overlay", text="", icon="OVERLAY")
    if shown is not None and shown.stage != "live":
        layout.label(text=in_words(stage_text(shown.stage)), icon="SORTTIME")
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
        row.label(text=scene_camera.size_text(scene), translate=False)
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
    row.progress(factor=job.fraction, type="BAR", text=in_words(_progress_text(job)))
    row.operator("emogene.cancel", text="", icon="CANCEL")
    if waiting := rendering.waiting():
        layout.label(text=worded("{number} more to come", number=waiting), icon="SORTTIME")


def _draw_colours(layout: bpy.types.UILayout, context: bpy.types.Context, character) -> None:
    strip = image_strip(character)
    if strip is not None and (problem := colours.problem(character.id_data, strip)):
        draw_text(layout, context, problem, "INFO")
        if colours.can_mend(strip):
            layout.operator("emogene.true_colours", icon="COLOR")


def _progress_text(job: BackendJob) -> str:
    return progress_text(job, reused=True)


CLASSES = (EMOGENE_PT_viewport, EMOGENE_PT_sequencer)
