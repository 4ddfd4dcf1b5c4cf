# SPDX-License-Identifier: GPL-3.0-or-later
"""68 landmark empties under a head empty: made, found again, keyed on every frame, read."""

from array import array
from collections.abc import Sequence

import bpy

from . import characters, compat
from .core import curves
from .core.curves import Curve
from .core.face_looks import REGION_OF, colour_of, size_of
from .emogene_proto.names import LANDMARK_COUNT

_LINEAR = 1
"""Number of `LINEAR` among keyframe interpolations: keyed on every frame, nothing needs handles."""
_POINT = "emogene_landmark"
"""Custom property of a landmark empty: which one it is."""


def is_ours(thing: bpy.types.ID) -> bool:
    """Whether plans move it: a head empty of any character, or what hangs on one, as landmarks do."""
    heads = [character.head for character in characters.everyone() if character.head is not None]
    return thing in heads or getattr(thing, "parent", None) in heads


def head_of(character) -> bpy.types.Object | None:
    """The empty that carries the character's head pose; None where there is none, or it was deleted."""
    head = character.head
    return head if head is not None and head.users_scene and head.library is None else None


def ensured_head(character) -> bpy.types.Object:
    """The character's head empty, made in a collection of its own where there is none."""
    head = head_of(character)
    if head is not None:
        return head
    scene = character.id_data
    collection = bpy.data.collections.new(f"{curves.COLLECTION_NAME} {character.name}")
    scene.collection.children.link(collection)
    head = bpy.data.objects.new(f"{curves.HEAD_NAME}_{character.name}", None)
    collection.objects.link(head)
    head.empty_display_type, head.empty_display_size = "ARROWS", 0.02
    head.rotation_mode = "QUATERNION"
    character.head = head
    return head


def show_size(head: bpy.types.Object, size: float) -> None:
    """Display size of the head and its landmarks, in metres of a landmark of middle size."""
    head.empty_display_size = 10.0 * size


def landmarks_of(head: bpy.types.Object) -> dict[int, bpy.types.Object]:
    """The landmark empties that are there, by point."""
    # Quicker than `head.children`, which looks at all objects of the file; they usually lie beside the head.
    beside = [each for collection in head.users_collection for each in collection.objects if each.parent == head]
    found = _by_point(beside)
    return found if len(found) == LANDMARK_COUNT else _by_point(head.children)


def ensured_landmark(head: bpy.types.Object, point: int, size: float) -> bpy.types.Object:
    """One landmark empty; a deleted one is made again."""
    empty = landmarks_of(head).get(point)
    if empty is None:
        empty = bpy.data.objects.new(curves.LANDMARK_NAME.format(point), None)
        head.users_collection[0].objects.link(empty)
        empty.empty_display_type = "SPHERE"
        empty.parent = head
        empty.color = colour_of(point)
        empty[_POINT] = point
    empty.empty_display_size = size * size_of(point)
    return empty


def remove(head: bpy.types.Object) -> None:
    """Take the landmark empties away; the head stays."""
    for empty in landmarks_of(head).values():
        action = empty.animation_data.action if empty.animation_data is not None else None
        bpy.data.objects.remove(empty)
        if action is not None and action.users == 0:
            bpy.data.actions.remove(action)


def key(target: bpy.types.Object, new_curves: Sequence[Curve], frame_start: int) -> None:
    """Key an object on every frame; f-curves that are there already are used again, and stay selected or not."""
    fcurves = compat.own_fcurves(target, target.name)
    for curve in new_curves:
        fcurve = fcurves.find(curve.data_path, index=curve.index)
        if fcurve is None:
            fcurve = fcurves.new(curve.data_path, index=curve.index)
        _set_keys(fcurve, curves.keyframe_coordinates(curve.values, frame_start))
    # It is seen where the new keys put it, without waiting for the playhead to move; nothing else is animated anew.
    target.update_tag(refresh={"TIME"})


def read_keys(target: bpy.types.Object, frames: range) -> list[array] | None:
    """x, y and z on each of these frames as the object's own f-curves have them; None where one is missing."""
    animation = target.animation_data
    if animation is None:
        return None
    own = {fcurve.array_index: fcurve for fcurve in compat.fcurves(animation.action, animation) if _moves_it(fcurve)}
    if not all(axis in own for axis in range(3)):
        return None
    return [_values(own[axis], frames) for axis in range(3)]


def keyed_frames(target: bpy.types.Object) -> range | None:
    """The frames that an object is keyed on, where that is each from the first to the last; else None."""
    animation = target.animation_data
    own = [] if animation is None else compat.fcurves(animation.action, animation)
    fcurve = next((each for each in own if _moves_it(each)), None)
    if fcurve is None or not len(fcurve.keyframe_points):
        return None
    first, last = (round(fcurve.keyframe_points[end].co.x) for end in (0, -1))
    frames = range(first, last + 1)
    return frames if len(frames) == len(fcurve.keyframe_points) else None


def _moves_it(fcurve: bpy.types.FCurve) -> bool:
    return fcurve.data_path == "location"


def _set_keys(fcurve: bpy.types.FCurve, coordinates: array) -> None:
    points, count = fcurve.keyframe_points, len(coordinates) // 2
    if len(points) != count:
        points.clear()
        points.add(count)
    points.foreach_set("co", coordinates)
    points.foreach_set("interpolation", array("i", [_LINEAR]) * count)
    fcurve.update()


def _values(fcurve: bpy.types.FCurve, frames: range) -> array:
    points = fcurve.keyframe_points
    if len(points) == len(frames):
        places = array("f", bytes(8 * len(points)))
        points.foreach_get("co", places)
        if places[0::2] == array("f", frames):
            return places[1::2]
    return array("f", (fcurve.evaluate(frame) for frame in frames))


def _by_point(objects) -> dict[int, bpy.types.Object]:
    found = {}
    for each in objects:
        point = each.get(_POINT)
        if isinstance(point, int) and point in REGION_OF:
            found.setdefault(point, each)
    return found
