# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether landmark empties are where their keys put them, so that one that is elsewhere was moved by hand.

Blender evaluates only what somebody sees: in other scenes, hidden collections and its own renders an empty stays where
it was while the frame goes on. Whatever is not certain counts as not moved.
"""

from collections.abc import Iterable

import bpy
from bpy.app.handlers import persistent

from ..core.character_key import CharacterKey
from ..core.edit_layer import Offset, is_moved
from ..scene import animation
from . import empties

_evaluated: dict[int, int | None] = {}
"""By scene, the frame on which its objects were last evaluated; None where a script set another one without it."""
_changed: set[str] = set()
"""Names of actions that changed since they were last shared out."""
_pending: dict[CharacterKey, set[str]] = {}
"""By character, names of actions that changed since they were last compared with its plan."""


def frame_of(scene: bpy.types.Scene) -> int | None:
    """The frame on which the scene's objects are seen; None where that is not certain, or nobody sees them."""
    if scene.frame_subframe != 0.0 or animation.is_remapped(scene) or _view_layer(scene) is None:
        return None
    frame = _evaluated.setdefault(scene.session_uid, scene.frame_current)
    _doubt(scene)
    return frame if frame == scene.frame_current else None


def moved_by_hand(empty: bpy.types.Object, scene: bpy.types.Scene, frame: int) -> Offset | None:
    """Metres from where the empty's keys put it on a frame, in the head's frame; None where it is there."""
    layer = _view_layer(scene)
    if layer is None or not empty.visible_get(view_layer=layer):
        return None
    keyed = empties.keyed_place(empty, frame)
    if keyed is None:
        return None
    away = tuple(here - there for here, there in zip(empty.location, keyed, strict=True))
    return away if is_moved(away) else None


def last_frame_of(scene: bpy.types.Scene) -> int | None:
    """The frame on which objects still are while another one is being set; None where that is not certain."""
    if animation.is_remapped(scene) or _view_layer(scene) is None:
        return None
    return _evaluated.get(scene.session_uid)


def changed_actions(key: CharacterKey) -> set[str]:
    """Names of actions that changed since a character's keys were last compared with its plan."""
    return _pending.get(key, set()) | _changed


def share_out(keys: Iterable[CharacterKey]) -> None:
    """Keep for each of these characters, until it is compared, what has changed."""
    for key in keys:
        _pending.setdefault(key, set()).update(_changed)
    _changed.clear()


def compared(key: CharacterKey) -> None:
    """Its keys are compared now."""
    _pending.pop(key, None)


def is_for_editing(depsgraph: bpy.types.Depsgraph | None) -> bool:
    """Whether a frame is set for editing: Blender's own renders move copies, and the empties stay where they are."""
    return depsgraph is None or depsgraph.mode == "VIEWPORT"


def _doubt(scene: bpy.types.Scene) -> None:
    """Where a script set another frame, nothing is certain until Blender has evaluated one."""
    if _evaluated.get(scene.session_uid) not in (None, scene.frame_current):
        _evaluated[scene.session_uid] = None


def _view_layer(scene: bpy.types.Scene) -> bpy.types.ViewLayer | None:
    """The view layer in which the scene is seen; None where it is not."""
    if bpy.app.background:
        return bpy.context.view_layer if bpy.context.scene == scene else None
    windows = bpy.context.window_manager.windows
    return next((window.view_layer for window in windows if window.scene == scene), None)


@persistent
def _after_frame_change(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    if not is_for_editing(depsgraph):
        return
    if scene.frame_subframe == 0.0 and _view_layer(scene) is not None:
        _evaluated[scene.session_uid] = scene.frame_current
    else:
        _evaluated.pop(scene.session_uid, None)


@persistent
def _after_update(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    _doubt(scene)
    _changed.update(update.id.name for update in depsgraph.updates if isinstance(update.id, bpy.types.Action))


@persistent
def _after_undo(*_) -> None:
    """What an undo or redo brings back may hold keys that were not taken over yet."""
    _changed.update(action.name for action in bpy.data.actions)
    _evaluated.clear()


@persistent
def _after_load(*_) -> None:
    _evaluated.clear()
    _changed.clear()
    _pending.clear()


_HANDLERS = (
    ("frame_change_post", _after_frame_change),
    ("depsgraph_update_post", _after_update),
    ("undo_post", _after_undo),
    ("redo_post", _after_undo),
    ("load_post", _after_load),
)


def register() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in _HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
    _evaluated.clear()
    _changed.clear()
    _pending.clear()
