"""Frames that cannot be rendered are told at the end, the others stay; rendered again, these are reused."""

import re
from pathlib import Path

import artist
import bpy

FRAMES = int(artist.settings["frames"])
CACHE = Path(artist.settings["backend_cache"])

artist.install()
progress_text = artist.module("panels.main")._progress_text
artist.connect()
scene = artist.a_scene_with_voice()
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))
folder = artist.FOLDER / "emogene" / "day" / "Scene" / "Character"


def missing() -> list[int]:
    return [number for number in range(1, FRAMES + 1) if not (folder / f"frame_{number:04d}.png").exists()]


(CACHE / "cursed").touch()
assert bpy.ops.emogene.render() == {"FINISHED"}
problem = artist.wait_for_problem()
assert problem.message == "Frames 3 and 7 could not be rendered: This frame is cursed.", problem.message
assert problem.hint == "Lift the curse. Then render again: only these frames are rendered."
assert artist.session().job is None and missing() == [3, 7]
assert artist.session().phase.value == "ready"

(CACHE / "cursed").unlink()
(CACHE / "closed").touch()
assert bpy.ops.emogene.render() == {"FINISHED"}
shown = re.compile(rf"Rendering \d+ of {FRAMES}, [1-9]\d* reused(, \d+ s left)?")
artist.wait(lambda: shown.fullmatch(progress_text(artist.session().job)))
(CACHE / "closed").unlink()
artist.wait(artist.idle)
assert artist.session().problem is None and missing() == []
artist.end()
