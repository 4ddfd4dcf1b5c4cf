# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel, the same in the 3D viewport's sidebar and in the sequencer's."""

import bpy

from . import compat, shots
from .core.markers import read_marker
from .core.session import Phase
from .emogene_proto.errors import EmoGeneError
from .emogene_proto.marker_names import NamedEmotion, NearMiss
from .emogene_proto.names import EMOTIONS
from .properties import marker_record
from .sequencer import voice_strip
from .session import session

PHASE_TEXTS = {
    Phase.OFF: ("Backend is off", "RADIOBUT_OFF"),
    Phase.STARTING: ("Backend is starting", "SORTTIME"),
    Phase.CONNECTING: ("Connecting", "SORTTIME"),
    Phase.READY: ("Backend is ready", "RADIOBUT_ON"),
    Phase.STOPPING: ("Backend is stopping", "SORTTIME"),
    Phase.LOST: ("Backend is lost", "ERROR"),
}
_WIDTH_OF_A_LETTER = 7.0
"""Rough width in pixels at normal scale: panels have no text that wraps by itself."""


class EMOGENE_UL_markers(bpy.types.UIList):
    """Emotion markers in order of time; ordinary markers are left out."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0):
        meaning = read_marker(marker_record(item))
        split = layout.split(factor=0.18, align=True)
        split.label(text=str(item.frame))
        row = split.row(align=True)
        if isinstance(meaning, NearMiss):
            row.label(text=item.name, icon="ERROR")
            return
        row.prop(item.emogene, "emotion", text="")
        intensity = row.row(align=True)
        intensity.enabled = item.emogene.emotion != "neutral"
        intensity.prop(item.emogene, "intensity", text="")
        row.operator("emogene.remove_marker", text="", icon="X", emboss=False).index = index

    def filter_items(self, context, data, property):
        markers = getattr(data, property)
        shown = [self.bitflag_filter_item if read_marker(marker_record(marker)) else 0 for marker in markers]
        by_time = sorted(range(len(markers)), key=lambda index: markers[index].frame)
        order = [0] * len(markers)
        for place, index in enumerate(by_time):
            order[index] = place
        return shown, order


class _EmoGenePanel:
    bl_label = "EmoGene"
    bl_category = "EmoGene"
    bl_region_type = "UI"

    def draw(self, context: bpy.types.Context) -> None:
        scene = compat.sequencer_scene(context)
        _draw_problem(self.layout, context, session().problem)
        _draw_backend(self.layout, context)
        _draw_voice(self.layout, context, scene)
        _draw_markers(self.layout, context, scene)
        _draw_work(self.layout, scene)


class EMOGENE_PT_viewport(_EmoGenePanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_viewport"
    bl_space_type = "VIEW_3D"


class EMOGENE_PT_sequencer(_EmoGenePanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_sequencer"
    bl_space_type = "SEQUENCE_EDITOR"


class _SpeechPanel:
    bl_label = "Speech"
    bl_category = "EmoGene"
    bl_region_type = "UI"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        settings = compat.sequencer_scene(context).emogene
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        column = self.layout.column(align=True)
        for name in ("amplitude", "lip_closure", "temperature", "smoothing"):
            column.prop(settings, name)


class EMOGENE_PT_viewport_speech(_SpeechPanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_viewport_speech"
    bl_space_type = "VIEW_3D"
    bl_parent_id = "EMOGENE_PT_viewport"


class EMOGENE_PT_sequencer_speech(_SpeechPanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_sequencer_speech"
    bl_space_type = "SEQUENCE_EDITOR"
    bl_parent_id = "EMOGENE_PT_sequencer"


class _SettingsPanel:
    bl_label = "Settings"
    bl_category = "EmoGene"
    bl_region_type = "UI"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        settings = compat.sequencer_scene(context).emogene
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "actor")
        for group in (("blink", "gaze", "head_motion", "seed"), ("voice_channel", "image_channel", "frames_folder")):
            column = layout.column(align=True)
            for name in group:
                column.prop(settings, name)


class EMOGENE_PT_viewport_settings(_SettingsPanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_viewport_settings"
    bl_space_type = "VIEW_3D"
    bl_parent_id = "EMOGENE_PT_viewport"


class EMOGENE_PT_sequencer_settings(_SettingsPanel, bpy.types.Panel):
    bl_idname = "EMOGENE_PT_sequencer_settings"
    bl_space_type = "SEQUENCE_EDITOR"
    bl_parent_id = "EMOGENE_PT_sequencer"


def _draw_problem(layout: bpy.types.UILayout, context: bpy.types.Context, problem: EmoGeneError | None) -> None:
    if problem is None:
        return
    box = layout.box()
    _draw_text(box, context, problem.message, "ERROR")
    _draw_text(box, context, problem.hint, "BLANK1")


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
        _draw_text(layout.box(), context, welcome.problem, "ERROR")


def _draw_voice(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene) -> None:
    strip = voice_strip(scene)
    column = layout.column(align=True)
    column.label(text=strip.name if strip else "No voice yet", icon="SOUND")
    row = column.row(align=True)
    row.operator("emogene.load_voice", icon="FILE_FOLDER")
    row.operator("emogene.use_selected_voice", text="Selected", icon="RESTRICT_SELECT_OFF")
    if note := shots.plan_note(scene):
        _draw_text(layout, context, note, "INFO")


def _draw_markers(layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene) -> None:
    column = layout.column(align=True)
    column.label(text="Emotion at the playhead", icon="MARKER_HLT")
    grid = column.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for emotion in EMOTIONS:
        grid.operator("emogene.add_marker", text=emotion.capitalize()).emotion = emotion
    layout.template_list("EMOGENE_UL_markers", "", scene, "timeline_markers", scene.emogene, "marker_index", rows=4)
    _draw_marker(layout, scene)
    for problem in shots.marker_problems(scene):
        _draw_text(layout, context, f"{problem.message} {problem.hint}", "INFO")


def _draw_marker(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    """How the emotion of the list's chosen row comes."""
    index, markers = scene.emogene.marker_index, scene.timeline_markers
    if 0 <= index < len(markers) and isinstance(read_marker(marker_record(markers[index])), NamedEmotion):
        row = layout.row(align=True)
        row.prop(markers[index].emogene, "transition_seconds")
        row.prop(markers[index].emogene, "easing", text="")


