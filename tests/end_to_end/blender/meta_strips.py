"""Strips that the artist put into meta strips, one in another: they are replaced and removed all the same."""

import artist
import bpy

artist.install()
scene = artist.a_scene_with_voice()
compat, sequencer = artist.module("compat"), artist.module("views.sequencer")
character = artist.character(scene)


def into_metas(strip, channel: int) -> tuple:
    """Two meta strips, one in the other, with the strip inside."""
    outer = compat.strips(scene).new_meta("outer", channel, 1)
    inner = compat.strips_in(outer).new_meta("inner", 1, 1)
    strip.move_to_meta(inner)
    assert strip.parent_meta() == inner and strip.name not in compat.strips(scene)
    return outer, inner


# Another recording takes the voice's place, and nothing stays of the former one.
start = compat.strip_start(artist.voice(scene))
_, inner = into_metas(artist.voice(scene), 9)
assert bpy.ops.emogene.load_voice(filepath=str(artist.VOICE)) == {"FINISHED"}
assert not len(compat.strips_in(inner))
new = artist.voice(scene)
assert new.parent_meta() is None and compat.strip_start(new) == start
assert [strip.type for strip in compat.all_strips(scene)].count("SOUND") == 1

# A preview goes when the finals of its frames are there.
key = artist.module("scene.characters").key_of(character)
for _ in sequencer.show_frames(key, "PREVIEW", artist.FOLDER, "png", range(10, 21), 1):
    pass
_, inner = into_metas(sequencer.image_strip(character, "PREVIEW"), 20)
sequencer.drop_preview(character, 11, 49)
assert sequencer.image_strip(character, "PREVIEW") is not None, "a frame of it is nowhere else"
sequencer.drop_preview(character, 1, 49)
assert sequencer.image_strip(character, "PREVIEW") is None and not len(compat.strips_in(inner))
artist.end()
