# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done once in the preferences: try the backend, make a key, copy what others need."""

import getpass
import platform

import bpy
from bpy.app.translations import pgettext_n

from ..core.backend_check import ConnectionCheck, PythonCheck
from ..core.install_command import INSTALL_NOTE, install_command
from ..emogene_proto.errors import EmoGeneError
from ..emogene_proto.keys import new_keys, write_key_file
from ..preferences import preferences
from ..wording import worded
from ..work import backend_place, backend_test
from .reporting import refuse, report


def _why_not_test(context: bpy.types.Context) -> str | None:
    chosen = preferences(context)
    if backend_test.running():
        return pgettext_n("A test is under way")
    return backend_place.why_not_allowed(chosen.remote_address) if backend_place.is_elsewhere(chosen) else None


def _own_key(context: bpy.types.Context) -> bool:
    line, problem = backend_place.own_key_line.get(preferences(context).key_file)
    return bool(line or problem)


def _own_name() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # what it raises where the system knows no name depends on the system
        user = "artist"
    return f"{user}@{platform.node()}"


def _tell(operator: bpy.types.Operator, error: EmoGeneError) -> set[str]:
    """Beneath the preferences' button, where the artist looks."""
    backend_test.tell(error)
    report(operator, error)
    return {"CANCELLED"}


class EMOGENE_OT_test_backend(bpy.types.Operator):
    bl_idname = "emogene.test_backend"
    bl_label = "Test"
    bl_description = "See whether the backend that is chosen here works; the answer stands below in a moment"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _why_not_test(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = preferences(context)
        backend_place.found_python.forget()
        try:
            if backend_place.is_elsewhere(chosen) or (chosen.connection_file and backend_place.is_announced(chosen)):
                way = backend_place.connection_to_use(context)
                check = ConnectionCheck(way, f"Blender {bpy.app.version_string}, test")
            else:
                check = PythonCheck(backend_place.chosen_python(chosen), backend_place.folder(chosen.actors_folder))
        except EmoGeneError as error:
            return _tell(self, error)
        backend_test.begin(check)
        return {"FINISHED"}


class EMOGENE_OT_copy_install_command(bpy.types.Operator):
    bl_idname = "emogene.copy_install_command"
    bl_label = "Copy install command"
    bl_description = "Copy the command that installs the backend on this computer"

    def execute(self, context: bpy.types.Context) -> set[str]:
        command = install_command()
        context.window_manager.clipboard = command
        self.report({"INFO"}, worded("Copied: {command}. {note}", command=command, note=INSTALL_NOTE))
        return {"FINISHED"}


class EMOGENE_OT_make_key(bpy.types.Operator):
    bl_idname = "emogene.make_key"
    bl_label = "Make my key"
    bl_description = "Make a key for backends on other computers; its secret half stays in a file for you alone"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, "You have a key already" if _own_key(context) else None)

    def execute(self, context: bpy.types.Context) -> set[str]:
        keys = new_keys(_own_name(), for_shell=False)
        try:
            write_key_file(backend_place.key_file(preferences(context)), keys)
        except EmoGeneError as error:
            return _tell(self, error)
        backend_place.own_key_line.forget()
        return _copy_key(self, context)


class EMOGENE_OT_copy_key(bpy.types.Operator):
    bl_idname = "emogene.copy_key"
    bl_label = "Copy my key"
    bl_description = "Copy the line for whoever runs the backend; it is no secret"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, None if _own_key(context) else "Make your key first")

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _copy_key(self, context)


def _copy_key(operator: bpy.types.Operator, context: bpy.types.Context) -> set[str]:
    try:
        line = backend_place.key_line(backend_place.read_own_key(preferences(context)))
    except EmoGeneError as error:
        return _tell(operator, error)
    context.window_manager.clipboard = line
    operator.report({"INFO"}, worded("Copied. Give it to whoever runs the backend"))
    return {"FINISHED"}


CLASSES = (EMOGENE_OT_test_backend, EMOGENE_OT_copy_install_command, EMOGENE_OT_make_key, EMOGENE_OT_copy_key)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
