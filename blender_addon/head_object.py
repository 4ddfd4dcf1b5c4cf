# SPDX-License-Identifier: GPL-3.0-or-later
"""The movement of an animated object, e.g. an empty, as the movement of the head."""

from collections.abc import Callable, Iterable

import bpy
from mathutils import Euler, Matrix, Quaternion, Vector

from . import animation, empties, sampling
from .core import head_track
from .core.emotion_curves import ShotSpan
from .emogene_proto.errors import ShotError
from .emogene_proto.shot import HeadTrack

_ROTATIONS = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
_CLIP_CONSTRAINTS = {"FOLLOW_TRACK", "OBJECT_SOLVER", "CAMERA_SOLVER"}
"""They go by the clip, camera and picture size of the scene."""
_TARGETS = ("target", "pole_target", "camera", "depth_object")
"""Properties of constraints that name another object."""
_NO_SIZE = 1e-9
_Sample = tuple[tuple[float, float, float], tuple[float, float, float, float]]


def head_track_of(scene: bpy.types.Scene, span: ShotSpan) -> HeadTrack | None:
    """World location and rotation of the scene's head object on each frame; None where there is none.

    Raises:
        ShotError: it is in another scene, is moved by the plan itself or by a simulation, has no size, or leaves all
            bounds.
    """
    thing, weight = scene.emogene.head_object, scene.emogene.head_object_weight
    if thing is None or weight == 0.0 or is_deleted(thing):
        return None
    if scene not in thing.users_scene:
        raise ShotError(
            f"'{thing.name}', which is to move the head, is not in this scene.",
            "Link it to this scene, or choose another object.",
        )
    matrices = _matrices(thing, scene, span)
    samples = [_sample(thing, matrix, frame) for matrix, frame in zip(matrices, span.frames, strict=True)]
    units = scene.unit_settings
    metres = 1.0 if units.system == "NONE" else units.scale_length
    return head_track.head_track([place for place, _ in samples], [turn for _, turn in samples], metres)


def is_deleted(thing: bpy.types.Object) -> bool:
    """Whether only a setting that names it keeps the object in the file."""
    return not thing.users_scene


def _matrices(thing: bpy.types.Object, scene: bpy.types.Scene, span: ShotSpan) -> list[Matrix]:
    """The object in the world on each frame, the quickest way that is exact."""
    sources = _sources(thing)
    own = next((source for source in sources if empties.is_ours(source)), None)
    if own is not None:
        raise ShotError(f"'{own.name}', which moves the head, is moved by the plan itself.", "Choose another object.")
    if not _asks_others(thing):
        read = _matrix_reader(thing)
        return [read(animation.curve_time(scene, frame)) for frame in span.frames]
    simulated = next((source for source in sources if getattr(source, "rigid_body", None) is not None), None)
    if simulated is not None:
        raise ShotError(
            f"The movement of '{simulated.name}', which moves the head, is simulated.",
            "Bake it to keyframes: Object > Rigid Body > Bake to Keyframes.",
        )
    return sampling.world_matrices(thing, scene, span.frames, any(map(_asks_a_scene, sources)))


def _sample(thing: bpy.types.Object, matrix: Matrix, frame: int) -> _Sample:
    """Location and rotation (w, x, y, z). A mirrored object looks along its -Y with its Z up, as any other.

    Raises:
        ShotError: it is scaled to nothing, so it has no rotation.
    """
    axes = matrix.to_3x3()
    if min(axis.length for axis in axes.col) < _NO_SIZE:
        raise ShotError(
            f"'{thing.name}', which moves the head, is scaled to nothing on frame {frame}.",
            "Give it and its parents a scale above 0; to end its movement animate something else.",
        )
    if axes.determinant() < 0.0:
        # Left and right of a face are alike, so X is the axis that can be turned back unseen.
        axes.col[0].negate()
    return tuple(matrix.translation), tuple(axes.to_quaternion())


def _asks_others(thing: bpy.types.Object) -> bool:
    """Whether anything but its own f-curves may move the object."""
    constrained = any(not constraint.mute for constraint in thing.constraints)
    paths, blended = animation.beyond_fcurves(thing)
    changes_mode = ("rotation_mode", 0) in animation.active_fcurves(thing)
    return bool(thing.parent or constrained or paths or blended or changes_mode or thing.rigid_body)


def _matrix_reader(thing: bpy.types.Object) -> Callable[[float], Matrix]:
    """Evaluates the object's own f-curves, as Blender composes location, rotation and scale with their deltas."""
    fcurves = animation.active_fcurves(thing)
    mode = thing.rotation_mode

    def values(path: str, time: float) -> list[float]:
        constant = getattr(thing, path)
        curves = [fcurves.get((path, index)) for index in range(len(constant))]
        return [still if curve is None else curve.evaluate(time) for still, curve in zip(constant, curves, strict=True)]

    def read(time: float) -> Matrix:
        place = Vector(values("location", time)) + Vector(values("delta_location", time))
        turn = _quaternion(mode, values(_ROTATIONS.get(mode, "rotation_euler"), time))
        if mode != "AXIS_ANGLE":
            delta = "delta_rotation_quaternion" if mode == "QUATERNION" else "delta_rotation_euler"
            turn = _quaternion(mode, values(delta, time)) @ turn
        return Matrix.LocRotScale(place, turn, Vector(values("scale", time)) * Vector(values("delta_scale", time)))

    return read


def _quaternion(mode: str, values: list[float]) -> Quaternion:
    if mode == "QUATERNION":
        return Quaternion(values).normalized()
    if mode == "AXIS_ANGLE":
        return Quaternion(values[1:], values[0])
    return Euler(values, mode).to_quaternion()


def _sources(thing: bpy.types.Object) -> list[bpy.types.ID]:
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


def _constraints(thing: bpy.types.Object) -> list[bpy.types.Constraint]:
    bones = thing.pose.bones if thing.pose is not None else ()
    return [*thing.constraints, *(constraint for bone in bones for constraint in bone.constraints)]


def _driver_targets(source: bpy.types.ID) -> Iterable[bpy.types.DriverTarget]:
    data = source.animation_data
    drivers = data.drivers if data is not None else ()
    return [target for driver in drivers for variable in driver.driver.variables for target in variable.targets]


def _asks_a_scene(source: bpy.types.ID) -> bool:
    """Whether its movement depends on a scene, which no other scene can stand for."""
    if isinstance(source, bpy.types.Object) and any(
        constraint.type in _CLIP_CONSTRAINTS and not constraint.mute for constraint in _constraints(source)
    ):
        return True
    data = source.animation_data
    variables = [v for driver in data.drivers for v in driver.driver.variables] if data is not None else []
    return isinstance(source, bpy.types.Scene) or any(variable.type == "CONTEXT_PROP" for variable in variables)
