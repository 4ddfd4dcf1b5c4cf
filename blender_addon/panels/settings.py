# SPDX-License-Identifier: GPL-3.0-or-later
"""The closed panels below the main one: how the character acts, and where things go."""

import bpy

from .. import compat, head_object, scene_camera
from ..intensities import INTENSITIES
from .main import EMOGENE_PT_sequencer, EMOGENE_PT_viewport
from .text import draw_text


class _SettingsPanel:
    """Groups of the scene's settings, one below the other."""

    bl_category = "EmoGene"
    bl_region_type = "UI"
    bl_options = {"DEFAULT_CLOSED"}
    groups: tuple[tuple[str, ...], ...]
    keyframe_dots = False

    def draw(self, context: bpy.types.Context) -> None:
        settings = compat.sequencer_scene(context).emogene
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = self.keyframe_dots
        for group in self.groups:
            column = layout.column(align=True)
            for name in group:
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
        settings = compat.sequencer_scene(context).emogene
        if settings.head_object is None:
            return
        if head_object.is_deleted(settings.head_object):
            text = f"'{settings.head_object.name}' was deleted, so it does not move the head."
            draw_text(self.layout, context, text, "ERROR")
        else:
            self.layout.prop(settings, "head_object_weight")


class _PicturePanel(_SettingsPanel):
    bl_label = "Camera and Picture"
    groups = (("camera_choice",),)

    def draw(self, context: bpy.types.Context) -> None:
        super().draw(context)
        scene = compat.sequencer_scene(context)
        settings = scene.emogene
        if settings.camera_choice == "SCENE":
            column = self.layout.column(align=True)
            column.prop(settings, "camera_object")
            column.prop(settings, "camera_root")
        column = self.layout.column(align=True)
        column.prop(settings, "picture_size")
        if settings.picture_size == "OWN":
            column.prop(settings, "width")
            column.prop(settings, "height")
        elif note := scene_camera.ignored_note(scene):
            draw_text(self.layout, context, note, "INFO")
        column = self.layout.column(align=True)
        column.prop(settings, "background_kind")
        if settings.background_kind in ("colour", "picture"):
            column.prop(settings, f"background_{settings.background_kind}")
        self.layout.prop(settings, "quality")
        self.layout.prop(settings, "output")


class _PausesPanel(_SettingsPanel):
    bl_label = "Advanced"
    groups = (("idle_sampling",),)


class _ScenePanel(_SettingsPanel):
    bl_label = "Settings"
    groups = (("actor", "seed"), ("voice_channel", "image_channel", "frames_folder"))


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
        (_ScenePanel, "settings"),
    )
)
