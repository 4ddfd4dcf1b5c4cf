# SPDX-License-Identifier: GPL-3.0-or-later
"""The characters of a scene: which there are, which one the panel shows, made, renamed and removed."""

from collections.abc import Iterator

import bpy

from .. import compat
from ..core.cast import DEFAULT_NAME, fitting_name, owned_name, split_owner
from ..core.character_key import CharacterKey
from ..preferences import preferences
from . import animation

_CHANNELS_EACH = 4
"""How far the next character's strips lie above those of the one before."""


def cast(scene: bpy.types.Scene) -> tuple[str, ...]:
    """Names of the scene's characters, in order."""
    return tuple(character.name for character in scene.emogene.characters)


def active(scene: bpy.types.Scene):
    """The character that the panel shows; None where the scene has none."""
    found = scene.emogene.characters
    return found[min(scene.emogene.active_character, len(found) - 1)] if len(found) else None


def ensured(scene: bpy.types.Scene):
    """The character that the panel shows, made where the scene has none."""
    return active(scene) or added(scene)


def added(scene: bpy.types.Scene, name: str = DEFAULT_NAME):
    """A new character, which the panel then shows."""
    settings = scene.emogene
    others = cast(scene)
    settings.newest_uid += 1
    new = settings.characters.add()
    new.uid = settings.newest_uid
    new.name = fitting_name(name, others)
    new.actor = preferences(bpy.context).default_actor or new.actor
    new.voice_channel += _CHANNELS_EACH * len(others)
    new.image_channel += _CHANNELS_EACH * len(others)
    settings.active_character = len(others)
    return new


def remove(character) -> None:
    """Take a character out of its scene, with its emotion markers and animated intensities; strips and objects stay."""
    scene, place = character.id_data, index_of(character)
    names = cast(scene)
    for marker in list(scene.timeline_markers):
        if marker.emogene.written_name and split_owner(marker.name, names)[0] == place:
            scene.timeline_markers.remove(marker)
    for strip in compat.all_strips(scene):
        if strip.emogene.character == character.uid:
            strip.emogene.character, strip.emogene.role = 0, "NONE"
    animation.forget_item(scene, "emogene.characters", place)
    scene.emogene.characters.remove(place)
    scene.emogene.active_character = max(min(scene.emogene.active_character, len(names) - 2), 0)
    if place == 0 and len(names) > 1:  # the second is now the first, whose markers need no name before them
        _rename_markers(scene, names[1:], cast(scene))


def renamed(character) -> None:
    """The artist gave it another name: markers that begin with the old one follow."""
    scene, place = character.id_data, index_of(character)
    names = cast(scene)
    name = fitting_name(character.name, names[:place] + names[place + 1 :])
    if character.name != name:
        character.name = name  # comes back here with a name that fits
        return
    former, character.known_as = character.known_as, name
    if former and former != name:
        before = (*names[:place], former, *names[place + 1 :])
        _rename_markers(scene, before, names)


def index_of(character) -> int:
    """Its place among the scene's characters."""
    return next(i for i, each in enumerate(character.id_data.emogene.characters) if each.uid == character.uid)


def key_of(character) -> CharacterKey:
    return CharacterKey(character.id_data.session_uid, character.uid)


def found(key: CharacterKey):
    """The character that a key names; None where it is gone."""
    scene = next((scene for scene in bpy.data.scenes if scene.session_uid == key.scene), None)
    if scene is None:
        return None
    return next((each for each in scene.emogene.characters if each.uid == key.character), None)


def everyone() -> Iterator:
    """All characters of the open file's own scenes."""
    for scene in bpy.data.scenes:
        if scene.library is None:
            yield from scene.emogene.characters


def _rename_markers(scene: bpy.types.Scene, before: tuple[str, ...], now: tuple[str, ...]) -> None:
    """Write the characters' new names into the markers; `before` and `now` name the same characters."""
    for marker in scene.timeline_markers:
        place, says = split_owner(marker.name, before)
        if says == marker.name:
            continue
        name = owned_name(says, place, now)
        settings = marker.emogene
        written = settings.written_name == marker.name
        marker.name = name
        if written:
            settings.written_name = name
