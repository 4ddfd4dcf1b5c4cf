"""Blender ends in the middle of a render: as Python's module does, or by disabling the extension as a window does."""

import sys

import artist
import bpy

artist.install()
chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
chosen.finish_jobs = artist.settings["finish_jobs"]
artist.start_backend()
scene = artist.a_scene_with_voice()
scene.emogene.width = scene.emogene.height = 256
artist.character(scene).seed = artist.settings["seed"]  # so that no frame is there already
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(lambda: artist.session().job.stage == "rendering" and artist.session().job.done > 0)
(artist.FOLDER / "pid").write_text(str(artist.session()._process.pid))
if artist.settings["disables"]:
    artist.end()
sys.exit(0)
