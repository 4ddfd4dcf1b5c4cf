# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices landmark empties that the artist moved or keyed, and keeps the difference to the plan as edits.

No undo step is made for it: the artist's own step holds the moved empty, and after a redo it is noticed again.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass, field

import bpy
from bpy.app.handlers import persistent

from .. import compat, slices
from ..core.character_key import CharacterKey
from ..core.edit_layer import Offset
from ..emogene_proto.names import LANDMARK_COUNT
from ..scene import characters, edits
from ..session import follow, hurry, unfollow
from . import empties, faces, seen

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
_looked = 0.0


def take_over(character) -> bool:
    """Keep what is moved now, without waiting for it to stay; whether there was anything."""
    frame = seen.frame_of(character.id_data)
    return frame is not None and _keep(character, frame, _moved(character, frame))


def _follow() -> bool:
    """Called after each pump."""
    global _looked
    now = time.monotonic()
    if now - _looked < _LOOK_SECONDS or compat.is_modal(bpy.context):
        return False
    _looked = now
    shown = [each for each in characters.everyone() if each.landmarks_as == "EMPTIES" and faces.is_shown(each)]
    seen.share_out([characters.key_of(character) for character in shown])
    for character in shown:
        if not _is_edited_by_hand(character):
            continue
        key = characters.key_of(character)
        _look(character, _watched.setdefault(key, _Watched()), now)
        if (changed := seen.changed_actions(key)) and not slices.is_at(("keys", key)):
            seen.compared(key)
            slices.begin(("keys", key), _compare_keys(key, changed))
    return False


def _is_edited_by_hand(character) -> bool:
    """Whether its empties are there, and all as they should be where nobody moved them."""
    return (
        character.landmarks_as == "EMPTIES"
        and faces.is_shown(character)
        and faces.is_current(character)
        and not slices.is_at(("face", characters.key_of(character)))
    )


def _look(character, watched: _Watched, now: float) -> None:
    """Keep what was moved and then let alone for a moment."""
    frame = seen.frame_of(character.id_data)
    moved = {} if frame is None else _moved(character, frame)
    if frame is None or (frame, moved) != (watched.frame, watched.moved):
        watched.frame, watched.moved, watched.since = frame or 0, moved, now
    if frame is not None and moved and (bpy.app.background or now - watched.since >= _SETTLE_SECONDS):
        watched.moved = {}
        _keep(character, frame, moved)


def _moved(character, frame: int) -> dict[int, Offset]:
    """Of each point that was moved by hand on the frame that is seen, the edit that puts it there."""
    face, head = faces.face_of(character), empties.head_of(character)
    row = face.row_of(frame) if face is not None else None
    if face is None or head is None or row is None:
        return {}
    moved = {}
    for point, empty in empties.landmarks_of(head).items():
        offset = face.offset_to(row, point, empty.location)
        # The face says at once that most are where they should be; only Blender can say why one is not.
        if offset is not None and seen.moved_by_hand(empty, character.id_data, frame) is not None:
            moved[point] = offset
    return moved


def _keep(character, frame: int, moved: dict[int, Offset]) -> bool:
    if moved:
        edits.add(character, {point: {frame: offset} for point, offset in moved.items()})
        hurry()
    return bool(moved)


def _compare_keys(key: CharacterKey, changed: set[str]) -> Generator[None]:
    """Keys that the artist set, moved or removed in these actions, against the plan."""
    new: dict[int, dict[int, Offset]] = {}
    for point in range(LANDMARK_COUNT):
        character = characters.found(key)
        if character is None or not faces.is_current(character):
            break
        face, head = faces.face_of(character), empties.head_of(character)
        empty = empties.landmarks_of(head).get(point) if head is not None else None
        if face is None or empty is None or not empties.is_moved_by(empty, changed):
            continue
        frames = range(face.frame_start, face.frame_start + len(face))
        curves = empties.read_keys(empty, frames)
        if curves is not None and (offsets := face.offsets_to(point, curves)):
            new[point] = {face.frame_start + row: offset for row, offset in offsets.items()}
        yield
    if new:
        yield from edits.add_in_slices(key, new)


@persistent
def _before_frame_change(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """What was moved and not keyed would be lost now: Blender puts each empty where its keys have it."""
    frame = seen.last_frame_of(scene)
    if frame is None or frame == scene.frame_current or not seen.is_for_editing(depsgraph):
        return
    for character in scene.emogene.characters:
        if _is_edited_by_hand(character):
            _keep(character, frame, _moved(character, frame))
            _watched.pop(characters.key_of(character), None)


@persistent
def _forget(*_) -> None:
    _watched.clear()


_HANDLERS = (
    ("frame_change_pre", _before_frame_change),
    ("undo_post", _forget),
    ("redo_post", _forget),
    ("load_post", _forget),
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
