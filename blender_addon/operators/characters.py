# SPDX-License-Identifier: GPL-3.0-or-later
"""Several characters in one scene."""

import bpy

from .. import compat
from ..core.curves import COLLECTION_NAME
from ..scene import characters, markers
from ..views import empties, faces
from .readiness import active_character, no_character, not_editable
from .reporting import refuse


class EMOGENE_OT_add_character(bpy.types.Operator):
    bl_idname = "emogene.add_character"
    bl_label = "Add character"
    bl_description = "Another character in this scene, with a voice, an actor and emotions of its own"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, not_editable(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        characters.added(compat.sequencer_scene(context))
        return {"FINISHED"}


class EMOGENE_OT_remove_character(bpy.types.Operator):
    bl_idname = "emogene.remove_character"
    bl_label = "Remove character"
    bl_description = "Take this character out of the scene, with its emotion markers and landmarks; its strips stay"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, no_character(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        character = active_character(context)
        markers.adopt_names(character.id_data)
        faces.hide(character)
        head = empties.head_of(character)
        if head is not None:
            home = empties.home_of(head)
            bpy.data.objects.remove(head)
            _remove_empty(home)
        characters.remove(character)
        return {"FINISHED"}


def _remove_empty(home: bpy.types.Collection) -> None:
    """The collection that was made for a head goes with it, unless the artist has put something into it."""
    ours = home.name.startswith(COLLECTION_NAME) and home.library is None
    if ours and not home.objects and not home.children:
        bpy.data.collections.remove(home)


CLASSES = (EMOGENE_OT_add_character, EMOGENE_OT_remove_character)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
