# SPDX-License-Identifier: GPL-3.0-or-later
"""Escape cancels a render, where the mouse is over an editor that has the panel."""

import bpy

from .. import compat

_KEYMAPS = (("3D View", "VIEW_3D"), ("Sequencer", "SEQUENCE_EDITOR"), (compat.PREVIEW_KEYMAP, "SEQUENCE_EDITOR"))
_items: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []


def register() -> None:
    ours = bpy.context.window_manager.keyconfigs.addon
    if ours is None:  # without a window
        return
    for name, space in _KEYMAPS:
        keymap = ours.keymaps.new(name, space_type=space)
        # Where nothing runs the operator's poll says no, and the key means what it always does.
        _items.append((keymap, keymap.keymap_items.new("emogene.cancel", "ESC", "PRESS")))


def unregister() -> None:
    while _items:
        keymap, item = _items.pop()
        keymap.keymap_items.remove(item)
