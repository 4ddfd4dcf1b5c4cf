# SPDX-License-Identifier: GPL-3.0-or-later
"""The edit layer of a character: read from the .blend, changed, cleared."""

import secrets
import zlib
from collections.abc import Generator, Iterable, Mapping

from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from .. import compat
from ..core import edit_layer
from ..core.character_key import CharacterKey
from ..core.edit_blocks import Offset
from ..core.edit_layer import Anchor, EditLayer, Starts, StripPlace
from ..core.edit_text import read_layer, write_layer
from ..core.emotion_curves import ShotSpan
from ..emogene_proto.shot import LandmarkEdits
from . import characters, voices

_LAYERS_KEPT = 8
_layers: dict[str, EditLayer] = {}
"""Those that were last read or written, by revision."""
_counts: dict[str, dict[str, int]] = {}
"""Edits in each region, by revision."""


class EditSettings:
    """What is kept of landmarks moved by hand. Mixed into the character's property group."""

    edits: StringProperty(options={"HIDDEN"})
    edits_revision: StringProperty(
        description="Another one with each change of the edits; undo brings it back with them", options={"HIDDEN"}
    )
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
    revision = _revision(character)
    if revision not in _layers:
        _remember(_layers, revision, read_layer(character.edits))
    return _layers[revision]


def regions_edited(character) -> dict[str, int]:
    """How many edits each region has, of those that have some. Cheap enough for every redraw."""
    revision = _revision(character)
    if revision not in _counts:
        _remember(_counts, revision, edit_layer.regions_edited(layer_of(character)))
    return _counts[revision]


def starts_of(character) -> Starts:
    """Where the strips of the voice are, by what edits name them by; edits of older files go by their names."""
    places: dict[str, list[StripPlace]] = {}
    for strip in voices.voice_strips(character):
        name = voices.edits_id(strip)
        start = compat.strip_content_start(strip)
        place = StripPlace(name, start, compat.strip_start(strip), compat.strip_end(strip))
        for each in {name, strip.name}:
            places.setdefault(each, []).append(place)
    return places


def shown_edits(character, frame_start: int, fps: float) -> LandmarkEdits | None:
    """What of the layer is shown and rendered in a shot; None where that is nothing."""
    if character.edits_muted or not _revision(character):
        return None
    return edit_layer.shot_edits(
        layer_of(character), starts_of(character), frame_start, fps, character.edits_fade, character.edits_neighbours
    )


def prepare_shown(key: CharacterKey, frame_start: int, fps: float) -> Generator[None]:
    """In slices what takes long in the first `shown_edits` of a large layer."""
    character = characters.found(key)
    if character is not None and not character.edits_muted and _revision(character):
        for _ in edit_layer.said(layer_of(character), starts_of(character), frame_start, fps):
            yield


def shot_edits_of(character, span: ShotSpan) -> LandmarkEdits | None:
    return shown_edits(character, span.first, span.fps)


def token(character) -> str:
    """Another one whenever the edits that are shown are others. Cheap enough for every tick."""
    revision = _revision(character)
    if not revision:
        return "0"
    shown = (character.edits_muted, round(character.edits_fade, 4), character.edits_neighbours)
    places = sorted({place for places in starts_of(character).values() for place in places})
    text = repr((revision, shown, places))
    return f"{zlib.crc32(text.encode()):x}"


def add(character, new: Mapping[int, Mapping[int, Offset]]) -> None:
    """Keep what was moved: by point and frame of the timeline, metres from the plan. For few edits."""
    voices.give_ids(voices.voice_strips(character))
    frames = {frame for offsets in new.values() for frame in offsets}
    heard = _heard_on(character, frames)
    _write(character, edit_layer.with_edits(layer_of(character), new, heard, starts_of(character)))


def add_in_slices(key: CharacterKey, new: Mapping[int, Mapping[int, Offset]]) -> Generator[None]:
    """The same for many edits; they are there when it is done.

    What changes meanwhile is kept: it then begins again from there.
    """
    frames = yield from edit_layer.by_frame(new)
    while (character := characters.found(key)) is not None:
        voices.give_ids(voices.voice_strips(character))
        begun_with = revision, starts = _revision(character), starts_of(character)
        work = edit_layer.merged(layer_of(character), frames, _heard_on(character, frames), starts)
        while True:
            try:
                next(work)
            except StopIteration as end:
                _write(character, end.value)
                yield from edit_layer.freed(frames)
                return
            yield
            character = characters.found(key)
            if character is None or (_revision(character), starts_of(character)) != begun_with:
                break


def clear(character, region: str = "") -> None:
    """Forget the edits of a region, or all."""
    _write(character, edit_layer.without_region(layer_of(character), region) if region else EditLayer())


def before_change(character) -> Starts:
    """For `stay`: where the strips of the voice are before others take their place."""
    voices.give_ids(voices.voice_strips(character))
    return starts_of(character)


def stay(character, before: Starts) -> None:
    """Leave the edits on the frames on which they were, now that others are the strips of the voice than before."""
    layer = layer_of(character)
    staying = edit_layer.held_by(edit_layer.settled(layer, before), starts_of(character))
    if staying != layer:
        _write(character, staying)


def _heard_on(character, frames: Iterable[int]) -> dict[int, Anchor]:
    """By frame, the strip that is heard there."""
    heard = [
        ((voices.edits_id(strip), compat.strip_content_start(strip)), start, end)
        for strip, start, end in voices.heard_strips(character)
    ]
    found = ((frame, next((name for name, start, end in heard if start <= frame < end), None)) for frame in frames)
    return {frame: anchor for frame, anchor in found if anchor is not None}


def _revision(character) -> str:
    """Names the layer's content; empty where there is none."""
    if revision := character.edits_revision:
        return revision
    text = character.edits  # of an older file that was not edited since
    return f"{len(text)} {zlib.crc32(text.encode()):x}" if text else ""


def _write(character, layer: EditLayer) -> None:
    character.edits = write_layer(layer)
    character.edits_revision = secrets.token_hex(8) if layer.blocks else ""
    _remember(_layers, _revision(character), layer)


def _remember(kept: dict, revision: str, found) -> None:
    kept[revision] = found
    while len(kept) > _LAYERS_KEPT:
        del kept[next(iter(kept))]
