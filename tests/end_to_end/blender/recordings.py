"""Whatever a voice was recorded with is loaded and planned, and the panel says what is wrong with a recording."""

from pathlib import Path

import artist
import bpy


class Shown:
    """Takes what a panel draws, in place of its layout, and keeps the words."""

    def __init__(self):
        self.words: list[str] = []

    def __getattr__(self, name: str):
        return lambda *given, **named: self

    def label(self, text: str = "", **how) -> None:
        self.words.append(text)


def voice_panel() -> str:
    shown = Shown()
    artist.module("panels.cast").draw_voice(shown, bpy.context, scene, artist.character(scene))
    return " ".join(shown.words)


def plan(path: str) -> int:
    """Load and plan a recording; returns the frames of its plan."""
    assert bpy.ops.emogene.load_voice(filepath=path) == {"FINISHED"}
    assert bpy.ops.emogene.plan() == {"FINISHED"}
    artist.wait(artist.idle)
    return len(artist.planned(scene).plan)


artist.install()
scene = artist.a_scene_with_voice()
artist.start_backend()
shown_by_chooser = artist.module("operators.voice").EMOGENE_OT_load_voice.__annotations__["filter_glob"]
endings = shown_by_chooser.keywords["default"].split(";")

# Sound files and videos: the strip is as long as its sound, and so is the plan.
for path in artist.settings["recordings"]:
    assert f"*{Path(path).suffix}" in endings, path
    assert abs(plan(path) - artist.settings["recorded_frames"]) <= 1, path
    strip = artist.voice(scene)
    assert abs(strip.frame_final_duration - artist.settings["recorded_frames"]) <= 1, path
    assert "breaks off" not in voice_panel(), path

# One that breaks off is planned as far as it goes and the panel says so, also when its plan was there already.
for _ in range(2):
    assert plan(artist.settings["broken_off"]) == artist.settings["recorded_frames"] // 2
    assert "take.wav says that it lasts 2.0 s but breaks off after 1.0 s" in voice_panel()
    artist.module("work.plans")._plans.clear()
    assert "breaks off" not in voice_panel()
plan(artist.settings["broken_off"])
assert bpy.ops.emogene.load_voice(filepath=artist.settings["voice"]) == {"FINISHED"}
assert "breaks off" not in voice_panel(), "it is told of the voice that is there"
artist.end()
