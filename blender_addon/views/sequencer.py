# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures as strips."""

from collections.abc import Generator
from pathlib import Path

import bpy

from .. import compat
from ..core import strips
from ..core.character_key import CharacterKey
from ..core.picture_size import picture_size, scale_to_fit
from ..core.strips import StripSpan
from ..scene import characters
from . import colours

PICTURES, PREVIEW = "PICTURES", "PREVIEW"
"""Roles of a character's picture strips. The preview lies above the pictures until these are rendered anew."""


_NOWHERE = -(2**31)
_ELEMENTS_A_SLICE, _NAMES_A_SLICE = 16, 400
"""About a millisecond each, also in strips of thousands of pictures."""


def image_strip(character, role: str = PICTURES):
    """The character's strip of rendered pictures, or None; where the artist split it, the first part."""
    own = [
        strip
        for strip in compat.all_strips(character.id_data)
        if strip.type == "IMAGE" and strip.emogene.role == role and strip.emogene.character == character.uid
    ]
    return min(own, key=compat.strip_start, default=None)


def show_frames(
    whose: CharacterKey, role: str, folder: Path, form: str, numbers: range, frame_start: int
) -> Generator[None]:
    """Let an image strip show these frames of `folder`, number 1 lying at `frame_start`; replaced in place.

    Done in slices: thousands of pictures take Blender a while. A new strip, and one that showed files of another form,
    gets the colour space that shows them as they are. What the artist cut off at the strip's ends stays off as long as
    the same frames are shown.
    """
    names = [strips.frame_file(number, form) for number in numbers]
    start = frame_start + numbers.start - 1
    character = characters.found(whose)
    if character is None:
        return
    strip = image_strip(character, role) or _new_strip(character, role, folder / names[0], start, len(names))
    shown = strips.form_of(strip.elements[0].filename) if strip.emogene.placed != _NOWHERE else ""
    placed = strip.emogene.placed == start and len(strip.elements) == len(names)
    strip.directory = relative(folder) + "/"
    while (strip := _found_strip(whose, role)) is not None and len(strip.elements) != len(names):
        _towards(strip.elements, names)
        yield
    for first in range(0, len(names), _NAMES_A_SLICE):
        if (strip := _found_strip(whose, role)) is None:
            return
        for index, name in enumerate(names[first : first + _NAMES_A_SLICE], first):
            strip.elements[index].filename = name
        yield
    character, strip = characters.found(whose), _found_strip(whose, role)
    if character is None or strip is None:
        return
    if not placed:
        compat.place_strip(strip, start, len(names))
        strip.emogene.placed = start
    if shown != form:
        colours.suit(character.id_data, strip)


def _found_strip(whose: CharacterKey, role: str):
    character = characters.found(whose)
    return None if character is None else image_strip(character, role)


def _towards(elements, names: list[str]) -> None:
    """Some more, or fewer, so that there are as many elements as names."""
    for _ in range(_ELEMENTS_A_SLICE):
        if len(elements) > len(names):
            elements.pop(len(elements) - 1)
        elif len(elements) < len(names):
            elements.append(names[len(elements)])


def _new_strip(character, role: str, first: Path, start: int, length: int):
    scene = character.id_data
    lowest = character.image_channel + (1 if role == PREVIEW else 0)
    channel = strips.free_channel(spans(scene), lowest, start, start + length)
    name = f"EmoGene {character.name}" + (" preview" if role == PREVIEW else "")
    # Blender decodes the picture here to know its size, which takes it many milliseconds: so it gets none to decode.
    strip = compat.strips(scene).new_image(name, str(first.with_name("coming")), channel, start)
    if (size := picture_size(first)) is not None:
        strip.transform.scale_x = strip.transform.scale_y = scale_to_fit(size, _frame_size(scene))
    strip.emogene.character, strip.emogene.role = character.uid, role
    strip.emogene.placed = _NOWHERE
    return strip


def _frame_size(scene: bpy.types.Scene) -> tuple[int, int]:
    return scene.render.resolution_x, scene.render.resolution_y


def drop_preview(character, first: int, end: int) -> None:
    """The frames from `first` up to, without, `end` are there in full: the preview of no others stays."""
    strip = image_strip(character, PREVIEW)
    if strip is not None and first <= compat.strip_start(strip) and compat.strip_end(strip) <= end:
        compat.remove_strip(character.id_data, strip)


def refresh(character, role: str = PICTURES) -> None:
    """Forget pictures that Blender still holds in memory under the same file names."""
    strip = image_strip(character, role)
    if strip is not None:
        strip.invalidate_cache("RAW")


def relative(path: Path) -> str:
    """Relative to the .blend where there is one, so that the project can move."""
    if not bpy.data.filepath:
        return str(path)
    try:
        return bpy.path.relpath(str(path))
    except ValueError:  # Another drive on Windows has no relative path.
        return str(path)


def spans(scene: bpy.types.Scene) -> list[StripSpan]:
    """The places that strips take."""
    return [
        StripSpan(strip.channel, compat.strip_start(strip), compat.strip_end(strip)) for strip in compat.strips(scene)
    ]
