# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, connect to, restart and stop the backend; its memory, its frames, its log."""

import bpy
from bpy.app.translations import pgettext_n

from ..core.backend_process import end_of_log
from ..core.session import Phase
from ..emogene_proto.errors import BackendError, EmoGeneError
from ..preferences import preferences
from ..session import hurry, session
from ..wording import OWN_CONTEXT, worded
from ..work import backend_place
from .reporting import fail, refuse

LOG_NAME = "EmoGene backend log"


def _why_not_begin() -> str | None:
    return None if session().phase in (Phase.OFF, Phase.LOST) else pgettext_n("A backend is connected already")


def _why_not_start(context: bpy.types.Context) -> str | None:
    if backend_place.is_elsewhere(preferences(context)):
        return pgettext_n("The preferences name a backend on another computer: connect to it")
    return _why_not_begin()


def _why_not_connect(context: bpy.types.Context) -> str | None:
    chosen = preferences(context)
    offline = backend_place.why_not_allowed(chosen.remote_address) if backend_place.is_elsewhere(chosen) else None
    return _why_not_begin() or offline


def _why_not_restart(context: bpy.types.Context) -> str | None:
    current = session()
    if current.elsewhere or backend_place.is_elsewhere(preferences(context)):
        return pgettext_n("The backend is on another computer: restart it there")
    if current.phase is Phase.OFF:
        return pgettext_n("The backend is off: start it")
    return pgettext_n("Wait until it has stopped") if current.phase is Phase.STOPPING else None


def _why_not_upkeep() -> str | None:
    current = session()
    if current.phase is not Phase.READY:
        return pgettext_n("No backend is connected")
    return pgettext_n("The backend is on another computer: only its own user can") if current.elsewhere else None


def _why_not_release() -> str | None:
    status = session().upkeep.status
    if status is not None and status.jobs_waiting:
        return pgettext_n("The backend needs its memory for a job")
    return _why_not_upkeep()


class EMOGENE_OT_start_backend(bpy.types.Operator):
    bl_idname = "emogene.start_backend"
    bl_label = "Start backend"
    bl_description = "Start the program that plans and renders, or connect to it if it runs already"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _why_not_start(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            session().start(*backend_place.start_arguments(context))
        except EmoGeneError as error:
            return fail(self, error)
        hurry()
        return {"FINISHED"}


class EMOGENE_OT_connect_backend(bpy.types.Operator):
    bl_idname = "emogene.connect_backend"
    bl_label = "Connect"
    bl_translation_context = OWN_CONTEXT
    bl_description = "Connect to a backend that runs already, on this computer or where the preferences say"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _why_not_connect(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            session().connect_to(backend_place.connection_to_use(context))
        except EmoGeneError as error:
            return fail(self, error)
        hurry()
        return {"FINISHED"}


class EMOGENE_OT_restart_backend(bpy.types.Operator):
    bl_idname = "emogene.restart_backend"
    bl_label = "Restart backend"
    bl_description = "End the backend, also one that does not answer, and start it again; it goes on with its renders"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _why_not_restart(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            session().restart(*backend_place.start_arguments(context))
        except EmoGeneError as error:
            return fail(self, error)
        hurry()
        return {"FINISHED"}


class EMOGENE_OT_stop_backend(bpy.types.Operator):
    bl_idname = "emogene.stop_backend"
    bl_label = "Stop backend"
    bl_description = "End the backend if it was started here, else only leave it; finished frames are kept"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        off = session().phase in (Phase.OFF, Phase.LOST)
        return refuse(cls, pgettext_n("No backend is connected") if off else None)

    def execute(self, context: bpy.types.Context) -> set[str]:
        session().stop()
        hurry()
        return {"FINISHED"}


class EMOGENE_OT_release_memory(bpy.types.Operator):
    bl_idname = "emogene.release_memory"
    bl_label = "Release memory"
    bl_description = "Let the backend give back the memory that it keeps for the next job, also the GPU's"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _why_not_release())

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            session().release_memory()
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_clear_frames(bpy.types.Operator):
    bl_idname = "emogene.clear_frames"
    bl_label = "Clear frames"
    bl_description = (
        "Remove the rendered frames that the backend keeps to use them again. "
        "Those in your own folders stay, and those of renders that go on"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, _why_not_upkeep())

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            session().clear_frames()
        except EmoGeneError as error:
            return fail(self, error)
        return {"FINISHED"}


class EMOGENE_OT_open_log(bpy.types.Operator):
    bl_idname = "emogene.open_log"
    bl_label = "Show log"
    bl_description = "Show the end of what a backend has printed that was started here, as a text in the Text Editor"

    def execute(self, context: bpy.types.Context) -> set[str]:
        file = backend_place.log_file()
        told = end_of_log(file)
        if not told:
            return fail(self, BackendError("There is no log yet.", "It begins when a backend is started here."))
        text = bpy.data.texts.get(LOG_NAME) or bpy.data.texts.new(LOG_NAME)
        text.is_runtime_data = True  # never saved: it names folders of this computer
        text.from_string(f"{file}\n\n{told}")
        for area in context.screen.areas if context.screen is not None else ():
            if area.type == "TEXT_EDITOR":
                area.spaces.active.text = text
        self.report({"INFO"}, worded("The log is in the Text Editor, as '{name}'", name=LOG_NAME))
        return {"FINISHED"}


CLASSES = (
    EMOGENE_OT_start_backend,
    EMOGENE_OT_connect_backend,
    EMOGENE_OT_restart_backend,
    EMOGENE_OT_stop_backend,
    EMOGENE_OT_release_memory,
    EMOGENE_OT_clear_frames,
    EMOGENE_OT_open_log,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
