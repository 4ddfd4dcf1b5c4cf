# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that an artist changed and did not key yet: Blender throws them away where a scene's frame is set."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from . import animation
from .core import data_paths

_Value = float | str | tuple | set


@contextmanager
def kept(scene: bpy.types.Scene) -> Iterator[None]:
    """Whatever frames are set inside, animated values are afterwards as they were before."""
    before = list(_animated_values(scene))
    try:
        yield
    finally:
        for data, path, value in before:
            if _plain(data.path_resolve(path)) != value:
                _assign(data, path, value)


def _animated_values(scene: bpy.types.Scene) -> Iterator[tuple[bpy.types.ID, str, _Value]]:
    for data in _evaluated_with(scene):
        for path in animation.keyed_paths(data):
            try:
                value = data.path_resolve(path)
            except ValueError:  # an f-curve of something that is gone
                continue
            yield data, path, _plain(value)


def _evaluated_with(scene: bpy.types.Scene) -> list[bpy.types.ID]:
    """The file's own data-blocks that setting the scene's frame may change."""
    found: dict[int, bpy.types.ID] = {}
    for layer in scene.view_layers:
        layer.update()
        for evaluated in layer.depsgraph.ids:
            data = evaluated.original
            if data.library is None:
                found[data.as_pointer()] = data
    return list(found.values())


def _plain(value) -> _Value:
    """A copy that does not change with the property."""
    return value if isinstance(value, bool | int | float | str | set) else tuple(value)


def _assign(data: bpy.types.ID, path: str, value: _Value) -> None:
    owner_path, name, custom = data_paths.split(path)
    owner = data.path_resolve(owner_path) if owner_path else data
    if custom:
        owner[name] = value
    else:
        setattr(owner, name, value)
