# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest plan of each character; plans live as long as Blender runs."""

import bpy
from bpy.app.handlers import persistent

from ..core.character_key import CharacterKey
from ..core.happenings import Happening, Planned
from ..emogene_proto.coverage import coverage_warnings
from ..scene import characters
from ..session import listen, session, unlisten

_plans: dict[CharacterKey, Planned] = {}
_views: dict[CharacterKey, tuple[str, ...]] = {}
"""What the newest plan that knew the camera says of it."""


def plan_of(character) -> Planned | None:
    """The newest plan of the character."""
    return _plans.get(characters.key_of(character))


def view_warnings(character) -> tuple[str, ...]:
    """What will look wrong from where Blender's camera was when it was last planned or rendered with."""
    seen_by_blender = character.id_data.emogene.camera_choice == "SCENE"
    return _views.get(characters.key_of(character), ()) if seen_by_blender else ()


def _take(happening: Happening) -> None:
    if not isinstance(happening, Planned):
        return
    _plans[happening.whose] = happening
    shot, welcome = happening.shot, session().welcome
    if shot.camera is not None or shot.camera_track:
        covered = {each.actor: each.covered_to for each in welcome.coverage} if welcome is not None else {}
        emotions = coverage_warnings(shot, covered.get(shot.actor, {}))
        _views[happening.whose] = tuple(warning for warning in happening.warnings if warning not in emotions)


@persistent
def _after_load(*_) -> None:
    """Session ids of another file's scenes are others; plans of the former file are needed no more."""
    there = {characters.key_of(character) for character in characters.everyone()}
    for key in [key for key in _plans if key not in there]:
        del _plans[key]
        _views.pop(key, None)


def register() -> None:
    listen(_take)
    bpy.app.handlers.load_post.append(_after_load)


def unregister() -> None:
    unlisten(_take)
    if _after_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_after_load)
    _plans.clear()
    _views.clear()
