"""The artist's part of the demo, in a Blender without a window: only what a hand could do, by the same operators."""

# pyright: reportAttributeAccessIssue=false
# The bpy wheel has no types.

import importlib
import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import bpy

EXTENSION = "bl_ext.user_default.emogene"
START_SECONDS, PLAN_SECONDS, RENDER_SECONDS = 90, 240, 1800
FOUR = ("happy", "surprised", "angry", "sad")
"""Set evenly over a voice of one's own, where no emotions are given."""
_BACKDROP = (0.055, 0.06, 0.075)


class DemoError(Exception):
    """Something did not work; the message says what, and what to do."""


def main(job_file: str) -> int:
    job = SimpleNamespace(**json.loads(Path(job_file).read_text(encoding="utf-8")))
    out = Path(job.out)
    addon = install(job.addon_zip)
    try:
        start_backend(addon, job)
        scene = new_scene(job, out)
        load_voice(addon, scene, job)
        set_markers(scene, job.emotions)
        plan(addon, scene)
        render(addon, scene)
        save_plan(addon, scene, out)
        finish_scene(scene, out)
        stop_backend(addon)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        bpy.ops.preferences.addon_disable(module=EXTENSION)
    return 0


def module(name: str):
    """A module of the installed extension."""
    return importlib.import_module(f"{EXTENSION}.{name}")


def character(scene: bpy.types.Scene):
    """The scene's one character."""
    return module("scene.characters").ensured(scene)


