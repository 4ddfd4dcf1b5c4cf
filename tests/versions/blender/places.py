"""Where files lie: an unsaved file, relative paths, spaces and umlauts, folders that cannot be written."""

import os
import shutil
from pathlib import Path

import artist
import bpy
import prepared


def rendered_files(scene: bpy.types.Scene) -> list[Path]:
    prepared.render()
    strip = artist.pictures(scene)
    folder = Path(bpy.path.abspath(strip.directory))
    files = [folder / element.filename for element in strip.elements]
    assert len(files) == prepared.FRAMES and all(file.stat().st_size > 0 for file in files)
    return files


def check_refused(scene: bpy.types.Scene, place: Path) -> None:
    """Frames that cannot be written there end in a sentence and a hint, whenever it is noticed."""
    scene.emogene.frames_folder = str(place)
    bpy.ops.emogene.render()
    prepared.settle()
    problem = artist.session().problem
    assert problem is not None, f"nothing is said about {place}"
    assert problem.message.endswith(".") and len(problem.hint) > 10, problem
    assert "fault of its own" not in problem.message, problem
    artist.session().problem = None


artist.install()
chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
chosen.connection_file = artist.settings["connection_file"]

scene = prepared.voice_scene()
prepared.connect()
own = Path(bpy.utils.extension_path_user(artist.EXTENSION))
assert not bpy.data.filepath
assert all(own in file.parents for file in rendered_files(scene)), "an unsaved file writes to the add-on's own folder"

prepared.voice_scene()
path = prepared.saved("größer als sonst")
scene = bpy.context.scene
scene.emogene.frames_folder = "//Bilder für später/"
files = rendered_files(scene)
assert all(artist.FOLDER / "Bilder für später" in file.parents for file in files)
assert artist.pictures(scene).directory.startswith("//"), "the project can be moved"

# The project is moved, with its voice beside it.
strip = artist.voice(scene)
shutil.copy(artist.VOICE, artist.FOLDER / "stimme äöü.wav")
strip.sound.filepath = "//stimme äöü.wav"
bpy.ops.wm.save_mainfile()
moved = artist.FOLDER.with_name("Anderswo, né 2")
artist.FOLDER.rename(moved)
bpy.ops.wm.open_mainfile(filepath=str(moved / path.name))
scene = bpy.context.scene
assert all(moved in file.parents for file in rendered_files(scene)), "frames follow the file"

(moved / "a file").write_text("in the folder's place")
check_refused(scene, moved / "a file")
if os.name == "posix" and os.geteuid() != 0:
    (moved / "locked").mkdir(mode=0o555)
    check_refused(scene, moved / "locked")
if Path("/proc/self").is_dir():
    check_refused(scene, Path("/proc/emogene"))
prepared.disconnect()
artist.end()
