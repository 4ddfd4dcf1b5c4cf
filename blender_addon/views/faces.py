# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of each character's planned face: empties or a mesh that agree with the newest plan and its edits.

Empties and mesh are made from the plan and the edits, so they are only ever compared and brought up to date: undo,
redo and loading a file need nothing of their own.
"""

import time
from array import array
from collections.abc import Generator
from dataclasses import dataclass

import bpy
from bpy.app.handlers import persistent

from .. import compat, slices
from ..core.character_key import CharacterKey
from ..core.curves import PlannedShot
from ..core.edited_face import EditedFace, face_as_shown
from ..core.happenings import Happening, Planned
from ..emogene_proto.names import LANDMARK_COUNT
from ..scene import characters, edits
from ..session import follow, listen, unfollow, unlisten
from . import empties, face_keys, face_mesh, seen

_SHOWN = "emogene_shown"
"""Custom property of a head: which face and which edits its empties were keyed from."""
_LOOK_SECONDS = 0.1


@dataclass
class _Face:
    """A face, as it is in memory."""

    name: str
    """Tells it from every other one, of other sessions too."""
    face: EditedFace
    plan: PlannedShot | None
    """None where it was read from the .blend."""
    edits: str = ""
    """Token of the edits that it has."""


_faces: dict[CharacterKey, _Face] = {}
_unreadable: set[CharacterKey] = set()
"""Characters whose empties were looked at in vain."""
_made = 0
_looked = 0.0


def face_of(character) -> EditedFace | None:
    """The character's face with its edits, as it is shown; None before anything is planned or shown."""
    found = _faces.get(characters.key_of(character))
    return found.face if found is not None else None


def is_shown(character) -> bool:
    """Whether empties or a mesh show the face, and not only a head."""
    head = empties.head_of(character)
    return head is not None and _SHOWN in head


def is_current(character) -> bool:
    """Whether what is shown is all that there is to show."""
    found = _faces.get(characters.key_of(character))
    head = empties.head_of(character)
    if head is None or found is None or found.edits != edits.token(character):
        return False
    return head.get(_SHOWN) == _token(character, found)


def show(character) -> None:
    """Make what shows the character's plan, as its settings have it.

    The character must have a plan, or be shown already.
    """
    head = empties.ensured_head(character)
    head[_SHOWN] = head.get(_SHOWN, "")
    _begin(character)


def hide(character) -> None:
    """Take away what shows the face; edits and plan are kept."""
    head = empties.head_of(character)
    if head is None:
        return
    slices.drop(("face", characters.key_of(character)))
    empties.remove(head)
    face_mesh.remove(head)
    if _SHOWN in head:
        del head[_SHOWN]


def _take(happening: Happening) -> None:
    global _made
    if isinstance(happening, Planned):
        plan = happening.plan
        _made += 1
        name = f"{_process}.{_made}"
        _faces[happening.whose] = _Face(name, EditedFace(plan.landmarks, plan.frame_start, plan.fps), plan)
        _unreadable.discard(happening.whose)
        character = characters.found(happening.whose)
        if character is not None and is_shown(character) and not compat.is_modal(bpy.context):
            _begin(character)


def _follow() -> bool:
    """Called after each pump: bring up to date what is not."""
    global _looked
    if time.monotonic() - _looked < _LOOK_SECONDS or compat.is_modal(bpy.context):
        return False
    _looked = time.monotonic()
    for character in characters.everyone():
        key = characters.key_of(character)
        if not is_shown(character) or slices.is_at(("face", key)) or key in _unreadable:
            continue
        if key not in _faces:
            slices.begin(("face", key), _read(key))
        elif not is_current(character):
            _begin(character)
    return False


def _begin(character) -> None:
    key = characters.key_of(character)
    slices.begin(("face", key), _bring_up_to_date(key))


def _token(character, found: _Face) -> str:
    return f"{found.name} {edits.token(character)} {character.landmarks_as}"


