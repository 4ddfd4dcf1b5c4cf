# SPDX-License-Identifier: GPL-3.0-or-later
"""What the movement of an object is made of."""

from collections.abc import Iterable

import bpy

_CLIP_CONSTRAINTS = {"FOLLOW_TRACK", "OBJECT_SOLVER", "CAMERA_SOLVER"}
"""They go by the clip, camera and picture size of the scene."""
_TARGETS = ("target", "pole_target", "camera", "depth_object")
"""Properties of constraints that name another object."""


def sources_of(thing: bpy.types.Object) -> list[bpy.types.ID]:
    """The object and all that its movement is made of: parents, targets of constraints and of drivers."""
    found: list[bpy.types.ID] = []
    waiting: list[bpy.types.ID | None] = [thing]
    while waiting:
        source = waiting.pop()
        if source is None or source in found:
            continue
        found.append(source)
        waiting += [target.id for target in _driver_targets(source)]
        if isinstance(source, bpy.types.Object):
            waiting += [source.parent, source.data]
            waiting += [getattr(c, name, None) for c in _constraints(source) for name in _TARGETS]
            waiting += [each.target for c in _constraints(source) for each in getattr(c, "targets", ())]
    return found


def simulated(sources: Iterable[bpy.types.ID]) -> bpy.types.ID | None:
    """The first of them that a rigid body simulation moves."""
    return next((source for source in sources if getattr(source, "rigid_body", None) is not None), None)


def asks_a_scene(source: bpy.types.ID) -> bool:
    """Whether its movement depends on a scene, which no other scene can stand for."""
    if isinstance(source, bpy.types.Object) and any(
        constraint.type in _CLIP_CONSTRAINTS and not constraint.mute for constraint in _constraints(source)
    ):
        return True
    data = source.animation_data
    variables = [v for driver in data.drivers for v in driver.driver.variables] if data is not None else []
    return isinstance(source, bpy.types.Scene) or any(variable.type == "CONTEXT_PROP" for variable in variables)


def _constraints(thing: bpy.types.Object) -> list[bpy.types.Constraint]:
    bones = thing.pose.bones if thing.pose is not None else ()
    return [*thing.constraints, *(constraint for bone in bones for constraint in bone.constraints)]


def _driver_targets(source: bpy.types.ID) -> Iterable[bpy.types.DriverTarget]:
    data = source.animation_data
    drivers = data.drivers if data is not None else ()
    return [target for driver in drivers for variable in driver.driver.variables for target in variable.targets]
