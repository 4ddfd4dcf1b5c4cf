# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences as they are drawn."""

import bpy
import rna_keymap_ui

from ..core.connection_words import frames_kept_text
from ..core.install_command import INSTALL_NOTE
from ..preferences import EmoGenePreferences
from ..session import session
from ..wording import in_words, worded
from ..work import backend_place, backend_test
from .emotions_pie import users_items
from .text import draw_faint, draw_text


def draw_preferences(chosen: EmoGenePreferences, context: bpy.types.Context) -> None:
    layout = chosen.layout
    layout.use_property_split = True
    layout.row().prop(chosen, "place", expand=True)
    if chosen.place == "ELSEWHERE":
        _draw_elsewhere(layout, context, chosen)
    else:
        _draw_here(layout, context, chosen)
    _draw_test(layout, context)
    layout.separator()
    if chosen.place == "HERE":
        _draw_running(layout, chosen)
    layout.prop(chosen, "default_actor")
    layout.prop(chosen, "connection_file")
    layout.separator()
    layout.prop(chosen, "show_emotion_graph")
    _draw_keys(layout, context)


def _draw_here(layout: bpy.types.UILayout, context: bpy.types.Context, chosen: EmoGenePreferences) -> None:
    layout.prop(chosen, "backend_python")
    there, text = backend_place.found_python.get(chosen.backend_python)
    if there and not chosen.backend_python:
        draw_faint(layout, context, worded("Found: {python}", python=text))
    elif not there:
        draw_text(layout, context, text, "ERROR")
    if not there and not chosen.backend_python:
        draw_text(layout, context, INSTALL_NOTE, "BLANK1")
        layout.operator("emogene.copy_install_command", icon="COPYDOWN")


def _draw_elsewhere(layout: bpy.types.UILayout, context: bpy.types.Context, chosen: EmoGenePreferences) -> None:
    column = layout.column(align=True)
    column.prop(chosen, "remote_address")
    column.prop(chosen, "remote_key")
    layout.prop(chosen, "key_file")
    line, problem = backend_place.own_key_line.get(chosen.key_file)
    if problem:
        draw_text(layout, context, problem, "ERROR")
    elif line:
        draw_faint(layout, context, worded("Your key: {key}", key=line))
        draw_faint(layout, context, "Give it to whoever runs the backend; it is no secret.")
        layout.operator("emogene.copy_key", icon="COPYDOWN")
    else:
        layout.operator("emogene.make_key", icon="KEYINGSET")
    if why := backend_place.why_not_allowed(chosen.remote_address):
        draw_text(layout, context, f"{in_words(why)}.", "ERROR")


def _draw_test(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    layout.operator("emogene.test_backend", icon="CHECKMARK")
    if backend_test.running():
        layout.label(text="Testing", icon="SORTTIME")
    elif (answer := backend_test.answer()) is not None:
        draw_text(layout, context, answer.text, "CHECKMARK" if answer.works else "ERROR")
        if answer.hint:
            draw_text(layout, context, answer.hint, "BLANK1")


def _draw_running(layout: bpy.types.UILayout, chosen: EmoGenePreferences) -> None:
    """How a backend is run that starts here."""
    layout.prop(chosen, "actors_folder")
    column = layout.column(align=True)
    column.prop(chosen, "cache_folder")
    column.prop(chosen, "cache_gigabytes")
    current = session()
    if current.upkeep.status is not None and not current.elsewhere:
        row = layout.row(align=True)
        row.label(text=worded("Frames kept: {size}", size=frames_kept_text(current.upkeep.status)))
        row.operator("emogene.clear_frames", icon="TRASH")
    layout.prop(chosen, "finish_jobs")


def _draw_keys(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The keys of the pie menu, to be changed as in Blender's own list of keys."""
    column = layout.column()
    column.use_property_split = False
    column.label(text="Pie menu of emotions", icon="MOUSE_MOVE")
    for keymap, item in users_items(context):
        column.label(text=keymap.name, text_ctxt="WindowManager")
        rna_keymap_ui.draw_kmi([], context.window_manager.keyconfigs.user, keymap, item, column, 0)
