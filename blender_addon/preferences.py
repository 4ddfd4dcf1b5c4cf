# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to this computer and not to a .blend: where the backend is and how it is run."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from .redrawing import redraw

EXTENSION = __package__
"""Blender's name of this extension."""


def _changed(preferences: "EmoGenePreferences", context: bpy.types.Context) -> None:
    """What was found and tested was about something else."""
    from .work import backend_place, backend_test  # they import this module

    backend_place.found_python.forget()
    backend_place.own_key_line.forget()
    backend_test.forget()


def _actors(preferences: "EmoGenePreferences", context: bpy.types.Context, text: str) -> list[str]:
    from .session import session  # it imports modules that import this one

    last = session().last_welcome
    return list(last.actors) if last is not None else ["bundled"]


class EmoGenePreferences(bpy.types.AddonPreferences):
    bl_idname = EXTENSION

    place: EnumProperty(
        name="Backend",
        description="Where the program runs that plans and renders",
        items=[
            ("HERE", "On this computer", "Blender starts the backend, and ends it"),
            ("ELSEWHERE", "On another computer", "The backend runs on a computer with a GPU, say; Blender connects"),
        ],
        default="HERE",
        update=_changed,
    )
    backend_python: StringProperty(
        name="Backend Python",
        description="The Python, or the emogene program, that has the backend; empty looks for one on this computer",
        subtype="FILE_PATH",
        update=_changed,
    )
    actors_folder: StringProperty(
        name="Actors",
        description="Folder with actor packs of your own, beside the one that comes with the backend",
        subtype="DIR_PATH",
    )
    cache_folder: StringProperty(
        name="Cache",
        description="Folder for what the backend keeps: voices, plans, frames. Empty is its usual one. "
        "Counts from the backend's next start",
        subtype="DIR_PATH",
    )
    cache_gigabytes: FloatProperty(
        name="Cache size",
        description="GB of rendered frames that the backend keeps; those not used for longest go first. "
        "Counts from the backend's next start",
        default=20.0,
        min=0.1,
        soft_max=500.0,
        max=100_000.0,
        precision=1,
        step=100,
    )
    finish_jobs: BoolProperty(
        name="Finish renders first",
        description="When Blender closes, let the backend finish its renders before it ends. "
        "Otherwise it ends with Blender, and they go on when it is started again",
        default=False,
    )
    remote_address: StringProperty(
        name="Address",
        description="Name or number of the backend's computer, with its port where that is another than 5555: "
        "render1 or 192.168.1.20:5555",
        update=_changed,
    )
    remote_key: StringProperty(
        name="Backend's key",
        description="The backend's public key, 40 characters: emogene serve prints it when it starts",
        update=_changed,
    )
    key_file: StringProperty(
        name="Your key file",
        description="Holds your own key, by which the backend knows you; empty is its usual place",
        subtype="FILE_PATH",
        update=_changed,
    )
    default_actor: StringProperty(
        name="Default actor", description="Who new characters are", default="bundled", search=_actors
    )
    connection_file: StringProperty(
        name="Connection file",
        description="For scripts: written by a running backend, or by emogene keys for one elsewhere. "
        "Goes before all that is said above; empty is its usual place",
        subtype="FILE_PATH",
        update=_changed,
    )
    show_emotion_graph: BoolProperty(
        name="Emotions on the timeline",
        description="Show a band with the emotions over time, and a face at each emotion marker, in timelines and the "
        "sequencer",
        default=True,
        update=lambda self, context: _redraw_graph(),
    )

    def draw(self, context: bpy.types.Context) -> None:
        from .panels.preferences import draw_preferences  # it imports modules that import this one

        draw_preferences(self, context)


def _redraw_graph() -> None:
    from .views import emotion_graph  # it imports this module

    redraw(*emotion_graph.TIMELINES)


def preferences(context: bpy.types.Context) -> EmoGenePreferences:
    return context.preferences.addons[EXTENSION].preferences


CLASSES = (EmoGenePreferences,)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
