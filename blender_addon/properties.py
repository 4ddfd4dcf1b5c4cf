# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend: on each timeline marker its emotion, on the scene voice, actor and results."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .core.markers import MarkerRecord, read_marker
from .emogene_proto.marker_names import NamedEmotion, write_name
from .emogene_proto.names import EASINGS, EMOTIONS
from .emogene_proto.shot import SPEAKING_LIMITS, Speaking

EMOTION_ITEMS = [(name, name.capitalize(), f"The face feels {name} from here on") for name in EMOTIONS]
EASING_ITEMS = [(name, name.replace("_", " ").capitalize(), "How the emotion comes") for name in EASINGS]


class EmoGeneMarker(bpy.types.PropertyGroup):
    """An emotion on a timeline marker; `written_name` is empty on ordinary markers."""

    written_name: StringProperty(options={"HIDDEN"})
    emotion: EnumProperty(
        name="Emotion",
        description="What the face feels from this marker on",
        items=EMOTION_ITEMS,
        update=lambda self, context: _name_marker_of(self),
    )
    intensity: FloatProperty(
        name="Intensity",
        description="How strongly, from a trace to the full expression",
        default=0.8,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=lambda self, context: _name_marker_of(self),
    )
    transition_seconds: FloatProperty(
        name="Transition",
        description="How long the face takes to come to this emotion",
        default=0.4,
        min=0.0,
        max=60.0,
        soft_max=3.0,
        subtype="TIME_ABSOLUTE",
    )
    easing: EnumProperty(
        name="Easing", description="How the emotion comes", items=EASING_ITEMS, default=EASINGS.index("smooth")
    )


class EmoGeneScene(bpy.types.PropertyGroup):
    """One character of a scene: its voice, its actor, its pictures."""

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
    width: IntProperty(
        name="Width", description="Picture width in pixels", default=512, min=16, max=4096, subtype="PIXEL"
    )
    height: IntProperty(
        name="Height", description="Picture height in pixels", default=512, min=16, max=4096, subtype="PIXEL"
    )
    seed: IntProperty(
        name="Seed", description="Another number gives another take of blinks, gaze and head", default=0, min=0
    )
    blink: FloatProperty(
        name="Blinks", description="0 never blinks, 1 as a person does", default=1.0, min=0.0, max=2.0, subtype="FACTOR"
    )
    gaze: FloatProperty(
        name="Gaze", description="How far the eyes wander", default=1.0, min=0.0, max=2.0, subtype="FACTOR"
    )
    head_motion: FloatProperty(
        name="Head motion",
        description="How much the head moves; 0 holds it still",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )
    amplitude: FloatProperty(
        name="Mouth",
        description="How far mouth and jaw move: below 1 mumbles, above 1 speaks with a big mouth. "
        "Lips still close on p, b and m",
        default=Speaking().amplitude,
        min=0.0,
        max=SPEAKING_LIMITS["amplitude"],
        soft_max=2.0,
        subtype="FACTOR",
    )
    temperature: FloatProperty(
        name="Liveliness",
        description="How freely the face is acted: 0 always speaks the most likely way, more differs from take to take "
        "(see Seed) and is less sure",
        default=Speaking().temperature,
        min=0.0,
        max=SPEAKING_LIMITS["temperature"],
        subtype="FACTOR",
    )
    smoothing: FloatProperty(
        name="Smoothing",
        description="Calms brows, eyes and nose over this time. The mouth is never smoothed: it stays with the voice",
        default=Speaking().smoothing,
        min=0.0,
        max=SPEAKING_LIMITS["smoothing"],
        soft_max=0.3,
        step=1,
        precision=2,
        subtype="TIME_ABSOLUTE",
    )
    lip_closure: FloatProperty(
        name="Lip closure",
        description="How surely the lips meet on p, b and m, and the lower lip the teeth on f and v: "
        "0 leaves it to chance, 1 closes them where these sounds are heard, 2 also where they are only guessed",
        default=Speaking().lip_closure,
        min=0.0,
        max=SPEAKING_LIMITS["lip_closure"],
        subtype="FACTOR",
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


def marker_record(marker: bpy.types.TimelineMarker) -> MarkerRecord:
    """The marker as the core reads it."""
    settings = marker.emogene
    return MarkerRecord(
        name=marker.name,
        frame=marker.frame,
        written_name=settings.written_name,
        emotion=settings.emotion,
        intensity=settings.intensity,
        transition_seconds=settings.transition_seconds,
        easing=settings.easing,
    )


def set_emotion(marker: bpy.types.TimelineMarker, emotion: str, intensity: float) -> None:
    """Make this an emotion marker, or change it; settings and name say the same afterwards."""
    settings = marker.emogene
    # Cleared first, so that the property updates below do not write names of half-set markers.
    settings.written_name = ""
    settings.emotion = emotion
    settings.intensity = intensity
    marker.name = settings.written_name = write_name(emotion, settings.intensity)


def adopt_names(scene: bpy.types.Scene) -> None:
    """Take over what artists and other tools wrote into marker names."""
    for marker in scene.timeline_markers:
        if marker.name == marker.emogene.written_name:
            continue
        meaning = read_marker(marker_record(marker))
        if isinstance(meaning, NamedEmotion):
            name = marker.name
            set_emotion(marker, meaning.emotion, meaning.intensity)
            # The artist's spelling stays; only the sliders write names.
            marker.name = marker.emogene.written_name = name


def _name_marker_of(settings: EmoGeneMarker) -> None:
    if not settings.written_name:
        return
    for marker in settings.id_data.timeline_markers:
        if marker.emogene == settings:
            marker.name = settings.written_name = write_name(settings.emotion, settings.intensity)
            return


def _actors() -> list[str]:
    from .session import session  # it imports this module

    welcome = session().welcome
    return list(welcome.actors) if welcome is not None else []


def _jump(settings: EmoGeneScene) -> None:
    markers = settings.id_data.timeline_markers
    if 0 <= settings.marker_index < len(markers):
        settings.id_data.frame_set(markers[settings.marker_index].frame)


CLASSES = (EmoGeneMarker, EmoGeneScene)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.TimelineMarker.emogene = PointerProperty(type=EmoGeneMarker)
    bpy.types.Scene.emogene = PointerProperty(type=EmoGeneScene)


def unregister() -> None:
    del bpy.types.Scene.emogene
    del bpy.types.TimelineMarker.emogene
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
