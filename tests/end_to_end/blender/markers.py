"""Markers and voice strips as artists handle them, by Blender's own means, come out right in the shot."""

import artist
import bpy

artist.install()
scene = artist.a_scene_with_voice()
shots, markers = artist.module("scene.shots"), artist.module("scene.markers")


def keys(of: bpy.types.Scene = scene) -> list[tuple[float, str, float]]:
    return [(round(key.seconds, 3), key.emotion, key.intensity) for key in artist.shot_of(of).emotions]


artist.mark(scene, 25, "happy", 0.7)
marker = scene.timeline_markers[0]
assert marker.name == "happy 0.7"
assert keys() == [(1.0, "happy", 0.7)]

# The slider and the menu write the readable name.
marker.emogene.intensity = 0.256
assert marker.name == "happy 0.26"
marker.emogene.emotion = "sad"
assert marker.name == "sad 0.26"
assert keys() == [(1.0, "sad", 0.256)]

# Renamed and moved by hand; the settings follow the name.
marker.name, marker.frame = "angry 50%", 37
assert keys() == [(1.5, "angry", 0.5)]
markers.adopt_names(scene)
assert (marker.name, marker.emogene.emotion, marker.emogene.intensity) == ("angry 50%", "angry", 0.5)

# The same frame again changes the marker instead of adding one.
artist.mark(scene, 37, "fear", 1.0)
assert [m.name for m in scene.timeline_markers] == ["fear 1"]

# Ordinary markers are left alone, a slip of the pen is told.
scene.timeline_markers.new("cut", frame=5)
scene.timeline_markers.new("hapy 0.7", frame=6)
markers.adopt_names(scene)
assert keys() == [(1.5, "fear", 1.0)]
assert [problem.message for problem in shots.marker_problems(scene)] == ["The marker 'hapy 0.7' is not an emotion."]

# A marker that was given another name is the artist's own: a new emotion lies beside it.
artist.mark(scene, 90, "happy")
renamed = next(m for m in scene.timeline_markers if m.frame == 90)
renamed.name = "shot B"
artist.mark(scene, 90, "sad")
added = [m for m in scene.timeline_markers if m.frame == 90]
assert sorted(m.name for m in added) == ["sad 0.8", "shot B"]
for marker in added:
    scene.timeline_markers.remove(marker)

# A mixture is written by hand, or mixed from the buttons; it is kept in the name.
artist.mark(scene, 61, "happy", 0.8)
scene.frame_set(61)
assert bpy.ops.emogene.add_marker(emotion="sad", mix=True) == {"FINISHED"}
mixed = next(m for m in scene.timeline_markers if m.frame == 61)
assert mixed.name == "happy 0.5 + sad 0.5"
mixed.name = "Happy 50% + sad 0.3"
mixed.emogene.transition_seconds = 2.0
markers.adopt_names(scene)
assert mixed.name == "Happy 50% + sad 0.3", "the artist's spelling stays"
(key,) = [key for key in artist.shot_of(scene).emotions if key.seconds == 2.5]
assert [(feeling.emotion, feeling.intensity) for feeling in key.feelings] == [("happy", 0.5), ("sad", 0.3)]
assert key.transition_seconds == 2.0

# Two markers on one frame are one key; too much together is told, with what is used.
beside = scene.timeline_markers.new("fear 0.4", frame=61)
(key,) = [key for key in artist.shot_of(scene).emotions if key.seconds == 2.5]
assert [feeling.emotion for feeling in key.feelings] == ["happy", "sad", "fear"]
assert sum(feeling.intensity for feeling in key.feelings) <= 1.0
assert "Frame 61 has emotions that add up to 1.2" in shots.marker_problems(scene)[-1].message
scene.timeline_markers.remove(beside)
mixed.emogene.emotion = "contempt"
assert mixed.name == "contempt 0.5", "the menu makes one emotion of it"
scene.timeline_markers.remove(mixed)

# A copied scene has its own markers.
copy = scene.copy()
assert keys(copy) == keys()
copy.timeline_markers["fear 1"].emogene.intensity = 0.5
assert keys() == [(1.5, "fear", 1.0)]
assert keys(copy) == [(1.5, "fear", 0.5)]

# Kept over save and load, with transition and easing.
marker = scene.timeline_markers["fear 1"]
marker.emogene.transition_seconds, marker.emogene.easing = 1.25, "linear"
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "markers.blend"))
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "markers.blend"))
scene = bpy.data.scenes["Scene"]
(key,) = artist.shot_of(scene).emotions
assert (key.seconds, key.emotion, key.intensity) == (1.5, "fear", 1.0)
assert (key.transition_seconds, key.easing) == (1.25, "linear")

# A renamed voice strip is known.
artist.voice(scene).name = "Bobby, take 3"
assert artist.shot_of(scene).audio.path == str(artist.VOICE)

# The voice strip moved and trimmed: time counts from what is heard.
voice = artist.voice(scene)
voice.frame_start = 13
shot = artist.shot_of(scene)
assert (shot.frame_start, shot.audio.offset_seconds, shot.audio.duration_seconds) == (13, 0.0, None)
assert keys(scene) == [(1.0, "fear", 1.0)]
voice.frame_offset_start = -6
assert voice.frame_final_start == 7
shot = artist.shot_of(scene)
assert (shot.frame_start, shot.audio.offset_seconds) == (13, 0.0), "a strip drawn out is silent before its sound"
voice.frame_offset_start, voice.frame_offset_end = 12, 6
shot = artist.shot_of(scene)
assert (shot.frame_start, shot.audio.offset_seconds) == (25, 0.5)
assert shot.audio.duration_seconds == voice.frame_final_duration / 24
assert keys(scene) == [(0.5, "fear", 1.0)]

# Another voice takes the old one's place.
assert bpy.ops.emogene.load_voice(filepath=str(artist.VOICE)) == {"FINISHED"}
sounds = [strip for strip in scene.sequence_editor.strips if strip.type == "SOUND"]
assert [(strip.name, strip.frame_final_start) for strip in sounds] == [(artist.voice(scene).name, 25)]
artist.end()
