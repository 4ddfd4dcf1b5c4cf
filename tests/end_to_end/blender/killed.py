"""A render is under way, and the file is saved, when Blender is killed."""

import os
import signal

import artist
import bpy

artist.install()
artist.connect()
scene = artist.a_scene_with_voice()
artist.mark(scene, 10, "happy")
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(lambda: artist.session().job.stage == "rendering" and artist.session().job.done == 20)
bpy.ops.wm.save_mainfile()
os.kill(os.getpid(), signal.SIGKILL)
