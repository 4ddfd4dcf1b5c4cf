# SPDX-License-Identifier: GPL-3.0-or-later
"""The edit layer of a character: read from the .blend, changed, cleared."""

import zlib
from collections.abc import Mapping

from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from . import compat, voices
from .core import edit_layer
from .core.edit_layer import EditLayer, Offset
from .core.emotion_curves import ShotSpan
from .emogene_proto.shot import LandmarkEdits


class EditSettings:
    """What is kept of landmarks moved by hand. Mixed into the character's property group."""

    edits: StringProperty(options={"HIDDEN"})
    edits_muted: BoolProperty(
        name="Mute edits",
        description="Show and render the face as planned, without what was moved by hand",
        options=set(),
    )
    edits_fade: FloatProperty(
        name="Fade",
        description="How long an edit takes to come and to go; edits of a point that lie within twice as much are one "
        "movement",
        default=LandmarkEdits().fade_seconds,
        min=0.0,
        max=10.0,
        soft_max=2.0,
        subtype="TIME_ABSOLUTE",
        options=set(),
    )
    edits_neighbours: IntProperty(
        name="Neighbours",
        description="Over so many points along the face's lines neighbours move along, less with each; at 0 none does",
        default=LandmarkEdits().neighbours,
        min=0,
        max=8,
        options=set(),
    )


def layer_of(character) -> EditLayer:
    return edit_layer.read_layer(character.edits)


def starts_of(character) -> dict[str, float]:
    """By name, where the content of each strip of the voice begins."""
    return {strip.name: compat.strip_content_start(strip) for strip in voices.voice_strips(character)}


def shown_edits(character, frame_start: int, fps: float) -> LandmarkEdits | None:
    """What of the layer is shown and rendered in a shot; None where that is nothing."""
    if character.edits_muted or not character.edits:
        return None
    return edit_layer.shot_edits(
        layer_of(character), starts_of(character), frame_start, fps, character.edits_fade, character.edits_neighbours
    )


def shot_edits_of(character, span: ShotSpan) -> LandmarkEdits | None:
    return shown_edits(character, span.first, span.fps)


def token(character) -> str:
    """Another one whenever the edits that are shown are others. Cheap enough for every tick."""
    if not character.edits:
        return "0"
    shown = (character.edits_muted, round(character.edits_fade, 4), character.edits_neighbours)
    text = repr((character.edits, shown, sorted(starts_of(character).items())))
    return f"{zlib.crc32(text.encode()):x}"


def add(character, new: Mapping[int, Mapping[int, Offset]]) -> None:
    """Keep what was moved: by point and frame of the timeline, metres from the plan."""
    frames = {frame for edits in new.values() for frame in edits}
    heard = {frame: name for frame in frames if (name := voices.heard_on(character, frame))}
    layer = edit_layer.with_edits(layer_of(character), new, heard, starts_of(character))
    character.edits = edit_layer.write_layer(layer)


def clear(character, region: str = "") -> None:
    """Forget the edits of a region, or all."""
    if region:
        character.edits = edit_layer.write_layer(edit_layer.without_region(layer_of(character), region))
    else:
        character.edits = ""
