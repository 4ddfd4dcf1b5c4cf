# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between Blender 4.2 and 5.2. The only file that asks for Blender's version."""

import bpy

_SLOTTED_ACTIONS = bpy.app.version >= (4, 4, 0)
_STRIPS = bpy.app.version >= (4, 4, 0)
_STRIP_HANDLES = bpy.app.version >= (5, 2, 0)
_MOVERS = ("TRANSFORM", "GRAPH", "ACTION", "SEQUENCER", "MARKER", "ANIM", "POSE", "OBJECT")
_MOVING = tuple(f"{mover}_OT_" for mover in _MOVERS)
"""How the names of operators begin that hold on to objects, keys and strips while the mouse moves them."""
_SEQUENCER_SCENE = bpy.app.version >= (5, 0, 0)
SEQUENCER_SHOWS_LAYERS = bpy.app.version >= (4, 5, 0)
"""Whether strips show EXR files that have more than colour in them; 4.2 shows nothing of them."""

PREVIEW_KEYMAP = "Preview" if bpy.app.version >= (4, 5, 0) else "SequencerPreview"
"""The keymap of the sequencer's preview."""


def strips(scene: bpy.types.Scene):
    """The scene's strips, top level; makes the sequence editor where there is none."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if _STRIPS else editor.sequences


def strips_in(holder):
    """The strips directly in a sequence editor or in a meta strip."""
    return holder.strips if _STRIPS else holder.sequences


def remove_strip(scene: bpy.types.Scene, strip) -> None:
    """Take a strip out of the scene, also out of the meta strip that holds it: Blender removes it only from there."""
    meta = strip.parent_meta()
    (strips(scene) if meta is None else strips_in(meta)).remove(strip)


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


def fcurve_collections(action: bpy.types.Action | None, assigned) -> list:
    """Where the f-curves of an action lie for what `assigned` (animation data or an NLA strip) animates with it."""
    if action is None:
        return []
    if not _SLOTTED_ACTIONS:
        return [action.fcurves]
    slot = assigned.action_slot
    if slot is None:
        return []
    bags = (strip.channelbag(slot) for layer in action.layers for strip in layer.strips if strip.type == "KEYFRAME")
    return [bag.fcurves for bag in bags if bag is not None]


def fcurves(action: bpy.types.Action | None, assigned) -> list[bpy.types.FCurve]:
    """The f-curves of an action for what `assigned` (animation data or an NLA strip) animates with it."""
    return [fcurve for each in fcurve_collections(action, assigned) for fcurve in each]


def own_fcurves(data: bpy.types.Object, name: str):
    """The f-curves of an object's own action, made with this name where there is none yet."""
    animation = data.animation_data or data.animation_data_create()
    action = animation.action or bpy.data.actions.new(name)
    if not _SLOTTED_ACTIONS:
        animation.action = action
        return action.fcurves
    animation.action = action
    slot = animation.action_slot or action.slots.new(id_type="OBJECT", name=data.name)
    animation.action_slot = slot
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True).fcurves


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


def strip_type() -> type:
    """The class of all strips."""
    return bpy.types.Strip if _STRIPS else bpy.types.Sequence


def all_strips(scene: bpy.types.Scene) -> list:
    """The scene's strips, those inside meta strips too."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips_all if _STRIPS else editor.sequences_all)


def is_modal(context: bpy.types.Context) -> bool:
    """Whether the artist is in the middle of moving something, e.g. an object, a key, a strip, with the mouse.

    Other operators may run all the time, e.g. those that show pressed keys.
    """
    windows = context.window_manager.windows if context.window_manager is not None else ()
    return any(each.bl_idname.startswith(_MOVING) for window in windows for each in window.modal_operators)
