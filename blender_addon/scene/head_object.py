# SPDX-License-Identifier: GPL-3.0-or-later
"""The movement of an animated object, e.g. an empty, as the movement of the head."""

from collections.abc import Callable, Iterable, Iterator

import bpy
from mathutils import Euler, Matrix, Quaternion, Vector

from ..core import head_track
from ..core.character_key import CharacterKey
from ..core.emotion_curves import ShotSpan
from ..emogene_proto.errors import ShotError
from ..emogene_proto.shot import HeadTrack
from ..views import empties
from . import animation, characters, sampling
from .dependencies import asks_a_scene, simulated, sources_of

_ROTATIONS = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
_NO_SIZE = 1e-9
_FRAMES_A_SLICE = 150
"""About two milliseconds of f-curves."""
_Sample = tuple[tuple[float, float, float], tuple[float, float, float, float]]


def head_track_of(character, span: ShotSpan) -> HeadTrack | None:
    """World location and rotation of the character's head object on each frame; None where there is none.

    Raises:
        ShotError: it is in another scene, is moved by the plan itself or by a simulation, has no size, or leaves all
            bounds.
    """
    track = None
    for slice_track in head_track_in_slices(characters.key_of(character), span):
        track = slice_track
    return track


def head_track_in_slices(key: CharacterKey, span: ShotSpan) -> Iterator[HeadTrack | None]:
    """`head_track_of` in slices, each of which looks everything up again; the last one has the track.

    What only Blender's evaluation of the whole scene can tell is one slice, however long it takes.
    """
    samples: list[_Sample] = []
    metres = 1.0
    while len(samples) < len(span.frames):
        character = characters.found(key)
        thing = None if character is None else _chosen(character)
        if character is None or thing is None:
            return
        scene = character.id_data
        frames = span.frames[len(samples) :]
        if not _asks_others(thing):
            frames = frames[:_FRAMES_A_SLICE]
        matrices = _matrices(thing, scene, frames)
        samples += [_sample(thing, matrix, frame) for matrix, frame in zip(matrices, frames, strict=True)]
        metres = 1.0 if scene.unit_settings.system == "NONE" else scene.unit_settings.scale_length
        yield None
    yield head_track.head_track([place for place, _ in samples], [turn for _, turn in samples], metres)


def _chosen(character) -> bpy.types.Object | None:
    """The object that moves the head; None where there is none."""
    thing = character.head_object
    if thing is None or character.head_object_weight == 0.0 or is_deleted(thing):
        return None
    if character.id_data not in thing.users_scene:
        raise ShotError(
            f"'{thing.name}', which is to move the head, is not in this scene.",
            "Link it to this scene, or choose another object.",
        )
    return thing


def is_deleted(thing: bpy.types.Object) -> bool:
    """Whether only a setting that names it keeps the object in the file."""
    return not thing.users_scene


def _matrices(thing: bpy.types.Object, scene: bpy.types.Scene, frames: Iterable[int]) -> list[Matrix]:
    """The object in the world on each frame, the quickest way that is exact."""
    sources = sources_of(thing)
    own = next((source for source in sources if empties.is_ours(source)), None)
    if own is not None:
        raise ShotError(f"'{own.name}', which moves the head, is moved by the plan itself.", "Choose another object.")
    if not _asks_others(thing):
        read = _matrix_reader(thing)
        return [read(animation.curve_time(scene, frame)) for frame in frames]
    if (moved := simulated(sources)) is not None:
        raise ShotError(
            f"The movement of '{moved.name}', which moves the head, is simulated.",
            "Bake it to keyframes: Object > Rigid Body > Bake to Keyframes.",
        )
    return sampling.world_matrices(thing, scene, frames, any(map(asks_a_scene, sources)))


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

    def values(path: str) -> Callable[[float], list[float]]:
        still = list(getattr(thing, path))
        moving = [(i, fcurves[path, i].evaluate) for i in range(len(still)) if (path, i) in fcurves]

        def at(time: float) -> list[float]:
            now = still.copy()
            for index, evaluate in moving:
                now[index] = evaluate(time)
            return now

        return at

    place, delta_place = values("location"), values("delta_location")
    size, delta_size = values("scale"), values("delta_scale")
    turn = values(_ROTATIONS.get(mode, "rotation_euler"))
    delta_turn = values("delta_rotation_quaternion" if mode == "QUATERNION" else "delta_rotation_euler")

    def read(time: float) -> Matrix:
        turned = _quaternion(mode, turn(time))
        if mode != "AXIS_ANGLE":
            turned = _quaternion(mode, delta_turn(time)) @ turned
        return Matrix.LocRotScale(
            Vector(place(time)) + Vector(delta_place(time)), turned, Vector(size(time)) * Vector(delta_size(time))
        )

    return read


def _quaternion(mode: str, values: list[float]) -> Quaternion:
    if mode == "QUATERNION":
        return Quaternion(values).normalized()
    if mode == "AXIS_ANGLE":
        return Quaternion(values[1:], values[0])
    return Euler(values, mode).to_quaternion()
