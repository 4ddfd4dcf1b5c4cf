"""The live picture follows the playhead and what the artist changes, and leaves nothing behind."""

import artist
import bpy
import numpy as np

artist.install()
scene = artist.a_scene_with_voice()
scene.emogene.live_size = 64
live, live_view = artist.module("views.live"), artist.module("views.live_view")

assert not bpy.ops.emogene.live.poll(), "not without a backend"
artist.start_backend()
assert bpy.ops.emogene.live.poll()


def shown(frame: int) -> bool:
    """Whether the stream's picture of this frame is the one that is shown."""
    picture = live._shown.picture if live._shown else None
    return picture is not None and picture.frame == frame


def pixels() -> np.ndarray:
    image = bpy.data.images[live_view.IMAGE]
    values = np.empty(4 * image.size[0] * image.size[1], np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], 4)


scene.frame_set(10)
assert bpy.ops.emogene.live() == {"FINISHED"} and live.running()
artist.wait(lambda: shown(10))
tenth = pixels()
assert tenth.shape == (64, 64, 4) and tenth[..., 3].max() > 0.5
# Rows lie bottom up in Blender, and the values are those that came.
picture = live._shown.picture
came = np.frombuffer(bytes(picture.rgba), np.uint8).reshape(picture.height, picture.width, 4)[::-1]
assert np.abs(tenth * 255 - came).max() < 0.51
# They are said to be display-encoded: read as plain data, overlays would be encoded twice, much too bright.
assert bpy.data.images[live_view.IMAGE].colorspace_settings.name == "sRGB"

# Scrubbing.
scene.frame_set(30)
artist.wait(lambda: shown(30))
assert not np.array_equal(pixels(), tenth)

# What the artist changes is seen without pressing anything: another emotion, another size.
stream = artist.session().live
artist.mark(scene, 20, "happy", 1.0)
scene.frame_set(30)
artist.wait(lambda: artist.session().live is not stream and shown(30))
scene.emogene.live_size = 96
artist.wait(lambda: tuple(bpy.data.images[live_view.IMAGE].size) == (96, 96))

# It goes on beside a render, and where the image was taken away it comes back.
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
bpy.data.images.remove(bpy.data.images[live_view.IMAGE])
artist.wait(live_view.is_there)

# Off: the image goes with it, unless something shows it.
assert bpy.ops.emogene.live() == {"FINISHED"} and not live.running()
assert not live_view.is_there() and artist.session().live is None
assert bpy.ops.emogene.live() == {"FINISHED"}
artist.wait(live_view.is_there)
bpy.data.images[live_view.IMAGE].use_fake_user = True
assert bpy.ops.emogene.live() == {"FINISHED"}
assert live_view.is_there()

# Another file ends it; so does disabling the extension, at any moment.
assert bpy.ops.emogene.live() == {"FINISHED"}
bpy.ops.wm.read_homefile(use_empty=True)
assert not live.running() and artist.session().live is None
scene = artist.a_scene_with_voice()
assert bpy.ops.emogene.live() == {"FINISHED"}
artist.tick()
artist.end()
