# SPDX-License-Identifier: GPL-3.0-or-later
"""68 landmark empties under a head empty, keyed from a plan."""

from array import array

import bpy

from . import compat
from .core import curves
from .core.curves import Curve, PlannedShot
from .emogene_proto.names import LANDMARK_COUNT

_LINEAR = 1
"""Number of `LINEAR` among keyframe interpolations: keyed on every frame, nothing needs handles."""


def key_empties(scene: bpy.types.Scene, plan: PlannedShot) -> bpy.types.Object:
    """Make the empties, or find those made before, and key them over the whole plan. Returns the head empty."""
    head = _head_empty(scene)
    size = curves.empty_size(plan)
    head.empty_display_size = 10.0 * size
    _key(head, curves.head_curves(plan), plan.frame_start)
    for index, empty in enumerate(_landmark_empties(head)):
        empty.empty_display_size = size
        _key(empty, curves.landmark_curves(plan, index), plan.frame_start)
    return head


def is_ours(thing: bpy.types.ID) -> bool:
    """Whether plans move it: a head empty of any scene, or what hangs on one, as landmarks do."""
    heads = [scene.emogene.head for scene in bpy.data.scenes if scene.emogene.head is not None]
    return thing in heads or getattr(thing, "parent", None) in heads


def _head_empty(scene: bpy.types.Scene) -> bpy.types.Object:
    head = scene.emogene.head
    if head is not None and head.name in scene.objects:
        return head
    collection = bpy.data.collections.new(curves.COLLECTION_NAME)
    scene.collection.children.link(collection)
    head = _new_empty(curves.HEAD_NAME, collection)
    head.empty_display_type = "ARROWS"
    head.rotation_mode = "QUATERNION"
    scene.emogene.head = head
    return head


def _landmark_empties(head: bpy.types.Object) -> list[bpy.types.Object]:
    """All 68 in order; those that the artist deleted are made again."""
    existing = {child.get("emogene_landmark"): child for child in head.children}
    return [existing.get(index) or _new_landmark(head, index) for index in range(LANDMARK_COUNT)]


def _new_landmark(head: bpy.types.Object, index: int) -> bpy.types.Object:
    empty = _new_empty(curves.LANDMARK_NAME.format(index), head.users_collection[0])
    empty.empty_display_type = "SPHERE"
    empty.parent = head
    empty["emogene_landmark"] = index
    return empty


def _new_empty(name: str, collection: bpy.types.Collection) -> bpy.types.Object:
    empty = bpy.data.objects.new(name, None)
    collection.objects.link(empty)
    return empty


def _key(target: bpy.types.Object, new_curves: list[Curve], frame_start: int) -> None:
    fcurves = compat.fcurves_of_new_action(target, target.name)
    for curve in new_curves:
        fcurve = fcurves.new(curve.data_path, index=curve.index)
        points = fcurve.keyframe_points
        points.add(len(curve.values))
        points.foreach_set("co", curves.keyframe_coordinates(curve.values, frame_start))
        points.foreach_set("interpolation", array("i", [_LINEAR]) * len(curve.values))
        fcurve.update()
    # It is seen where the new keys put it, without waiting for the playhead to move; nothing else is animated anew.
    target.update_tag(refresh={"TIME"})