def _draw_work(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    settings = scene.emogene
    column = layout.column(align=True)
    column.operator("emogene.plan", icon="GRAPH")
    column.operator("emogene.key_empties", icon="OUTLINER_OB_EMPTY")
    row = layout.row(align=True)
    row.prop(settings, "width", text="")
    row.prop(settings, "height", text="")
    if scene.use_preview_range:
        layout.prop(settings, "only_preview_range")
    layout.operator("emogene.render", icon="RENDER_ANIMATION")
    if (job := session().job) is not None:
        row = layout.row(align=True)
        row.progress(factor=job.fraction, type="BAR", text=_progress_text(job))
        row.operator("emogene.cancel", text="", icon="CANCEL")


def _progress_text(job) -> str:
    stage = job.stage.capitalize()
    if job.stage != "rendering":
        return stage
    left = job.seconds_left
    return f"{stage} {job.done} of {job.total}" + (f", {left:.0f} s left" if left is not None else "")


def _draw_text(layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str) -> None:
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(_wrapped(context, text)):
        column.label(text=line, icon="BLANK1" if index else icon)


def _wrapped(context: bpy.types.Context, text: str) -> list[str]:
    width = context.region.width / context.preferences.system.ui_scale if context.region else 250
    letters = max(int((width - 40) / _WIDTH_OF_A_LETTER), 16)
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


CLASSES = (
    EMOGENE_UL_markers,
    EMOGENE_PT_viewport,
    EMOGENE_PT_viewport_speech,
    EMOGENE_PT_viewport_settings,
    EMOGENE_PT_sequencer,
    EMOGENE_PT_sequencer_speech,
    EMOGENE_PT_sequencer_settings,
)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
