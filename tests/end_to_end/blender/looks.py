"""Pictures on the way to the finished film: at the playhead, as a preview, then the finals; shot folders for a farm."""

import json
import threading
from pathlib import Path

import artist
import bpy

artist.install()
scene = artist.a_scene_with_voice()
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))
camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
scene.collection.objects.link(camera)
scene.camera = camera
look, sequencer, compat = (artist.module(name) for name in ("views.look", "views.sequencer", "compat"))
artist.start_backend()
character = artist.character(scene)
FRAMES = int(artist.settings["frames"])
scene.emogene.look_size = 64

# The picture at the playhead comes without a plan of before, and goes behind the camera.
scene.emogene.look_behind = True
scene.frame_set(12)
assert bpy.ops.emogene.picture() == {"FINISHED"}
artist.wait(lambda: not look.is_coming())
image = look.image_of(character)
assert tuple(image.size) == (64, 64) and image.source == "FILE" and max(image.pixels[:]) > 0.2
(behind,) = camera.data.background_images
assert behind.image == image and camera.data.show_background_images
at_twelve = list(image.pixels)
scene.frame_set(30)
assert bpy.ops.emogene.picture() == {"FINISHED"}
artist.wait(lambda: not look.is_coming())
assert list(look.image_of(character).pixels) != at_twelve

# A preview of a range lies in a strip of its own, above; finals take its place, and that of the picture.
scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 10, 20
assert bpy.ops.emogene.render_preview() == {"FINISHED"}
artist.wait(artist.idle)
preview = sequencer.image_strip(character, "PREVIEW")
assert (compat.strip_start(preview), len(preview.elements)) == (10, 11)
assert preview.directory == "//emogene/day/Scene/Character/preview/"
assert artist.pictures() is None and look.image_of(character).source == "FILE"
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
assert sequencer.image_strip(character, "PREVIEW") is None and len(artist.pictures().elements) == FRAMES
assert look.image_of(character).source == "SEQUENCE"
(behind,) = camera.data.background_images
assert behind.image.source == "SEQUENCE"
assert (behind.image_user.frame_start, behind.image_user.frame_duration) == (1, FRAMES)

# A new preview lies above the finals and leaves them; what the artist cut off a strip stays off.
artist.mark(scene, 10, "angry", 1.0)
artist.pictures().frame_offset_start = 5
before = Path(bpy.path.abspath(artist.pictures().directory), "frame_0012.png").read_bytes()
assert bpy.ops.emogene.render_preview() == {"FINISHED"}
artist.wait(artist.idle)
assert sequencer.image_strip(character, "PREVIEW").channel > artist.pictures().channel
assert Path(bpy.path.abspath(artist.pictures().directory), "frame_0012.png").read_bytes() == before
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
assert compat.strip_start(artist.pictures()) == 6, "still trimmed"
assert Path(bpy.path.abspath(artist.pictures().directory), "frame_0012.png").read_bytes() != before

# A picture on demand takes the finals' place again, until the next render.
assert bpy.ops.emogene.picture() == {"FINISHED"}
artist.wait(lambda: not look.is_coming())
assert look.image_of(character).source == "FILE"
scene.emogene.look_behind = False
assert not len(camera.data.background_images)

# A camera from where the actor was not pictured is told of, as long as it looks.
assert artist.module("work.plans").view_warnings(character) == ()
scene.emogene.camera_choice = "SCENE"
camera.location, camera.rotation_euler = (0.85, -0.53, 0.0), (1.5708, 0.0, 1.0122)
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
(told,) = artist.module("work.plans").view_warnings(character)
assert "degrees aside, beyond the 31" in told, told
scene.emogene.camera_choice = "ACTOR"
assert artist.module("work.plans").view_warnings(character) == ()

# A shot folder has all it needs, is whole, and each is a new one.
character.background_kind = "picture"
character.background_picture = str(artist.FOLDER / "hall.png")
hall = bpy.data.images.new("hall", 8, 8)
hall.filepath_raw, hall.file_format = character.background_picture, "PNG"
hall.save()
assert bpy.ops.emogene.send_to_farm() == {"FINISHED"}
farm = artist.module("work.farm")
artist.wait(lambda: farm.sent_of(character).done)
folder = farm.sent_of(character).packing.folder
assert folder == artist.FOLDER / "emogene_farm" / "day_Scene_Character_v001"
files = sorted(path.name for path in folder.iterdir())
assert files == ["actor", "background.png", "shot.json", "voice.wav"], files
shot = json.loads((folder / "shot.json").read_text())
assert (shot["audio"]["path"], shot["actor"]) == ("voice.wav", "actor")
assert bpy.ops.emogene.copy_command(which="RENDER") == {"FINISHED"}
assert bpy.ops.emogene.send_to_farm() == {"FINISHED"}
assert farm.sent_of(character).packing.folder.name == "day_Scene_Character_v002"
(artist.FOLDER / "sent.txt").write_text(str(folder))
(artist.FOLDER / "hall.png").unlink()
assert bpy.ops.emogene.send_to_farm() == {"CANCELLED"}
assert "hall.png" in artist.session().problem.message
assert threading.active_count() == 1, "no threads in Blender"
artist.end()
