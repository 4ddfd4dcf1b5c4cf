# SPDX-License-Identifier: GPL-3.0-or-later
"""68 landmark empties under a head empty: made, found again, keyed on every frame, read."""

from array import array
from collections.abc import Sequence

import bpy

from .. import compat
from ..core import curves
from ..core.curves import Curve
from ..core.face_looks import REGION_OF, colour_of, size_of
from ..emogene_proto.names import LANDMARK_COUNT
from ..scene import animation, characters

_LINEAR = 1
"""Number of `LINEAR` among keyframe interpolations: keyed on every frame, nothing needs handles."""
_POINT = "emogene_landmark"
"""Custom property of a landmark empty: which one it is."""
_OWNER, _SCENE, _COLLECTION = "emogene_character", "emogene_scene", "emogene_collection"
"""Custom properties of a head: whose it is, and where what hangs on it was put."""


def is_ours(thing: bpy.types.ID) -> bool:
    """Whether plans move it: a head empty of any character, or what hangs on one, as landmarks do."""
    heads = [character.head for character in characters.everyone() if character.head is not None]
    return thing in heads or getattr(thing, "parent", None) in heads


def head_of(character) -> bpy.types.Object | None:
    """The empty that carries the character's head pose; None where there is none, it was deleted, or it is another's.

    A linked copy of a scene names the same one; it belongs to the scene that it was made in.
    """
    head = character.head
    if head is None or head.library is not None or head.get(_OWNER) != character.uid:
        return None
    return head if head.get(_SCENE) == character.id_data and _is_in_file(head) else None


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
    head[_OWNER], head[_SCENE], head[_COLLECTION] = character.uid, scene, collection
    character.head = head
    return head


def _is_in_file(head: bpy.types.Object) -> bool:
    """Whether it is more than a name that a setting keeps. Quick where it lies where it was made."""
    collection = head.get(_COLLECTION)
    if collection is not None and collection.objects.get(head.name) == head:
        return True
    return bool(head.users_scene)  # looks at all objects: only where the artist put it elsewhere


def show_size(head: bpy.types.Object, size: float) -> None:
    """Display size of the head and its landmarks, in metres of a landmark of middle size."""
    head.empty_display_size = 10.0 * size


def landmarks_of(head: bpy.types.Object) -> dict[int, bpy.types.Object]:
    """The landmark empties that are there, by point."""
    # Quicker than `head.children`, which looks at all objects of the file; they usually lie where they were made.
    found = _by_point(beside(head))
    return found if len(found) == LANDMARK_COUNT else _by_point(head.children)


def beside(head: bpy.types.Object) -> list[bpy.types.Object]:
    """What hangs on a head in the collection that was made for it."""
    collection = head.get(_COLLECTION)
    return [] if collection is None else [each for each in collection.objects if each.parent == head]


def home_of(head: bpy.types.Object) -> bpy.types.Collection:
    """Where what hangs on a head is put."""
    return head.get(_COLLECTION) or head.users_collection[0]


def ensured_landmark(head: bpy.types.Object, point: int, size: float) -> bpy.types.Object:
    """One landmark empty; a deleted one is made again."""
    empty = landmarks_of(head).get(point)
    if empty is None:
        empty = bpy.data.objects.new(curves.LANDMARK_NAME.format(point), None)
        home_of(head).objects.link(empty)
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


def key(target: bpy.types.Object, new_curves: Sequence[Curve], frame_start: int, animate: bool = True) -> None:
    """Key an object on every frame; f-curves that are there already are used again, and stay selected or not.

    Args:
        animate: put it where its keys have it; else the caller does, so that Blender need not, which could undo what
            the artist does before it gets to that.
    """
    fcurves = compat.own_fcurves(target, target.name)
    for curve in new_curves:
        fcurve = fcurves.find(curve.data_path, index=curve.index)
        if fcurve is None:
            fcurve = fcurves.new(curve.data_path, index=curve.index)
        _set_keys(fcurve, curves.keyframe_coordinates(curve.values, frame_start))
    if animate:  # without waiting for the playhead to move; nothing else is animated anew
        target.update_tag(refresh={"TIME"})


def read_keys(target: bpy.types.Object, frames: range) -> list[array] | None:
    """x, y and z on each of these frames as the object's own f-curves have them; None where others move it too."""
    own = _moving_curves(target)
    return None if own is None else [_values(fcurve, frames) for fcurve in own]


def keyed_place(target: bpy.types.Object, frame: float) -> tuple[float, ...] | None:
    """Where the object's keys put it on a frame; None where that is not where it is seen: something else moves it."""
    own = _moving_curves(target)
    return None if own is None else tuple(fcurve.evaluate(frame) for fcurve in own)


def is_moved_by(target: bpy.types.Object, actions: set[str]) -> bool:
    """Whether the object's own action is one of these, by name."""
    data = target.animation_data
    return data is not None and data.action is not None and data.action.name in actions


def _moving_curves(target: bpy.types.Object) -> list[bpy.types.FCurve] | None:
    """The three f-curves that alone move the object; None where one is missing, muted or modified, or more moves it."""
    paths, blended = animation.beyond_fcurves(target)
    if blended or "location" in paths:
        return None
    active = animation.active_fcurves(target)
    own = [active.get(("location", axis)) for axis in range(3)]
    moves_alone = all(fcurve is not None and all(each.mute for each in fcurve.modifiers) for fcurve in own)
    return own if moves_alone else None


def keyed_frames(target: bpy.types.Object) -> range | None:
    """The frames that an object is keyed on, where that is each from the first to the last; else None."""
    data = target.animation_data
    own = [] if data is None else compat.fcurves(data.action, data)
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
