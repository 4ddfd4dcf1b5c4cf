# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend on the scene: voice, actor, performance and results."""

import bpy
from bpy.props import BoolProperty, IntProperty, PointerProperty, StringProperty

from .performance import EmotionSettings, LifeSettings, SpeechSettings
from .picture import PictureSettings


class EmoGeneScene(EmotionSettings, SpeechSettings, LifeSettings, PictureSettings, bpy.types.PropertyGroup):
    """One character of a scene: its voice, its actor, how it acts, its pictures."""

    voice_strip: StringProperty(name="Voice", description="The sound strip that the face speaks")
    voice_channel: IntProperty(
        name="Voice channel", description="Channel for a voice loaded here", default=1, min=1, max=128
    )
    image_strip: StringProperty(name="Pictures", description="The image strip that was rendered")
    image_channel: IntProperty(
        name="Picture channel",
        description="Channel for the rendered strip, or the next free one above",
        default=3,
        min=1,
        max=128,
    )
    actor: StringProperty(
        name="Actor",
        description="Who is seen: an actor that the backend has",
        default="bundled",
        search=lambda self, context, text: _actors(),
    )
    seed: IntProperty(
        name="Seed", description="Another number gives another take of speech, blinks, gaze and head", default=0, min=0
    )
    only_preview_range: BoolProperty(
        name="Preview range only", description="Render only the timeline's preview range, if one is set", default=False
    )
    frames_folder: StringProperty(
        name="Frames",
        description="Folder for rendered frames; an unsaved file uses the add-on's own folder",
        default="//emogene/",
        subtype="DIR_PATH",
    )
    marker_index: IntProperty(options={"HIDDEN", "SKIP_SAVE"}, default=-1, update=lambda self, context: _jump(self))
    head: PointerProperty(type=bpy.types.Object, name="Head", description="The empty that carries the head's pose")


def _actors() -> list[str]:
    from .session import session  # it imports this module

    welcome = session().welcome
    return list(welcome.actors) if welcome is not None else []


def _jump(settings: EmoGeneScene) -> None:
    markers = settings.id_data.timeline_markers
    if 0 <= settings.marker_index < len(markers):
        settings.id_data.frame_set(markers[settings.marker_index].frame)


def register() -> None:
    bpy.utils.register_class(EmoGeneScene)
    bpy.types.Scene.emogene = PointerProperty(type=EmoGeneScene)


def unregister() -> None:
    del bpy.types.Scene.emogene
    bpy.utils.unregister_class(EmoGeneScene)
