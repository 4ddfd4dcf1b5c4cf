"""Files are saved, closed and opened in the middle of a render: it goes on, and its frames arrive."""

from pathlib import Path

import artist
import bpy

artist.install()
scene = artist.a_scene_with_voice()
DAY, OTHER = str(artist.FOLDER / "Tag und Nacht.blend"), str(artist.FOLDER / "other.blend")
bpy.ops.wm.save_as_mainfile(filepath=OTHER)
scene.emogene.width = scene.emogene.height = 128
bpy.ops.wm.save_as_mainfile(filepath=DAY)
artist.start_backend()
FRAMES = artist.settings["frames"]


def begin(seed: int) -> Path:
    """A render that has begun and is saved; returns its folder."""
    artist.character().seed = seed  # so that no frame is there already
    assert bpy.ops.emogene.render() == {"FINISHED"}
    artist.wait(lambda: artist.session().job.stage == "rendering" and artist.session().job.done > 0)
    bpy.ops.wm.save_mainfile()
    return artist.session().job.folder


# Closed and opened again while it runs: the strip is there at the end, as if nothing had been.
folder = begin(1)
bpy.ops.wm.open_mainfile(filepath=OTHER)
for _ in range(3):
    artist.tick()
assert artist.session().job is not None and artist.pictures() is None
bpy.ops.wm.open_mainfile(filepath=DAY)
artist.wait(artist.idle)
assert len(artist.pictures().elements) == FRAMES
assert Path(bpy.path.abspath(artist.pictures().directory)) == folder

# Closed until after it has ended: it is shown when the file is opened.
artist.module("compat").strips(bpy.context.scene).remove(artist.pictures())
folder = begin(2)
bpy.ops.wm.open_mainfile(filepath=OTHER)
artist.wait(artist.idle)
assert artist.pictures() is None, "another file's render"
assert len(list(folder.glob("frame_*.png"))) == FRAMES
bpy.ops.wm.open_mainfile(filepath=DAY)
strip = artist.pictures()
artist.wait(lambda: artist.pictures() is not None and len(artist.pictures().elements) == FRAMES and artist.idle())

# Undone in the middle: the render goes on, its character is the same.
bpy.ops.ed.undo_push(message="before")
begin(3)
bpy.ops.ed.undo_push(message="during")
bpy.ops.ed.undo()
artist.wait(artist.idle)
assert len(artist.pictures().elements) == FRAMES
artist.end()
