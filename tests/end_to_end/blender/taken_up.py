"""The file of a Blender that was killed while it rendered: its frames come by themselves, and only what is missing."""

from pathlib import Path

import artist
import bpy

FRAMES = int(artist.settings["frames"])
FOLDER = artist.FOLDER / "emogene" / "day" / "Scene" / "Character"


def times() -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in FOLDER.glob("frame_*.png")}


def pictures():
    return artist.pictures()


artist.install()
# Another file has nothing to take up, and looking makes no folder.
artist.connect()
assert artist.idle()
unsaved = Path(bpy.utils.extension_path_user(artist.EXTENSION, path="unsaved"))
assert not unsaved.exists()

before = times()
assert len(before) == 20
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
artist.tick()
job, panel_text = artist.session().job, artist.module("panels.main")._progress_text
assert panel_text(job) == "Taking up the last render"
artist.wait(lambda: job.stage == "rendering")
assert panel_text(job).startswith(f"Rendering 20 of {FRAMES}")
assert not bpy.ops.emogene.render.poll()
assert len(pictures().elements) < FRAMES
(Path(artist.settings["gate"]) / "closed").unlink()
artist.wait(artist.idle)

# As many came as were missing, so each did once; those that were here were left alone.
assert job.done == FRAMES and len(times()) == FRAMES
assert {name: time for name, time in times().items() if name in before} == before
assert pictures().frame_final_start == 1 and pictures().frame_final_duration == FRAMES
assert [element.filename for element in pictures().elements] == [f"frame_{i:04d}.png" for i in range(1, FRAMES + 1)]

# Connected again, the strip of the saved file shows also what needed no fetching.
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
assert len(pictures().elements) < FRAMES
note = artist.module("core.render_note").RenderNote(FOLDER)
note.begin(job._found.render, range(1, FRAMES + 1))
note.leave()
artist.tick()
assert artist.idle(), "tried already with this connection"
bpy.ops.emogene.stop_backend()
artist.connect()
artist.wait(artist.idle)
assert len(pictures().elements) == FRAMES

# Nothing is left to take up.
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
artist.tick()
assert artist.idle() and not list(FOLDER.glob(".*"))
artist.end()
