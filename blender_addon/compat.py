# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between Blender 4.2 and 5.2. The only file that asks for Blender's version."""

import bpy

_SLOTTED_ACTIONS = bpy.app.version >= (4, 4, 0)
_STRIPS = bpy.app.version >= (4, 4, 0)
_STRIP_HANDLES = bpy.app.version >= (5, 2, 0)
_SEQUENCER_SCENE = bpy.app.version >= (5, 0, 0)
SEQUENCER_SHOWS_LAYERS = bpy.app.version >= (4, 5, 0)
"""Whether strips show EXR files that have more than colour in them; 4.2 shows nothing of them."""


def strips(scene: bpy.types.Scene):
    """The scene's strips, top level; makes the sequence editor where there is none."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if _STRIPS else editor.sequences


def strip_start(strip) -> int:
    """First frame on which the strip is seen or heard."""
    return int(strip.left_handle if _STRIP_HANDLES else strip.frame_final_start)


def strip_end(strip) -> int:
    """First frame after the strip."""
    return int(strip.right_handle if _STRIP_HANDLES else strip.frame_final_end)


def strip_content_start(strip) -> float:
    """Frame on which the strip's whole content would begin, were it not trimmed."""
    return float(strip.content_start if _STRIP_HANDLES else strip.frame_start)


def strip_content_frames(strip) -> int:
    """Frames of the strip's whole content, were it not trimmed."""
    return int(strip.content_duration if _STRIP_HANDLES else strip.frame_duration)


def sequencer_scene(context: bpy.types.Context) -> bpy.types.Scene:
    """The scene that the sequencer edits: from 5.0 on the window's scene may be another."""
    if _SEQUENCER_SCENE and context.area is not None and context.area.type == "SEQUENCE_EDITOR":
        return context.sequencer_scene or context.scene
    return context.scene


def fcurves(action: bpy.types.Action | None, assigned) -> list[bpy.types.FCurve]:
    """The f-curves of an action for what `assigned` (animation data or an NLA strip) animates with it."""
    if action is None:
        return []
    if not _SLOTTED_ACTIONS:
        return list(action.fcurves)
    slot = assigned.action_slot
    if slot is None:
        return []
    bags = (strip.channelbag(slot) for layer in action.layers for strip in layer.strips if strip.type == "KEYFRAME")
    return [fcurve for bag in bags if bag is not None for fcurve in bag.fcurves]


def fcurves_of_new_action(data: bpy.types.ID, name: str):
    """Give `data` a fresh action of this name (an older one of ours is used again) and return its empty f-curves."""
    animation = data.animation_data or data.animation_data_create()
    action = animation.action or bpy.data.actions.new(name)
    if not _SLOTTED_ACTIONS:
        animation.action = action
        action.fcurves.clear()
        return action.fcurves
    animation.action = action
    slot = animation.action_slot or action.slots.new(id_type="OBJECT", name=data.name)
    animation.action_slot = slot
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    fcurves = strip.channelbag(slot, ensure=True).fcurves
    fcurves.clear()
    return fcurves


def place_strip(strip, start: int, length: int) -> None:
    """Let an untrimmed strip begin at `start` and be `length` frames long."""
    if _STRIP_HANDLES:
        strip.content_start = start
        strip.left_handle = start
        strip.right_handle = start + length
    else:
        strip.frame_start = start
        strip.frame_offset_start = 0
        strip.frame_final_duration = length
