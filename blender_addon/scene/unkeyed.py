# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that an artist changed and did not key yet: Blender throws them away where a scene's frame is set."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import bpy

from ..core import data_paths
from . import animation

_Value = bool | int | float | str | tuple | set
_Kept = tuple[bpy.types.ID, str, _Value]

_ROTATIONS = ("rotation_axis_angle", "rotation_euler", "rotation_quaternion")
"""What Blender converts to each other where `rotation_mode` is set, by a keyframe too."""


@contextmanager
def kept() -> Iterator[None]:
    """Whatever frames are set inside, animated values are afterwards as they were before.

    Each data-block of the file is looked at: what is hidden is animated too where something visible depends on it.
    """
    before = [each for data in _animated() for each in _values(data)]
    # Setting a mode converts rotations, so modes go first.
    before.sort(key=lambda each: (not each[1].endswith("rotation_mode"), each[1]))
    try:
        yield
    finally:
        for data, path, value in before:
            # What is gone by now, or may not be set, must not keep the others from coming back.
            with suppress(AttributeError, KeyError, ReferenceError, RuntimeError, TypeError, ValueError):
                if _plain(data.path_resolve(path)) != value:
                    _assign(data, path, value)


def _animated() -> Iterator[bpy.types.ID]:
    """The file's own data-blocks that have animation, also node trees inside others."""
    for kind in bpy.data.bl_rna.properties:
        if kind.type != "COLLECTION":
            continue
        for data in getattr(bpy.data, kind.identifier):
            if data.library is not None:
                continue
            for each in (data, getattr(data, "node_tree", None)):
                if getattr(each, "animation_data", None) is not None:
                    yield each


def _values(data: bpy.types.ID) -> Iterator[_Kept]:
    paths = animation.keyed_paths(data)
    modes = [path for path in paths if path.endswith("rotation_mode")]
    paths |= {mode.removesuffix("rotation_mode") + name for mode in modes for name in _ROTATIONS}
    for path in paths:
        try:
            value = _plain(data.path_resolve(path))
        except ValueError:  # an f-curve of something that is gone
            continue
        if value is not None:
            yield data, path, value


def _plain(value) -> _Value | None:
    """A copy that does not change with the property; None for what no keyframe sets, e.g. a constraint."""
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, set):
        return set(value)
    if value is None or isinstance(value, bpy.types.bpy_prop_collection | bpy.types.bpy_struct):
        return None
    items = tuple(value)
    return items if items and all(isinstance(item, bool | int | float) for item in items) else None


def _assign(data: bpy.types.ID, path: str, value: _Value) -> None:
    owner_path, name, custom = data_paths.split(path)
    owner = data.path_resolve(owner_path) if owner_path else data
    if custom:
        owner[name] = value
    else:
        setattr(owner, name, value)
