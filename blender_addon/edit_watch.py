# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices landmark empties that the artist moved or keyed, and keeps the difference to the plan as edits.

No undo step is made for it: the artist's own step holds the moved empty, and after a redo it is noticed again.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass, field

import bpy
from bpy.app.handlers import persistent

from . import characters, compat, edits, empties, faces, slices
from .core.character_key import CharacterKey
from .core.edit_layer import Offset
from .emogene_proto.names import LANDMARK_COUNT
from .session import follow, hurry, unfollow

_LOOK_SECONDS = 0.1
_SETTLE_SECONDS = 0.2
"""So long an empty must stay where it is before its place is taken over."""


@dataclass
class _Watched:
    """What was last seen of one character's empties."""

    frame: int = 0
    moved: dict[int, Offset] = field(default_factory=dict)
    """Edits that would put the points where the empties are."""
    since: float = 0.0


_watched: dict[CharacterKey, _Watched] = {}
_evaluated: dict[int, int] = {}
"""By scene, the frame on which its objects are seen."""
_keyed: set[str] = set()
"""Names of actions that changed since they were last compared with the plan."""
_looked = 0.0


def take_over(character) -> bool:
    """Keep what is moved now, without waiting for it to stay; whether there was anything."""
    watched = _look(character)
    return watched is not None and _keep(character, watched)


def _follow() -> bool:
    """Called after each pump."""
    global _looked
    now = time.monotonic()
    if now - _looked < _LOOK_SECONDS or compat.is_modal(bpy.context):
        return False
    _looked = now
    waiting = False
    for character in characters.everyone():
        if not _is_edited_by_hand(character):
            waiting = waiting or (character.landmarks_as == "EMPTIES" and faces.is_shown(character))
            continue
        watched = _look(character)
        if watched is not None and watched.moved and (bpy.app.background or now - watched.since >= _SETTLE_SECONDS):
            _keep(character, watched)
        key = characters.key_of(character)
        if _keyed and not slices.is_at(("keys", key)):
            slices.begin(("keys", key), _compare_keys(key, set(_keyed)))
    if not waiting:  # for empties that are just brought up to date
        _keyed.clear()
    return False


def _is_edited_by_hand(character) -> bool:
    """Whether its empties are there, and all as they should be where nobody moved them."""
    return (
        character.landmarks_as == "EMPTIES"
        and faces.is_shown(character)
        and faces.is_current(character)
        and not slices.is_at(("face", characters.key_of(character)))
    )


def _look(character) -> _Watched | None:
    """What differs from the plan on the frame that is seen; None where that cannot be told."""
    scene, face, head = character.id_data, faces.face_of(character), empties.head_of(character)
    if face is None or head is None or not _is_evaluated(scene):
        return None
    frame = scene.frame_current
    _evaluated[scene.session_uid] = frame
    row = face.row_of(frame + scene.frame_subframe)
    if row is None:
        return None
    moved = {}
    for point, empty in empties.landmarks_of(head).items():
        if (offset := face.offset_to(row, point, empty.location)) is not None:
            moved[point] = offset
    key = characters.key_of(character)
    before = _watched.get(key)
    same = before is not None and (before.frame, before.moved) == (frame, moved)
    _watched[key] = _Watched(frame, moved, before.since if same else time.monotonic())
    return _watched[key]


def _is_evaluated(scene: bpy.types.Scene) -> bool:
    """Whether the scene's objects are where its frame puts them: scenes that nobody sees are not evaluated."""
    return bpy.app.background or any(window.scene == scene for window in bpy.context.window_manager.windows)


def _keep(character, watched: _Watched) -> bool:
    moved, watched.moved = watched.moved, {}
    if moved:
        edits.add(character, {point: {watched.frame: offset} for point, offset in moved.items()})
        hurry()
    return bool(moved)


def _compare_keys(key: CharacterKey, changed: set[str]) -> Generator[None]:
    """Keys that the artist set, moved or removed in these actions, against the plan."""
    new: dict[int, dict[int, Offset]] = {}
    for point in range(LANDMARK_COUNT):
        character = characters.found(key)
        if character is None or not _is_edited_by_hand(character):
            return
        face, head = faces.face_of(character), empties.head_of(character)
        empty = empties.landmarks_of(head).get(point) if head is not None else None
        if face is None or empty is None or not _acts(empty, changed):
            continue
        frames = range(face.frame_start, face.frame_start + len(face))
        curves = empties.read_keys(empty, frames)
        if curves is not None and (offsets := face.offsets_to(point, curves)):
            new[point] = {face.frame_start + row: offset for row, offset in offsets.items()}
        yield
    character = characters.found(key)
    if character is not None and new:
        edits.add(character, new)


def _acts(empty: bpy.types.Object, names: set[str]) -> bool:
    animation = empty.animation_data
    return animation is not None and animation.action is not None and animation.action.name in names


def _is_seen(depsgraph: bpy.types.Depsgraph | None) -> bool:
    """Whether a frame is set for editing: Blender's own renders move copies, and the empties stay where they are."""
    return depsgraph is None or depsgraph.mode == "VIEWPORT"


@persistent
def _before_frame_change(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """What was moved and not keyed would be lost now: Blender puts each empty where its keys have it."""
    frame = _evaluated.get(scene.session_uid)
    if frame is None or frame == scene.frame_current or not _is_seen(depsgraph):
        return
    for character in scene.emogene.characters:
        face, head = faces.face_of(character), empties.head_of(character)
        row = face.row_of(frame) if face is not None else None
        if face is None or head is None or row is None or not _is_edited_by_hand(character):
            continue
        places = {point: empty.location for point, empty in empties.landmarks_of(head).items()}
        offsets = {point: face.offset_to(row, point, place) for point, place in places.items()}
        moved = {point: {frame: offset} for point, offset in offsets.items() if offset is not None}
        if moved:
            edits.add(character, moved)
        _watched.pop(characters.key_of(character), None)


@persistent
def _after_frame_change(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    if not _is_seen(depsgraph):
        return
    if scene.frame_subframe == 0.0:
        _evaluated[scene.session_uid] = scene.frame_current
    else:
        _evaluated.pop(scene.session_uid, None)


@persistent
def _after_update(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    _keyed.update(update.id.name for update in depsgraph.updates if isinstance(update.id, bpy.types.Action))


@persistent
def _after_undo(*_) -> None:
    """What an undo or redo brings back may hold keys that were not taken over yet."""
    _keyed.update(action.name for action in bpy.data.actions)
    _watched.clear()
    _evaluated.clear()


@persistent
def _after_load(*_) -> None:
    _watched.clear()
    _evaluated.clear()
    _keyed.clear()


_HANDLERS = (
    ("frame_change_pre", _before_frame_change),
    ("frame_change_post", _after_frame_change),
    ("depsgraph_update_post", _after_update),
    ("undo_post", _after_undo),
    ("redo_post", _after_undo),
    ("load_post", _after_load),
)


def register() -> None:
    follow(_follow)
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    unfollow(_follow)
    for name, handler in _HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
    _watched.clear()
    _evaluated.clear()
    _keyed.clear()