def install(zip_path: str):
    """Blender's own installer; returns the extension's session module, whose `pump` stands for the window's timer."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(filepath=zip_path, repo="user_default", enable_on_install=True)
    if EXTENSION not in bpy.context.preferences.addons:
        raise DemoError("Blender did not enable the extension; its message is above.")
    print(f"Installed {Path(zip_path).name} in Blender {bpy.app.version_string}")
    return module("session")


def wait(addon, what: str, done, seconds: float) -> None:
    """Let time pass as in a window until `done()`; shows how far the job is."""
    began = time.monotonic()
    shown = ""
    while not done():
        addon.pump()
        problem = addon.session().problem
        if problem is not None:
            raise DemoError(f"{what} failed: {problem}")
        if time.monotonic() - began > seconds:
            raise DemoError(f"{what} took more than {seconds} seconds. Try a smaller --size or a shorter voice.")
        shown = show(addon.session().job, shown)
        time.sleep(0.01)
    if addon.session().problem is not None:  # refused before it began
        raise DemoError(f"{what} failed: {addon.session().problem}")
    print(f"\r{what}: {time.monotonic() - began:.1f} s" + " " * 40)


def show(job, shown: str) -> str:
    text = f"  {job.stage} {job.done}/{job.total}" if job is not None and job.total else shown
    if text != shown and sys.stdout.isatty():
        print(f"\r{text}   ", end="", flush=True)
    return text


def start_backend(addon, job) -> None:
    preferences = bpy.context.preferences.addons[EXTENSION].preferences
    preferences.backend_python = job.backend_python
    preferences.actors_folder = job.actors_folder
    preferences.connection_file = job.connection_file
    bpy.ops.emogene.start_backend()
    wait(addon, "Backend started", lambda: (w := addon.session().welcome) is not None and w.ready, START_SECONDS)


def stop_backend(addon) -> None:
    bpy.ops.emogene.stop_backend()
    wait(addon, "Backend stopped", lambda: addon.session().phase.value == "off", 20)


def new_scene(job, out: Path) -> bpy.types.Scene:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.0
    # A slow computer drops pictures rather than let the sound run away.
    scene.sync_mode = "AUDIO_SYNC"
    scene.render.resolution_x = scene.render.resolution_y = job.size
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.emogene.width = scene.emogene.height = job.size
    character(scene).actor = job.actor
    bpy.context.preferences.filepaths.save_version = 0  # no demo.blend1
    # Saved before rendering, so that the frames lie beside the file.
    bpy.ops.wm.save_as_mainfile(filepath=str(out / "demo.blend"))
    return scene


def load_voice(addon, scene: bpy.types.Scene, job) -> None:
    bpy.ops.emogene.load_voice(filepath=job.voice)
    if addon.session().problem is not None:
        raise DemoError(str(addon.session().problem))
    (strip,) = module("scene.voices").voice_strips(character(scene))
    compat = module("compat")
    length = scene.frame_end = compat.strip_end(strip) - compat.strip_start(strip)
    if not job.emotions:
        seconds = length / 24.0
        job.emotions = [
            {"seconds": seconds * i / len(FOUR), "emotion": name, "intensity": 0.9} for i, name in enumerate(FOUR)
        ]


def set_markers(scene: bpy.types.Scene, emotions: list[dict]) -> None:
    for emotion in emotions:
        scene.frame_set(1 + round(emotion["seconds"] * 24))
        bpy.ops.emogene.add_marker(emotion=emotion["emotion"], intensity=emotion["intensity"])
        marker = next(marker for marker in scene.timeline_markers if marker.frame == scene.frame_current)
        marker.name = emotion.get("name", marker.name)  # a mixture is written in the name
        for setting in ("transition_seconds", "easing"):
            if setting in emotion:
                setattr(marker.emogene, setting, emotion[setting])
    scene.frame_set(1)
    print("Markers: " + ", ".join(f"{marker.name} at {marker.frame}" for marker in scene.timeline_markers))


def plan(addon, scene: bpy.types.Scene) -> None:
    bpy.ops.emogene.plan()
    wait(addon, "Planned", lambda: addon.session().job is None, PLAN_SECONDS)
    bpy.ops.emogene.key_empties()
    frames = len(module("work.plans").plan_of(character(scene)).plan)
    print(f"Keyed {len(character(scene).head.children)} landmark empties over {frames} frames")


def render(addon, scene: bpy.types.Scene) -> None:
    bpy.ops.emogene.render()
    wait(addon, "Rendered", lambda: addon.session().job is None, RENDER_SECONDS)


def save_plan(addon, scene: bpy.types.Scene, out: Path) -> None:
    """What the drawings need: the planned arrays, and where the frames are."""
    import numpy as np

    planned = module("work.plans").plan_of(character(scene))
    plan = planned.plan
    shapes = {"landmarks": (68, 3), "weights": (8,), "poses": (4, 4), "gaze": (2,)}
    arrays = {name: np.reshape(np.array(getattr(plan, name)), (-1, *shape)) for name, shape in shapes.items()}
    strip = module("views.sequencer").image_strip(character(scene))
    np.savez(
        out / "demo_plan.npz",
        **arrays,
        fps=plan.fps,
        key_seconds=[key.seconds for key in planned.shot.emotions],
        frames=[bpy.path.abspath(strip.directory) + element.filename for element in strip.elements],
    )


def finish_scene(scene: bpy.types.Scene, out: Path) -> None:
    """A backdrop under the pictures, the film, and the saved file."""
    strips = scene.sequence_editor.strips
    pictures = module("views.sequencer").image_strip(character(scene))
    length = len(pictures.elements)
    backdrop = strips.new_effect("Backdrop", "COLOR", pictures.channel - 1, 1, length=length)
    backdrop.color = _BACKDROP
    scene.frame_end = length
    settings = scene.render
    settings.image_settings.media_type = "VIDEO"
    settings.image_settings.file_format = "FFMPEG"
    settings.ffmpeg.format, settings.ffmpeg.codec, settings.ffmpeg.audio_codec = "MPEG4", "H264", "AAC"
    settings.ffmpeg.constant_rate_factor = "HIGH"
    settings.use_file_extension = False
    settings.filepath = "//demo.mp4"
    bpy.ops.wm.save_mainfile()
    print("Blender writes demo.mp4")
    with quiet():
        bpy.ops.render.render(animation=True)


class quiet:
    """Blender prints a line for each frame of a film, past Python's own streams."""

    def __enter__(self) -> None:
        sys.stdout.flush()
        self._kept = os.dup(1)
        with Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), 1)

    def __exit__(self, *trouble) -> None:
        os.dup2(self._kept, 1)
        os.close(self._kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
