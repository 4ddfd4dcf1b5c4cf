# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection in the panel: how it stands, what went wrong, and what can be done about it."""

import bpy

from ..core.connection_words import backend_lines, connection_text, offer_text
from ..core.session import Phase
from ..emogene_proto.errors import EmoGeneError
from ..preferences import preferences
from ..session import session
from ..wording import in_words
from ..work import backend_place
from .text import draw_faint, draw_text


def draw_connection(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What went wrong last, and how the connection stands."""
    current = session()
    _draw_problem(layout, context, current.problem)
    text, icon = connection_text(current)
    row = layout.row(align=True)
    row.label(text=in_words(text), icon=icon)
    if current.phase in (Phase.OFF, Phase.LOST):
        _draw_begin(layout, context, current.phase)
    else:
        if current.upkeep.silent_seconds and not current.elsewhere:
            row.operator("emogene.restart_backend", text="", icon="FILE_REFRESH")
        row.operator("emogene.stop_backend", text="", icon="X")
    if offer := offer_text(current):
        draw_faint(layout, context, offer)
    welcome = current.welcome
    if welcome is not None and welcome.problem:
        draw_text(layout.box(), context, welcome.problem, "ERROR")


def _draw_problem(layout: bpy.types.UILayout, context: bpy.types.Context, problem: EmoGeneError | None) -> None:
    if problem is None:
        return
    box = layout.box()
    draw_text(box, context, problem.message, "ERROR")
    draw_text(box, context, problem.hint, "BLANK1")


def _draw_begin(layout: bpy.types.UILayout, context: bpy.types.Context, phase: Phase) -> None:
    row = layout.row(align=True)
    if not backend_place.is_elsewhere(preferences(context)):
        if phase is Phase.LOST:
            row.operator("emogene.restart_backend", icon="FILE_REFRESH")
        else:
            row.operator("emogene.start_backend", icon="PLAY")
    row.operator("emogene.connect_backend", icon="LINKED")


class _BackendPanel:
    """What the backend is and does, and what is seldom needed."""

    bl_label = "Backend"
    bl_category = "EmoGene"
    bl_region_type = "UI"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        for name, value in backend_lines(session()):
            draw_text(layout, context, f"{in_words(name)}: {in_words(value)}", "DOT")
        if note := session().upkeep.note:
            draw_text(layout, context, note, "INFO")
        column = layout.column(align=True)
        column.operator("emogene.restart_backend", icon="FILE_REFRESH")
        column.operator("emogene.release_memory", icon="MEMORY")
        column.operator("emogene.open_log", icon="TEXT")


class EMOGENE_PT_viewport_backend(_BackendPanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_viewport_backend"
    bl_space_type = "VIEW_3D"
    bl_parent_id = "EMOGENE_PT_viewport"


class EMOGENE_PT_sequencer_backend(_BackendPanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_sequencer_backend"
    bl_space_type = "SEQUENCE_EDITOR"
    bl_parent_id = "EMOGENE_PT_sequencer"


CLASSES = (EMOGENE_PT_viewport_backend, EMOGENE_PT_sequencer_backend)
