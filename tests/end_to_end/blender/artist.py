"""What the scripts in this folder share: an installed extension, and time passing as in a window."""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import bpy

EXTENSION = "bl_ext.user_default.emogene"

settings = json.loads(sys.argv[1])
FOLDER = Path(settings["folder"])
"""An empty folder for this script."""
VOICE = Path(settings["voice"])


def install() -> None:
    """Start from Blender's own settings and install the zip with Blender's own installer."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(filepath=settings["zip"], repo="user_default", enable_on_install=True)
    chosen = bpy.context.preferences.addons[EXTENSION].preferences
    chosen.backend_python = settings["python"]
    chosen.actors_folder = settings["actors"]


def module(name: str) -> ModuleType:
    """A module of the installed extension."""
    return importlib.import_module(f"{EXTENSION}.{name}")


def session():
    return module("session").session()


def tick() -> None:
    """What the window's timer does."""
    module("session").pump()
    time.sleep(0.005)


def wait(done: Callable[[], bool], seconds: float = 180.0) -> None:
    """Let time pass until `done()`; any problem of the panel ends it."""
    end = time.monotonic() + seconds
    while not done():
        assert session().problem is None, session().problem
        assert time.monotonic() < end, f"nothing after {seconds} s: {session().phase}, {session().job}"
        tick()


def wait_for_problem(seconds: float = 180.0):
    """Let time pass until the panel shows a problem; returns it."""
    end = time.monotonic() + seconds
    while session().problem is None:
        assert time.monotonic() < end, f"no problem after {seconds} s: {session().phase}"
        tick()
    return session().problem


def start_backend() -> None:
    assert bpy.ops.emogene.start_backend() == {"FINISHED"}
    wait(lambda: session().welcome is not None and session().welcome.ready)


def connect() -> None:
    """To the backend that `connection_file` of the settings announces."""
    chosen = bpy.context.preferences.addons[EXTENSION].preferences
    chosen.connection_file = settings["connection_file"]
    assert bpy.ops.emogene.connect_backend() == {"FINISHED"}
    wait(lambda: session().welcome is not None and session().welcome.ready)


def idle() -> bool:
    return session().job is None


def character(scene: bpy.types.Scene | None = None):
    """The one that the panel shows; made where there is none."""
    return module("scene.characters").ensured(scene or bpy.context.scene)


def shot_of(scene: bpy.types.Scene | None = None):
    return module("scene.shots").shot_of(character(scene))


def planned(scene: bpy.types.Scene | None = None):
    return module("work.plans").plan_of(character(scene))


def voice(scene: bpy.types.Scene | None = None):
    """The only strip of the voice."""
    (strip,) = module("scene.voices").voice_strips(character(scene))
    return strip


def pictures(scene: bpy.types.Scene | None = None):
    """The strip of rendered pictures."""
    return module("views.sequencer").image_strip(character(scene))


def a_scene_with_voice() -> bpy.types.Scene:
    """24 frames a second, 64 x 64 pictures of the tiny actor, the voice on the timeline."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.0
    scene.render.resolution_x = scene.render.resolution_y = 64
    character(scene).actor = "tiny"
    scene.emogene.width = scene.emogene.height = 64
    assert bpy.ops.emogene.load_voice(filepath=str(VOICE)) == {"FINISHED"}
    return scene


def mark(scene: bpy.types.Scene, frame: int, emotion: str, intensity: float = 0.8) -> None:
    scene.frame_set(frame)
    assert bpy.ops.emogene.add_marker(emotion=emotion, intensity=intensity) == {"FINISHED"}


def end() -> None:
    """Disable the extension; Blender's own exit of a module without a window is not part of any test."""
    bpy.ops.preferences.addon_disable(module=EXTENSION)
    sys.stdout.flush()
    os._exit(0)
