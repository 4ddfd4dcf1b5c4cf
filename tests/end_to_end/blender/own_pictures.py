"""Whose a picture is: scenes, copies and linked images of the same name never take each other's."""

from pathlib import Path

import artist
import bpy

artist.install()
happenings, characters = artist.module("core.happenings"), artist.module("scene.characters")
look, pictures, png = artist.module("views.look"), artist.module("views.pictures"), artist.module("core.png")
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))


def a_scene(name: str) -> bpy.types.Scene:
    scene = bpy.data.scenes.new(name)
    scene.camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    scene.collection.objects.link(scene.camera)
    scene.emogene.look_behind = True
    characters.added(scene)
    return scene


def come(scene: bpy.types.Scene, width: int) -> None:
    """A picture of so many pixels comes for the scene's character."""
    made = png.png_of(width, 1, bytes(4 * width))
    look._take(happenings.FramePictured(characters.key_of(characters.active(scene)), 1, made))


def behind(scene: bpy.types.Scene):
    (background,) = scene.camera.data.background_images
    return background


# An image of this name, linked from another file, is left alone, as a linked live picture is.
library = str(artist.FOLDER / "library.blend")
names = ("EmoGene frame Character", artist.module("views.live_view").IMAGE)
strangers = {bpy.data.images.new(name, 8, 8) for name in names}
bpy.data.libraries.write(library, strangers, fake_user=True)
for each in strangers:
    bpy.data.images.remove(each)
with bpy.data.libraries.load(library, link=True) as (_, linked):
    linked.images = list(names)
assert pictures.named(names[1]) is None and bpy.data.images.get(names[1]) is not None

# Two scenes with a character of the same name each have their own picture, whatever it is called later.
one, other = a_scene("one"), a_scene("other")
come(one, 3)
come(other, 5)
assert (look.image_of(one.emogene.characters[0]).size[0], behind(one).image.size[0]) == (3, 3)
assert (look.image_of(other.emogene.characters[0]).size[0], behind(other).image.size[0]) == (5, 5)
first = look.image_of(one.emogene.characters[0])
one.emogene.characters[0].name = "Anna"
come(one, 4)
assert look.image_of(one.emogene.characters[0]) == first and first.size[0] == 4
copy = one.copy()
come(copy, 7)
assert first.size[0] == 4 and look.image_of(copy.emogene.characters[0]).size[0] == 7
bpy.data.scenes.remove(copy)

# What the artist set on the background stays with each new picture.
behind(one).alpha, behind(one).scale = 0.25, 2.0
come(one, 6)
assert (behind(one).alpha, behind(one).scale) == (0.25, 2.0) and behind(one).image.size[0] == 6

# Finals of a part take the picture's place too, over the frames that are there.
anna = one.emogene.characters[0]
folder = artist.module("work.frames").frames_folder(anna)
folder.mkdir(parents=True)
for number in (12, 10, 11):
    (folder / f"frame_{number:04d}.png").write_bytes(png.png_of(2, 2, bytes(16)))
    look._take(happenings.FrameSaved(characters.key_of(anna), number, folder, 101, "png", 48))
look._take(happenings.Finished(characters.key_of(anna), rendered=True, cancelled=False, problem=None))
finals, user = behind(one).image, behind(one).image_user
assert finals == look.image_of(anna) and finals.source == "SEQUENCE" and finals != first
assert (user.frame_start, user.frame_duration, user.frame_offset) == (110, 3, 9)
assert finals.filepath.startswith("//"), "the project can move"
assert behind(one).alpha == 0.25 and behind(other).image.size[0] == 5

# All of it is kept in the file.
bpy.context.window.scene = one
bpy.ops.wm.save_mainfile()
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
one = bpy.data.scenes["one"]
finals = look.image_of(one.emogene.characters[0])
assert finals.source == "SEQUENCE" and Path(bpy.path.abspath(finals.filepath)).is_file()
come(one, 9)
assert look.image_of(one.emogene.characters[0]).size[0] == 9 and behind(one).alpha == 0.25
artist.end()
