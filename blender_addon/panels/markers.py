# SPDX-License-Identifier: GPL-3.0-or-later
"""The emotions of the timeline: buttons, the list of markers, and what is wrong with them."""

import bpy
from bpy.app.translations import pgettext_iface

from ..core.markers import owner_of, read_marker
from ..emogene_proto.marker_names import NamedEmotion, NearMiss
from ..emogene_proto.names import EMOTIONS
from ..preferences import preferences
from ..scene import characters, intensities, shots
from ..scene.markers import emotion_of, marker_record, meaning_of
from ..views import icons
from ..wording import worded
from .emotions_pie import EMOGENE_MT_emotions_pie, users_items
from .text import COMFORTABLE, draw_text, sidebar_width

_WIDE = 420
_NARROW = 210
"""Widths of a sidebar, in pixels at normal scale: from which on rows show all, below which buttons have no names and
rows only what is needed."""
_EASING_ICONS = {
    "hold": "IPO_CONSTANT",
    "linear": "IPO_LINEAR",
    "smooth": "IPO_EASE_IN_OUT",
    "ease_in": "IPO_EASE_IN",
    "ease_out": "IPO_EASE_OUT",
}


class EMOGENE_UL_markers(bpy.types.UIList):
    """Emotion markers in order of time; ordinary markers are left out."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0):
        meaning = meaning_of(item)
        width = sidebar_width(context)
        split = layout.split(factor=0.15 if width >= _WIDE else 0.26 if width >= _NARROW else 0.8, align=True)
        if meaning is None or isinstance(meaning, NearMiss):
            split.label(text=str(item.frame), icon="ERROR", translate=False)
            split.label(text=item.name, translate=False)
            return
        split.label(text=str(item.frame), icon_value=icons.emotion_icon(meaning.emotion), translate=False)
        row = split.row(align=True)
        _draw_feeling(row, item, meaning, width)
        row.operator("emogene.remove_marker", text="", icon="X", emboss=False).index = index

    def filter_items(self, context, data, property):
        markers = getattr(data, property)
        cast = characters.cast(data)
        chosen = data.emogene.active_character
        shown = [self.bitflag_filter_item if _is_listed(marker, cast, chosen) else 0 for marker in markers]
        by_time = sorted(range(len(markers)), key=lambda index: markers[index].frame)
        order = [0] * len(markers)
        for place, index in enumerate(by_time):
            order[index] = place
        return shown, order


def _is_listed(marker: bpy.types.TimelineMarker, cast: tuple[str, ...], chosen: int) -> bool:
    """Whether it is about the chosen character, or looks like a mistake."""
    record = marker_record(marker)
    meaning = read_marker(record, cast)
    return meaning is not None and (isinstance(meaning, NearMiss) or owner_of(record, cast) == chosen)


def _draw_feeling(row: bpy.types.UILayout, marker, meaning: NamedEmotion, width: float) -> None:
    """What the marker sets, and how that comes. In a narrow list the icon says which emotion it is."""
    settings = marker.emogene
    if width < _NARROW:
        return
    if meaning.also:
        row.prop(marker, "name", text="")
    else:
        if width >= _WIDE:
            row.prop(settings, "emotion", text="")
        _draw_intensity(row, settings, text="")
    row.prop_menu_enum(settings, "easing", text="", icon=_EASING_ICONS[settings.easing])
    if width >= _WIDE:
        transition = row.row(align=True)
        transition.enabled = settings.easing != "hold"
        transition.scale_x = 0.7
        transition.prop(settings, "transition_seconds", text="")


def _draw_intensity(layout: bpy.types.UILayout, settings, **how: str) -> None:
    """Of neutral there is none."""
    row = layout.row(align=True)
    row.enabled = settings.emotion != "neutral"
    row.prop(settings, "intensity", **how)


def draw_markers(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene, character) -> None:
    column = layout.column(align=True)
    _draw_heading(column, context)
    _draw_buttons(column, context)
    row = layout.row()
    row.template_list("EMOGENE_UL_markers", "", scene, "timeline_markers", scene.emogene, "marker_index", rows=4)
    _draw_beside_list(row.column(align=True), context)
    _draw_chosen(layout, scene, intensity=sidebar_width(context) < _NARROW)
    for problem in shots.marker_problems(scene):
        draw_text(layout, context, f"{problem.message} {problem.hint}", "INFO")
    if character is None:
        return
    if names := intensities.emotions_with_curves(character):
        listed = ", ".join(pgettext_iface(name.capitalize()) for name in names)
        draw_text(layout, context, worded("By curve, not by markers: {emotions}.", emotions=listed), "FCURVE")
    for warning in shots.warnings(character):
        draw_text(layout, context, warning, "ERROR")


def _draw_heading(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    row = layout.row()
    row.label(text="Emotion at the playhead", icon="MARKER_HLT")
    keys = {item.to_string(compact=True) for _, item in users_items(context) if item.active}
    if len(keys) == 1 and sidebar_width(context) >= COMFORTABLE:
        key = row.row()
        key.alignment, key.enabled = "RIGHT", False
        key.label(text=keys.pop(), translate=False)


def _draw_buttons(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    named = sidebar_width(context) >= _NARROW
    grid = layout.grid_flow(row_major=True, columns=2 if named else 4, even_columns=True, align=True)
    for emotion in EMOTIONS:
        icon = icons.emotion_icon(emotion)
        text = emotion.capitalize() if named or not icon else ""
        grid.operator("emogene.add_marker", text=text, text_ctxt="*", icon_value=icon).emotion = emotion


def _draw_beside_list(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    layout.operator("emogene.jump_marker", text="", icon="TRIA_UP").direction = "PREVIOUS"
    layout.operator("emogene.jump_marker", text="", icon="TRIA_DOWN").direction = "NEXT"
    layout.separator()
    pie = layout.operator("wm.call_menu_pie", text="", icon="MESH_CIRCLE")
    pie.name = EMOGENE_MT_emotions_pie.bl_idname
    layout.prop(preferences(context), "show_emotion_graph", text="", icon="OVERLAY")


def _draw_chosen(layout: bpy.types.UILayout, scene: bpy.types.Scene, intensity: bool) -> None:
    """The emotion of the list's chosen row, and how it comes; its intensity where the row has no room for it."""
    index, markers = scene.emogene.marker_index, scene.timeline_markers
    meaning = emotion_of(markers[index]) if 0 <= index < len(markers) else None
    if meaning is None:
        return
    settings = markers[index].emogene
    if meaning.also:
        layout.prop(markers[index], "name", text="")
    column = layout.column(align=True)
    column.use_property_split = True
    column.use_property_decorate = False
    if not meaning.also:
        column.prop(settings, "emotion")
    if intensity and not meaning.also:
        _draw_intensity(column, settings)
    column.prop(settings, "easing")
    transition = column.column(align=True)
    transition.enabled = settings.easing != "hold"
    transition.prop(settings, "transition_seconds")


CLASSES = (EMOGENE_UL_markers,)
