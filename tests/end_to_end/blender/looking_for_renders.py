"""A file with many characters is opened: no turn of the window's timer looks into more than one folder."""

import time

import artist
import bpy

artist.install()
characters, frames, take_up = (artist.module(n) for n in ("scene.characters", "work.frames", "work.take_up"))
notes = artist.module("core.render_note")
scene = bpy.context.scene
for _ in range(6):
    characters.added(scene)
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))
folder = frames.frames_folder(scene.emogene.characters[5], "PREVIEW")
folder.mkdir(parents=True)
note = notes.RenderNote(folder)
note.begin(notes.NotedRender("0123456789ab", time.time(), notes.RenderedRange(1, 4, 4, 1)))
note.leave()
artist.start_backend()
artist.wait(artist.idle)

artist.module("slices").at_once = False
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
take_up._tried.clear()
left = []
while not take_up._tried:
    assert artist.module("session").pump(), "it wants another turn soon"
    left.append(len(take_up._waiting))
assert left == list(range(11, -1, -1)), left
assert [tried for _, tried in take_up._tried] == [folder], "the note in the last one is found"
artist.wait(artist.idle)
artist.end()
