# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of each frame where only Blender's own evaluation can tell them. Nothing of the artist's is changed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import bpy
from mathutils import Matrix

from . import unkeyed

_Value = TypeVar("_Value")


def sampled(
    scene: bpy.types.Scene, frames: Iterable[int], read: Callable[[bpy.types.Depsgraph], _Value]
) -> list[_Value]:
    """What `read` finds on each frame; slow where the scene is heavy, for it is evaluated whole."""
    frame, subframe = scene.frame_current, scene.frame_subframe
    with unkeyed.kept():
        try:
            return _read_each(scene, frames, read)
        finally:
            scene.frame_set(frame, subframe=subframe)


def world_matrices(
    thing: bpy.types.Object, scene: bpy.types.Scene, frames: Iterable[int], asks_scene: bool
) -> list[Matrix]:
    """Where an object is in the world on each frame, also where it is hidden from view.

    Blender does not evaluate what nobody sees, so an empty that is seen follows the object.

    Args:
        asks_scene: the object moves rightly in this very scene only; else just what it depends on is evaluated, in a
            scene of its own for a moment.
    """
    return watched([thing], scene, frames, asks_scene, lambda followers: followers[0].matrix_world.copy())


def watched(
    things: Sequence[bpy.types.Object],
    scene: bpy.types.Scene,
    frames: Iterable[int],
    asks_scene: bool,
    read: Callable[[list[bpy.types.Object]], _Value],
) -> list[_Value]:
    """What `read` finds on each frame in objects that are where `things` are; a camera's has the camera's lens too.

    Args:
        asks_scene: as in `world_matrices`.
    """
    with ExitStack() as at_end:
        followers = [at_end.enter_context(_follower(thing)) for thing in things]
        seen_in = scene if asks_scene else at_end.enter_context(_scene_like(scene))
        for follower in followers:
            seen_in.collection.objects.link(follower)

        def read_all(depsgraph: bpy.types.Depsgraph) -> _Value:
            return read([follower.evaluated_get(depsgraph) for follower in followers])

        return (sampled if asks_scene else _read_each)(seen_in, frames, read_all)


@contextmanager
def _follower(thing: bpy.types.Object) -> Iterator[bpy.types.Object]:
    follower = bpy.data.objects.new("EmoGene", thing.data if thing.type == "CAMERA" else None)
    try:
        follower.constraints.new("COPY_TRANSFORMS").target = thing
        yield follower
    finally:
        bpy.data.objects.remove(follower)


@contextmanager
def _scene_like(scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """An empty scene with the same time, and the camera that other add-ons take for granted when a frame is set."""
    made = bpy.data.scenes.new("EmoGene")
    try:
        made.render.fps, made.render.fps_base = scene.render.fps, scene.render.fps_base
        made.render.frame_map_old, made.render.frame_map_new = scene.render.frame_map_old, scene.render.frame_map_new
        made.camera = scene.camera
        yield made
    finally:
        bpy.data.scenes.remove(made)


def _read_each(
    scene: bpy.types.Scene, frames: Iterable[int], read: Callable[[bpy.types.Depsgraph], _Value]
) -> list[_Value]:
    values = []
    for frame in frames:
        scene.frame_set(frame)
        values.append(read(scene.view_layers[0].depsgraph))
    return values