def _bring_up_to_date(key: CharacterKey) -> Generator[None]:
    """Key what the plan or the edits changed; each slice looks everything up again, for undo may come between."""
    if (found := _faces.get(key)) is not None:
        yield from edits.prepare_shown(key, found.face.frame_start, found.face.fps)
    character, found = characters.found(key), _faces.get(key)
    head = empties.head_of(character) if character is not None else None
    if found is None or head is None:
        return
    token, face, kind = _token(character, found), found.face, character.landmarks_as
    before = str(head.get(_SHOWN, "")).split(" ")
    layer = edits.shown_edits(character, face.frame_start, face.fps)
    points: set[int] = set()
    for changed in face.with_edits(layer):
        points = changed
        yield
    if " ".join(before) == token:  # an undo brought back what was shown before: only the memory was behind
        found.edits = before[1]
        return
    as_before = before[:1] == [found.name] and before[2:] == [kind]
    if not as_before or before[1:2] != [found.edits]:
        points = set(range(LANDMARK_COUNT))
    if not as_before and found.plan is not None:
        yield from face_keys.key_head(key, found.plan)
    yield from (
        face_keys.key_points(key, face, sorted(points)) if kind == "EMPTIES" else face_keys.show_mesh(key, face)
    )
    character = characters.found(key)
    head = empties.head_of(character) if character is not None else None
    if head is not None:
        head[_SHOWN], found.edits = token, token.split(" ")[1]


def _read(key: CharacterKey) -> Generator[None]:
    """The face that a loaded file shows: without a plan in memory its keys say what was planned."""
    character, head = characters.found(key), face_keys.head_by(key)
    _unreadable.add(key)
    if character is None or head is None:
        return
    shown = empties.landmarks_of(head)
    frames = empties.keyed_frames(shown[0]) if len(shown) == LANDMARK_COUNT else None
    if frames is None:
        return
    keys: list[list[array]] = []
    for point in range(LANDMARK_COUNT):
        head = face_keys.head_by(key)
        empty = empties.landmarks_of(head).get(point) if head is not None else None
        values = empties.read_keys(empty, frames) if empty is not None else None
        if values is None:
            return
        keys.append(values)
        yield
    character, head = characters.found(key), face_keys.head_by(key)
    if character is None or head is None:
        return
    scene = character.id_data
    fps = scene.render.fps / scene.render.fps_base
    name, token, _ = (*str(head.get(_SHOWN, "")).split(" "), "", "")[:3]
    # Keys that were made with other edits than the file has now cannot be told from the plan.
    if token == edits.token(character):
        face = face_as_shown(keys, frames.start, fps, edits.shown_edits(character, frames.start, fps))
        _faces[key] = _Face(name, face, None, token)
        face_keys.written[key] = face
        _unreadable.discard(key)


@persistent
def _after_frame_change(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    if not seen.is_for_editing(depsgraph):
        return  # one of Blender's own renders, which does not see lines
    for character in scene.emogene.characters:
        if character.landmarks_as != "MESH" or not is_shown(character):
            continue
        face, head = face_of(character), empties.head_of(character)
        shown = face_mesh.face_of(head) if head is not None else None
        if face is not None and shown is not None:
            face_mesh.show(shown, face_keys.points_at(face, scene.frame_current))


@persistent
def _after_load(*_) -> None:
    there = {characters.key_of(character) for character in characters.everyone()}
    for key in [key for key in _faces if key not in there]:
        del _faces[key]
        face_keys.written.pop(key, None)
    _unreadable.clear()


_process = f"{time.time_ns():x}"
"""Tells this Blender's faces from those of others."""


def register() -> None:
    listen(_take)
    follow(_follow)
    bpy.app.handlers.frame_change_post.append(_after_frame_change)
    bpy.app.handlers.load_post.append(_after_load)


def unregister() -> None:
    unlisten(_take)
    unfollow(_follow)
    for handlers, handler in (
        (bpy.app.handlers.frame_change_post, _after_frame_change),
        (bpy.app.handlers.load_post, _after_load),
    ):
        if handler in handlers:
            handlers.remove(handler)
    _faces.clear()
    face_keys.written.clear()
    _unreadable.clear()
