# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest plan of each character; plans live as long as Blender runs."""

import bpy
from bpy.app.handlers import persistent

from . import characters
from .core.character_key import CharacterKey
from .core.happenings import Happening, Planned
from .session import listen, unlisten

_plans: dict[CharacterKey, Planned] = {}


def plan_of(character) -> Planned | None:
    """The newest plan of the character."""
    return _plans.get(characters.key_of(character))


def _take(happening: Happening) -> None:
    if isinstance(happening, Planned):
        _plans[happening.whose] = happening


@persistent
def _after_load(*_) -> None:
    """Session ids of another file's scenes are others; plans of the former file are needed no more."""
    there = {characters.key_of(character) for character in characters.everyone()}
    for key in [key for key in _plans if key not in there]:
        del _plans[key]


def register() -> None:
    listen(_take)
    bpy.app.handlers.load_post.append(_after_load)


def unregister() -> None:
    unlisten(_take)
    if _after_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_after_load)
    _plans.clear()
