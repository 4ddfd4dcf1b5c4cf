# SPDX-License-Identifier: GPL-3.0-or-later
"""The pie menu of emotions, and the key that opens it wherever there is a playhead to see."""

import bpy

from ..views import icons

KEY = {"type": "E", "value": "PRESS", "ctrl": True, "alt": True}
"""Taken by nothing in any of Blender's own keymaps, 4.2 to 5.2; the artist can change it in the preferences."""
KEYMAPS = (("3D View", "VIEW_3D"), ("Dopesheet", "DOPESHEET_EDITOR"), ("Sequencer", "SEQUENCE_EDITOR"))
"""The timeline is a dope sheet too."""
_DIRECTIONS = ("sad", "happy", "neutral", "surprised", "fear", "contempt", "disgusted", "angry")
"""Left, right, down, up, then the corners: upper left and right, lower left and right."""

_items: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []


class EMOGENE_MT_emotions_pie(bpy.types.Menu):
    bl_idname = "EMOGENE_MT_emotions_pie"
    bl_label = "Emotion at the playhead"

    def draw(self, context: bpy.types.Context) -> None:
        pie = self.layout.menu_pie()
        for emotion in _DIRECTIONS:
            icon = icons.emotion_icon(emotion)
            item = pie.operator("emogene.add_marker", text=emotion.capitalize(), text_ctxt="*", icon_value=icon)
            item.emotion = emotion


def users_items(context: bpy.types.Context) -> list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]]:
    """The key of each keymap as the artist has it now."""
    found = []
    for name, space in KEYMAPS:
        keymap = context.window_manager.keyconfigs.user.keymaps.find(name, space_type=space)
        items = keymap.keymap_items if keymap is not None else ()
        found += [(keymap, item) for item in items if _is_ours(item)]
    return found


def _is_ours(item: bpy.types.KeyMapItem) -> bool:
    return item.idname == "wm.call_menu_pie" and item.properties.name == EMOGENE_MT_emotions_pie.bl_idname


CLASSES = (EMOGENE_MT_emotions_pie,)


def register() -> None:
    bpy.utils.register_class(EMOGENE_MT_emotions_pie)
    ours = bpy.context.window_manager.keyconfigs.addon
    if ours is None:
        return
    for name, space in KEYMAPS:
        keymap = ours.keymaps.new(name, space_type=space)
        item = keymap.keymap_items.new("wm.call_menu_pie", **KEY)
        item.properties.name = EMOGENE_MT_emotions_pie.bl_idname
        _items.append((keymap, item))


def unregister() -> None:
    while _items:
        keymap, item = _items.pop()
        keymap.keymap_items.remove(item)
    bpy.utils.unregister_class(EMOGENE_MT_emotions_pie)
