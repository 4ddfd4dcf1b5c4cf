# SPDX-License-Identifier: GPL-3.0-or-later
"""A face on its way into keys or vertices, in slices; each looks everything up again, for undo may come between."""

from array import array
from collections.abc import Generator

import bpy

from ..core import curves
from ..core.character_key import CharacterKey
from ..core.curves import PlannedShot
from ..core.edit_layer import Offset
from ..core.edited_face import EditedFace
from ..scene import characters, edits
from . import empties, face_mesh, seen

_KEYS_A_SLICE = 6000
"""About two milliseconds of Blender's."""

written: dict[CharacterKey, EditedFace] = {}
"""The face that each character's empties were last keyed from, wholly."""


def key_head(key: CharacterKey, plan: PlannedShot) -> Generator[None]:
    """Key the head's pose, curve by curve."""
    for curve in curves.head_curves(plan):
        head = head_by(key)
        if head is None:
            return
        if curve is not None:
            empties.show_size(head, curves.empty_size(plan.landmarks))
            empties.key(head, [curve], plan.frame_start)
        yield


def key_points(key: CharacterKey, face: EditedFace, points: list[int]) -> Generator[None]:
    """Key these points on every frame; edits that were made meanwhile are kept."""
    if (head := head_by(key)) is not None:
        face_mesh.remove(head)
    size = curves.empty_size(face.landmarks)
    parts = ((0, 1, 2),) if 3 * len(face) <= _KEYS_A_SLICE else ((0,), (1,), (2,))
    meanwhile: dict[int, dict[int, Offset]] = {}
    for point in points:
        for axes in parts:
            character, head = characters.found(key), head_by(key)
            if character is None or head is None:
                return
            empty = empties.ensured_landmark(head, point, size)
            if axes is parts[0] and (moved := _moved_meanwhile(character, face, empty, point)):
                meanwhile[point] = moved
            values, scene = face.values(point), character.id_data
            row = face.row_of(scene.frame_current + scene.frame_subframe)
            new = [curves.Curve("location", axis, values[axis]) for axis in axes]
            empties.key(empty, new, face.frame_start, animate=row is None)
            if row is not None:
                # Nobody takes it for moved by hand before Blender has evaluated the new keys.
                empty.location = [values[axis][row] for axis in range(3)]
            yield
    written[key] = face
    if meanwhile:
        yield from edits.add_in_slices(key, meanwhile)


def _moved_meanwhile(character, face: EditedFace, empty: bpy.types.Object, point: int) -> dict[int, Offset]:
    """Edits, by frame, that the artist made to a point since it was last keyed and that nobody noticed yet."""
    edited: dict[int, Offset] = {}
    key = characters.key_of(character)
    former = written.get(key)
    if former is not None and former is not face and empties.is_moved_by(empty, seen.changed_actions(key)):
        frames = range(former.frame_start, former.frame_start + len(former))
        keys = empties.read_keys(empty, frames)
        offsets = {} if keys is None else former.offsets_to(point, keys)
        edited = {former.frame_start + row: offset for row, offset in offsets.items()}
    scene = character.id_data
    frame = seen.frame_of(scene)
    row = None if frame is None else face.row_of(frame)
    if frame is None or row is None or face.offset_to(row, point, empty.location) is None:
        return edited  # it is where it will be keyed: an edit that is known already
    if (away := seen.moved_by_hand(empty, scene, frame)) is not None:
        edited[frame] = tuple(a + b for a, b in zip(face.displacement(row, point), away, strict=True))
    return edited


def show_mesh(key: CharacterKey, face: EditedFace) -> Generator[None]:
    """Show the face as a mesh, in place of empties."""
    character = characters.found(key)
    if (head := head_by(key)) is None or character is None:
        return
    empties.remove(head)
    face_mesh.show(face_mesh.ensured_face(head), points_at(face, character.id_data.frame_current))
    yield


def head_by(key: CharacterKey) -> bpy.types.Object | None:
    """The head of the character that a key names; None where either is gone."""
    character = characters.found(key)
    return None if character is None else empties.head_of(character)


def points_at(face: EditedFace, frame: int) -> array:
    """The face on a frame; before and after the shot as at its ends."""
    return face.row(min(max(frame - face.frame_start, 0), len(face) - 1))
