# SPDX-License-Identifier: GPL-3.0-or-later
"""The emotions of the timeline: buttons, the list of markers, and what is wrong with them."""

import bpy

from .. import characters, intensities, shots
from ..core.markers import owner_of, read_marker
from ..emogene_proto.marker_names import NearMiss
from ..emogene_proto.names import EMOTIONS
from ..markers import emotion_of, marker_record, meaning_of
from .text import draw_text


class EMOGENE_UL_markers(bpy.types.UIList):
    """Emotion markers in order of time; ordinary markers are left out."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0):
        meaning = meaning_of(item)
        split = layout.split(factor=0.14, align=True)
        split.label(text=str(item.frame))
        row = split.row(align=True)
        if meaning is None or isinstance(meaning, NearMiss):
            row.label(text=item.name, icon="ERROR")
            return
        if meaning.also:
            row.prop(item, "name", text="")
        else:
            parts = row.split(factor=0.6, align=True)
            parts.prop(item.emogene, "emotion", text="")
            intensity = parts.row(align=True)
            intensity.enabled = item.emogene.emotion != "neutral"
            intensity.prop(item.emogene, "intensity", text="")
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


def draw_markers(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene, character) -> None:
    column = layout.column(align=True)
    column.label(text="Emotion at the playhead", icon="MARKER_HLT")
    grid = column.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for emotion in EMOTIONS:
        grid.operator("emogene.add_marker", text=emotion.capitalize()).emotion = emotion
    layout.template_list("EMOGENE_UL_markers", "", scene, "timeline_markers", scene.emogene, "marker_index", rows=4)
    _draw_chosen(layout, scene)
    for problem in shots.marker_problems(scene):
        draw_text(layout, context, f"{problem.message} {problem.hint}", "INFO")
    if character is None:
        return
    if names := intensities.emotions_with_curves(character):
        draw_text(layout, context, f"By curve, not by markers: {', '.join(names)}.", "FCURVE")
    for warning in shots.warnings(character):
        draw_text(layout, context, warning, "ERROR")


def _draw_chosen(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    """How the emotion of the list's chosen row comes."""
    index, markers = scene.emogene.marker_index, scene.timeline_markers
    meaning = emotion_of(markers[index]) if 0 <= index < len(markers) else None
    if meaning is None:
        return
    if meaning.also:
        layout.prop(markers[index], "name", text="")
    column = layout.column(align=True)
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(markers[index].emogene, "transition_seconds")
    column.prop(markers[index].emogene, "easing")


CLASSES = (EMOGENE_UL_markers,)
