"""The same file is rendered from beginning to end."""

import shutil

import artist
import bpy

artist.install()
artist.connect()
shutil.rmtree(artist.FOLDER / "emogene" / "day")
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
artist.end()
