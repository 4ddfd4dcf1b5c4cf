"""The shot that is measured on: the bundled actor, a voice and eight emotion markers at 24 frames a second."""

from pathlib import Path

import artist
import bpy

EMOTIONS = ("neutral", "happy", "surprised", "angry", "sad", "fear", "disgusted", "contempt")


def new_scene(voice: str, side: int = 256) -> bpy.types.Scene:
    """Saved as a file, with the voice on its timeline."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.0
    artist.character(scene).actor = "bundled"
    scene.emogene.width = scene.emogene.height = side
    assert bpy.ops.emogene.load_voice(filepath=voice) == {"FINISHED"}
    bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / f"{Path(voice).stem}.blend"))
    frames = scene.frame_end
    for place, emotion in enumerate(EMOTIONS):
        artist.mark(scene, 1 + place * frames // len(EMOTIONS), emotion)
    scene.frame_set(1)
    return scene


def change_a_marker(scene: bpy.types.Scene, place: int = 1) -> None:
    """As its slider does."""
    settings = scene.timeline_markers[place].emogene
    settings.intensity = 0.9 if settings.intensity < 0.6 else settings.intensity - 0.07


def landmarks() -> bool:
    """Whether what is shown is what there is to show, of the newest plan."""
    return artist.planned() is not None and artist.module("views.faces").is_current(artist.character())
