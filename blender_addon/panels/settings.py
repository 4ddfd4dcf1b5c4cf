# SPDX-License-Identifier: GPL-3.0-or-later
"""The closed panels below the main one: how the character acts, and where things go."""

import bpy

from .. import compat
from ..core.shot_folder import render_command
from ..scene import characters, head_object, scene_camera
from ..scene.intensities import INTENSITIES
from ..wording import worded
from ..work import farm
from .main import EMOGENE_PT_sequencer, EMOGENE_PT_viewport
from .text import draw_text


class _SettingsPanel:
    """Groups of the character's settings, one below the other."""

    bl_category = "EmoGene"
    bl_region_type = "UI"
    bl_options = {"DEFAULT_CLOSED"}
    groups: tuple[tuple[str, ...], ...]
    """Of the character's settings."""
    keyframe_dots = False

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        scene = compat.sequencer_scene(context)
        return scene.is_editable and characters.active(scene) is not None

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = self.keyframe_dots
        character = characters.active(compat.sequencer_scene(context))
        for group in self.groups:
            _draw_group(self.layout, character, group)


def _draw_group(layout: bpy.types.UILayout, settings, names: tuple[str, ...]) -> None:
    column = layout.column(align=True)
    for name in names:
        column.prop(settings, name)


class _StrengthPanel(_SettingsPanel):
    bl_label = "Emotion Strength"
    groups = (("overall_strength",), ("brows_strength", "eyes_strength", "mouth_strength"))


class _CurvesPanel(_SettingsPanel):
    bl_label = "Emotion Curves"
    groups = (INTENSITIES,)
    keyframe_dots = True


class _SpeechPanel(_SettingsPanel):
    bl_label = "Speech"
    groups = (("amplitude", "lip_closure", "temperature", "smoothing"),)


class _LifePanel(_SettingsPanel):
    bl_label = "Life and Head"
    groups = (("blink", "gaze", "breath"), ("head_motion", "head_object"))

    def draw(self, context: bpy.types.Context) -> None:
        super().draw(context)
        character = characters.active(compat.sequencer_scene(context))
        if character.head_object is None:
            return
        if head_object.is_deleted(character.head_object):
            name = character.head_object.name
            text = worded("'{name}' was deleted, so it does not move the head.", name=name)
            draw_text(self.layout, context, text, "ERROR")
        else:
            self.layout.prop(character, "head_object_weight")


class _PicturePanel(_SettingsPanel):
    bl_label = "Camera and Picture"
    groups = ()

    def draw(self, context: bpy.types.Context) -> None:
        super().draw(context)
        layout, scene = self.layout, compat.sequencer_scene(context)
        settings, character = scene.emogene, characters.active(scene)
        seen = settings.camera_choice == "SCENE"
        _draw_group(layout, settings, ("camera_choice", "camera_object") if seen else ("camera_choice",))
        if seen:
            _draw_group(layout, character, ("camera_root",))
        own = settings.picture_size == "OWN"
        _draw_group(layout, settings, ("picture_size", "width", "height") if own else ("picture_size",))
        if not own and (note := scene_camera.ignored_note(scene)):
            draw_text(layout, context, note, "INFO")
        kind = character.background_kind
        more = (f"background_{kind}",) if kind in ("colour", "picture") else ()
        _draw_group(layout, character, ("background_kind", *more))
        _draw_group(layout, settings, ("quality", "output"))


class _PausesPanel(_SettingsPanel):
    bl_label = "Advanced"
    groups = (("idle_sampling",),)


class _ScenePanel(_SettingsPanel):
    bl_label = "Settings"
    groups = (("actor", "seed"), ("voice_channel", "image_channel"))

    def draw(self, context: bpy.types.Context) -> None:
        super().draw(context)
        _draw_group(self.layout, compat.sequencer_scene(context).emogene, ("frames_folder",))


class _FarmPanel(_SettingsPanel):
    bl_label = "Farm and Command Line"
    groups = ()

    def draw(self, context: bpy.types.Context) -> None:
        layout, scene = self.layout, compat.sequencer_scene(context)
        layout.prop(scene.emogene, "farm_folder", text="")
        row = layout.row(align=True)
        row.operator("emogene.send_to_farm", icon="EXPORT")
        if len(scene.emogene.characters) > 1:
            row.operator("emogene.send_to_farm", text="All").everyone = True
        sent = farm.sent_of(characters.active(scene))
        if sent is None:
            return
        packing = sent.packing
        if packing.problem:
            return
        if not sent.done:
            layout.progress(factor=packing.done / max(packing.total, 1), type="BAR", text="")
            return
        draw_text(layout, context, packing.folder.name, "FILE_FOLDER")
        draw_text(layout, context, render_command(packing.folder), "CONSOLE")
        row = layout.row(align=True)
        row.operator("emogene.copy_command", text="Copy", icon="COPYDOWN").which = "RENDER"
        row.operator("emogene.copy_command", text="For the farm").which = "FARM"


def _in_sidebar(content: type, main: type[bpy.types.Panel], name: str, parent: str = "") -> type[bpy.types.Panel]:
    """The panel of this content under the main panel of one sidebar, or under one of its panels."""
    idname = f"{main.bl_idname}_{name}"
    places = {
        "bl_idname": idname,
        "bl_space_type": main.bl_space_type,
        "bl_parent_id": f"{main.bl_idname}_{parent}" if parent else main.bl_idname,
    }
    return type(idname, (content, bpy.types.Panel), places)


CLASSES = tuple(
    _in_sidebar(content, main, *names)
    for main in (EMOGENE_PT_viewport, EMOGENE_PT_sequencer)
    for content, *names in (
        (_StrengthPanel, "strength"),
        (_CurvesPanel, "curves"),
        (_SpeechPanel, "speech"),
        (_LifePanel, "life"),
        (_PausesPanel, "pauses", "life"),
        (_PicturePanel, "picture"),
        (_FarmPanel, "farm"),
        (_ScenePanel, "settings"),
    )
)
