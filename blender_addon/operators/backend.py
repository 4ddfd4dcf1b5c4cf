# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, connect to and stop the backend."""

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_n

from ..core.backend_process import find_python
from ..core.session import Phase
from ..emogene_proto.connection import default_connection_file
from ..emogene_proto.errors import EmoGeneError
from ..preferences import preferences
from ..session import session
from .reporting import fail, refuse


def _connected_reason() -> str | None:
    off = session().phase in (Phase.OFF, Phase.LOST)
    return None if off else pgettext_n("A backend is connected already")


def _connection_file(context: bpy.types.Context) -> Path:
    chosen = preferences(context).connection_file
    return Path(bpy.path.abspath(chosen)) if chosen else default_connection_file()


class EMOGENE_OT_start_backend(bpy.types.Operator):
    bl_idname = "emogene.start_backend"
    bl_label = "Start backend"
    bl_description = "Start the program that plans and renders, or connect to it if it runs already"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _connected_reason())

    def execute(self, context: bpy.types.Context) -> set[str]:
        own_folder = Path(bpy.utils.extension_path_user(__package__.rpartition(".")[0], create=True))
        chosen = preferences(context)
        try:
            python = find_python(bpy.path.abspath(chosen.backend_python))
            actors = Path(bpy.path.abspath(chosen.actors_folder)) if chosen.actors_folder else None
            session().start(python, _connection_file(context), own_folder / "backend.log", actors)
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_connect_backend(bpy.types.Operator):
    bl_idname = "emogene.connect_backend"
    bl_label = "Connect"
    bl_description = "Connect to a backend that runs already, on this computer or where the connection file says"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _connected_reason())

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            session().connect(_connection_file(context))
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_stop_backend(bpy.types.Operator):
    bl_idname = "emogene.stop_backend"
    bl_label = "Stop backend"
    bl_description = "End the backend if it was started here, else only leave it; finished frames are kept"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        off = session().phase in (Phase.OFF, Phase.LOST)
        return refuse(cls, "No backend is connected" if off else None)

    def execute(self, context: bpy.types.Context) -> set[str]:
        session().stop()
        return {"FINISHED"}


CLASSES = (EMOGENE_OT_start_backend, EMOGENE_OT_connect_backend, EMOGENE_OT_stop_backend)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
