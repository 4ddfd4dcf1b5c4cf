# SPDX-License-Identifier: GPL-3.0-or-later
"""From one emotion marker to the next."""

import bpy
from bpy.app.translations import pgettext_tip
from bpy.props import EnumProperty

from .. import compat
from ..scene.markers import emotion_of, owner_index
from ..wording import worded
from .readiness import not_editable
from .reporting import refuse


class EMOGENE_OT_jump_marker(bpy.types.Operator):
    bl_idname = "emogene.jump_marker"
    bl_label = "Jump to emotion marker"
    bl_description = "Move the playhead to the nearest emotion marker before or after it"
    bl_options = {"REGISTER", "UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    direction: EnumProperty(
        name="Direction",
        description="Where to look for a marker",
        items=[
            ("NEXT", "Next", "The nearest emotion marker after the playhead"),
            ("PREVIOUS", "Previous", "The nearest emotion marker before the playhead"),
        ],
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if reason := not_editable(context):
            return refuse(cls, reason)
        some = _frames(compat.sequencer_scene(context))
        return refuse(cls, None if some else "There are no emotion markers yet")

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        # Blender translates tooltips as a whole, but not those of a method.
        return pgettext_tip(properties.bl_rna.properties["direction"].enum_items[properties.direction].description)

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = compat.sequencer_scene(context)
        now, forward = scene.frame_current, self.direction == "NEXT"
        beyond = [(frame, index) for frame, index in _frames(scene) if (frame > now if forward else frame < now)]
        if not beyond:
            after = worded("There is no emotion marker after the playhead")
            before = worded("There is no emotion marker before the playhead")
            self.report({"INFO"}, after if forward else before)
            return {"CANCELLED"}
        # The list's choice moves the playhead.
        scene.emogene.marker_index = (min(beyond) if forward else max(beyond))[1]
        return {"FINISHED"}


def _frames(scene: bpy.types.Scene) -> list[tuple[int, int]]:
    """Frame and index of each emotion marker of the active character."""
    chosen = scene.emogene.active_character
    return [
        (marker.frame, index)
        for index, marker in enumerate(scene.timeline_markers)
        if emotion_of(marker) and owner_index(marker) == chosen
    ]


CLASSES = (EMOGENE_OT_jump_marker,)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
