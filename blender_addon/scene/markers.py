# SPDX-License-Identifier: GPL-3.0-or-later
"""The emotion of a timeline marker: settings in the .blend, and the name that says the same."""

import bpy
from bpy.props import EnumProperty, FloatProperty, PointerProperty, StringProperty

from ..core.cast import owned_name
from ..core.markers import MarkerRecord, owner_of, read_marker
from ..emogene_proto.marker_names import NamedEmotion, NearMiss, write_name
from ..emogene_proto.names import EASINGS, EMOTIONS
from ..emogene_proto.shot import Feeling
from ..wording import OWN_CONTEXT
from . import characters

EMOTION_ITEMS = [(name, name.capitalize(), f"The face feels {name} from here on") for name in EMOTIONS]
_EASING_TEXTS = {
    "hold": ("Hold", "Jumps to the emotion at the marker, without a transition"),
    "linear": ("Linear", "Changes evenly"),
    "smooth": ("Smooth", "Begins and ends gently"),
    "ease_in": ("Ease in", "Begins gently, ends at speed"),
    "ease_out": ("Ease out", "Begins at speed, ends gently"),
}
EASING_ITEMS = [(name, *_EASING_TEXTS[name]) for name in EASINGS]


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
        description="How many seconds the face takes to come to this emotion: at least 0.2, eased in or out 0.3. "
        "Only Hold jumps",
        default=0.4,
        min=0.0,
        max=60.0,
        soft_max=3.0,
        subtype="TIME_ABSOLUTE",
    )
    easing: EnumProperty(
        name="Easing",
        description="How the emotion comes",
        items=EASING_ITEMS,
        default=EASINGS.index("smooth"),
        translation_context=OWN_CONTEXT,
    )


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


def meaning_of(marker: bpy.types.TimelineMarker) -> NamedEmotion | NearMiss | None:
    """What the marker sets, or what looks like a mistake in it; None for an ordinary marker."""
    return read_marker(marker_record(marker), characters.cast(marker.id_data))


def emotion_of(marker: bpy.types.TimelineMarker) -> NamedEmotion | None:
    """What the marker sets; None for an ordinary marker and for one that is nearly an emotion."""
    meaning = meaning_of(marker)
    return meaning if isinstance(meaning, NamedEmotion) else None


def owner_index(marker: bpy.types.TimelineMarker) -> int:
    """Which of the scene's characters an emotion marker is about."""
    return owner_of(marker_record(marker), characters.cast(marker.id_data))


def set_feelings(marker: bpy.types.TimelineMarker, feelings: tuple[Feeling, ...], owner: int = 0) -> None:
    """Make this an emotion marker of one of the characters, or change it; settings and name say the same afterwards."""
    settings = marker.emogene
    first, *others = feelings
    # Cleared first, so that the property updates below do not write names of half-set markers.
    settings.written_name = ""
    settings.emotion = first.emotion
    settings.intensity = first.intensity
    intensity = first.intensity if others else settings.intensity
    _name(marker, write_name(first.emotion, intensity, tuple(others)), owner)


def adopt_names(scene: bpy.types.Scene) -> None:
    """Take over what artists and other tools wrote into marker names."""
    for marker in scene.timeline_markers:
        if marker.name == marker.emogene.written_name:
            continue
        meaning = emotion_of(marker)
        if meaning is not None:
            name = marker.name
            set_feelings(marker, (Feeling(meaning.emotion, meaning.intensity),))
            # The artist's spelling stays; only the sliders write names.
            marker.name = marker.emogene.written_name = name


def _name_marker_of(settings: EmoGeneMarker) -> None:
    if not settings.written_name:
        return
    for marker in settings.id_data.timeline_markers:
        if marker.emogene == settings:
            _name(marker, write_name(settings.emotion, settings.intensity), owner_index(marker))
            return


def _name(marker: bpy.types.TimelineMarker, says: str, owner: int) -> None:
    cast = characters.cast(marker.id_data)
    marker.name = marker.emogene.written_name = owned_name(says, owner, cast) if owner < len(cast) else says


def register() -> None:
    bpy.utils.register_class(EmoGeneMarker)
    bpy.types.TimelineMarker.emogene = PointerProperty(type=EmoGeneMarker)


def unregister() -> None:
    del bpy.types.TimelineMarker.emogene
    bpy.utils.unregister_class(EmoGeneMarker)
