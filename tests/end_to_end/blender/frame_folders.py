"""Where frames lie: characters, scenes and files never share a folder, and keep theirs when they are renamed."""

from pathlib import Path

import artist
import bpy

artist.install()
characters, frames = artist.module("scene.characters"), artist.module("work.frames")
scene = bpy.context.scene
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))


def rendered(character, role: str = "PICTURES") -> Path:
    """Where a render puts its frames; none is a preview that is not one."""
    folder = frames.frames_folder(character, role)
    assert frames.role_of(folder) == role
    assert frames.known_frames_folder(character, role) == folder
    return folder


# The first rendering of a character goes where its name says; names that look the same on disk go elsewhere.
characters.added(scene, "Anna 2")
characters.added(scene, "Anna_2")
characters.added(scene, "preview")
anna, other, preview = scene.emogene.characters
expected = artist.FOLDER / "emogene" / "day" / "Scene"
assert frames.known_frames_folder(anna) == expected / "Anna_2" and not anna.frames_name, "looking keeps nothing"
assert rendered(anna) == expected / "Anna_2"
assert rendered(other) == expected / "Anna_2_2"
assert rendered(preview) == expected / "preview_2"
assert rendered(preview, "PREVIEW") == expected / "preview_2" / "preview"

# Renamed, it keeps its folder: a new one of its former name writes over nothing, also in the saved file.
anna.name = "Bert"
characters.added(scene, "Anna 2")
anna, *_, new = scene.emogene.characters
assert rendered(anna) == expected / "Anna_2" and rendered(new) == expected / "Anna_2_3"
bpy.ops.wm.save_mainfile()
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
scene = bpy.data.scenes["Scene"]
anna, *_, new = scene.emogene.characters
assert rendered(anna) == expected / "Anna_2" and rendered(new) == expected / "Anna_2_3"

# A renamed scene keeps its folder, a copy and a new scene of the former name have their own.
copy = scene.copy()
assert rendered(copy.emogene.characters[0]) == expected.parent / "Scene.001" / "Anna_2"
scene.name = "First"
fresh = bpy.data.scenes.new("Scene")
characters.added(fresh, "Bert")
assert rendered(scene.emogene.characters[0]) == expected / "Anna_2"
assert rendered(fresh.emogene.characters[0]) == expected.parent / "Scene_2" / "Bert"

# Files side by side whose names differ only in odd characters.
folders = set()
for name in ("shot 1.blend", "shot_1.blend"):
    bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / name))
    folders.add(rendered(bpy.data.scenes["First"].emogene.characters[0]))
assert len(folders) == 2 and artist.FOLDER / "emogene" / "shot_1" / "Scene" / "Anna_2" in folders
artist.end()
