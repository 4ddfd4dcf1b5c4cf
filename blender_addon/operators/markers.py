# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotion markers on the timeline."""

import bpy
from bpy.app.translations import pgettext_iface
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from .. import compat
from ..core.markers import blended, feelings_of
from ..emogene_proto.shot import Feeling
from ..scene import characters
from ..scene.markers import EMOTION_ITEMS, emotion_of, owner_index, set_feelings
from ..wording import worded
from .readiness import not_editable
from .reporting import refuse


class EMOGENE_OT_add_marker(bpy.types.Operator):
    bl_idname = "emogene.add_marker"
    bl_label = "Add emotion marker"
    bl_description = "Set this emotion from the playhead on; a marker on the same frame is changed"
    bl_options = {"REGISTER", "UNDO"}

    emotion: EnumProperty(name="Emotion", description="What the face feels from the playhead on", items=EMOTION_ITEMS)
    intensity: FloatProperty(
        name="Intensity",
        description="How strongly, from a trace to the full expression",
        default=0.8,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    mix: BoolProperty(
        name="Mix",
        description="Feel it together with what the marker on this frame sets already",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, not_editable(context))

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return worded(
            "The face feels {emotion} from the playhead on; a marker on the same frame is changed.\n"
            "Shift: add it to what that marker sets already; above 1 together, all give way alike",
            emotion=pgettext_iface(properties.emotion.capitalize()).lower(),
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.mix = event.shift
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = compat.sequencer_scene(context)
        owner, frame = characters.index_of(characters.ensured(scene)), scene.frame_current
        # A marker that the artist has given another name since is not ours to change, nor is another character's.
        here = next(
            (m for m in scene.timeline_markers if m.frame == frame and emotion_of(m) and owner_index(m) == owner), None
        )
        meaning = emotion_of(here) if here is not None else None
        new = Feeling(self.emotion, self.intensity)
        feelings = blended(feelings_of(meaning), new) if self.mix and meaning is not None else (new,)
        set_feelings(here or scene.timeline_markers.new(self.emotion, frame=frame), feelings, owner)
        return {"FINISHED"}


class EMOGENE_OT_remove_marker(bpy.types.Operator):
    bl_idname = "emogene.remove_marker"
    bl_label = "Remove emotion marker"
    bl_description = "Delete this marker from the timeline"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(name="Marker", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, not_editable(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        markers = compat.sequencer_scene(context).timeline_markers
        if not 0 <= self.index < len(markers):
            return {"CANCELLED"}
        markers.remove(markers[self.index])
        return {"FINISHED"}


CLASSES = (EMOGENE_OT_add_marker, EMOGENE_OT_remove_marker)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
