"""Two characters in one scene, one with a voice of several strips: each has its own plan, emotions, pictures."""

from pathlib import Path

import artist
import bpy
import numpy as np

artist.install()
scene = artist.a_scene_with_voice()
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))
characters, voices, compat = (artist.module(name) for name in ("scene.characters", "scene.voices", "compat"))
artist.start_backend()
anna = characters.active(scene)
anna.name = "Änne"
length = compat.strip_end(artist.voice(scene)) - compat.strip_start(artist.voice(scene))

# A second character has a voice, an actor and emotions of its own; its markers say whose they are.
assert bpy.ops.emogene.add_character() == {"FINISHED"}
bert = characters.active(scene)
bert.name, bert.actor = "Bert", "tiny"
assert [character.name for character in scene.emogene.characters] == ["Änne", "Bert"]
scene.frame_set(1)
assert bpy.ops.emogene.load_voice(filepath=str(artist.VOICE)) == {"FINISHED"}
assert len(voices.voice_strips(characters.active(scene))) == 1
artist.mark(scene, 5, "happy", 0.7)
scene.emogene.active_character = 0
artist.mark(scene, 5, "sad", 0.5)
assert sorted(marker.name for marker in scene.timeline_markers) == ["Bert: happy 0.7", "sad 0.5"]
anna, bert = scene.emogene.characters


def feelings(character) -> list[tuple[str, float]]:
    shot = artist.module("scene.shots").shot_of(character)
    return [(key.emotion, round(key.intensity, 3)) for key in shot.emotions]


assert (feelings(anna), feelings(bert)) == ([("sad", 0.5)], [("happy", 0.7)])

# A marker is given to the other by its name, a new name goes into the markers; who is not there is told.
marker = next(marker for marker in scene.timeline_markers if marker.name == "sad 0.5")
marker.name, marker.frame = "bert: sad 0.5", 30
artist.module("scene.markers").adopt_names(scene)
assert (feelings(anna), feelings(bert)) == ([], [("happy", 0.7), ("sad", 0.5)])
bert.name = "Berta"
assert sorted(marker.name for marker in scene.timeline_markers) == ["Berta: happy 0.7", "Berta: sad 0.5"]
stranger = scene.timeline_markers.new("Carl: happy 0.5", frame=3)
assert [problem.message for problem in artist.module("scene.shots").marker_problems(scene)] == [
    "The marker 'Carl: happy 0.5' names no character: Carl."
]
scene.timeline_markers.remove(stranger)
bert.name = "happy"
assert bert.name == "happy 2", "an emotion's name would be read as one"
bert.name = "Bert"

# Animated intensities stay with whom they belong to.
bert.fear = 0.25
bert.keyframe_insert("fear", frame=1)

# Bert says his line in two strips: the second part later, a trimmed and a muted one.
(first,) = voices.voice_strips(bert)
second = first.split(25, "SOFT")
assert len(voices.voice_strips(bert)) == 2, "both halves are still his"
second.frame_start += 24
voice = voices.voice(bert)
assert (voice.first, voice.end) == (1, length + 25)
assert [(part.start_seconds, part.audio.offset_seconds) for part in voice.further_audio] == [(2.0, 1.0)]
sketch = artist.module("work.follow_changes").sketch(bert)
second.mute = True
assert voices.voice(bert).further_audio == () and artist.module("work.follow_changes").sketch(bert) != sketch
second.mute = False
second.volume = 0.0
assert voices.voice(bert).further_audio == (), "turned down is muted"
assert second.keyframe_insert("volume", frame=30)
assert len(voices.voice(bert).further_audio) == 1, "what fades is heard"
assert second.keyframe_delete("volume", frame=30)
second.volume = 1.0
scene.sequence_editor.channels[second.channel].mute = True
assert not voices.is_heard(bert)
try:
    voices.voice(bert)
except artist.module("emogene_proto.errors").AudioError as error:
    assert "muted" in error.message
scene.sequence_editor.channels[second.channel].mute = False
assert artist.module("work.follow_changes").sketch(bert) == sketch

# Both are rendered one after the other, each into its own strip and folder.
assert bpy.ops.emogene.render(everyone=True) == {"FINISHED"}
rendering = artist.module("work.rendering")
artist.wait(lambda: artist.idle() and not rendering.waiting())
strips = {name: artist.module("views.sequencer").image_strip(each) for name, each in (("Änne", anna), ("Bert", bert))}
assert len(strips["Änne"].elements) == length and len(strips["Bert"].elements) == length + 24
assert [Path(strip.directory).name for strip in strips.values()] == ["Änne", "Bert"]
assert strips["Änne"].channel != strips["Bert"].channel
plan = artist.module("work.plans").plan_of(bert).plan
assert len(plan) == length + 24
weights = np.reshape(plan.weights, (-1, 8))
assert weights[10, 5] > 0.5 and abs(weights[10, 4] - 0.25) < 0.05, "happy by marker, fear by curve"

# The mouth rests between the two parts, and speaks in both.
mouth = np.reshape(plan.landmarks, (-1, 68, 3))[:, [51, 57]]
opening = np.linalg.norm(mouth[:, 0] - mouth[:, 1], axis=1)
speed = np.abs(np.diff(opening))
assert speed[30:44].max() < 0.5 * speed[:24].max() and speed[48:].max() > speed[30:44].max()

# Picture and sound: saved, opened again, copied with the scene.
bpy.ops.wm.save_mainfile()
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
scene = bpy.context.scene
anna, bert = scene.emogene.characters
assert len(voices.voice_strips(bert)) == 2 and feelings(bert) == [("happy", 0.7), ("sad", 0.5)]
copy = scene.copy()
assert len(voices.voice_strips(copy.emogene.characters[1])) == 2
assert feelings(copy.emogene.characters[1]) == feelings(bert)
bpy.data.scenes.remove(copy)

# Without the first one the second is the only one; its curve and its markers come along.
scene.emogene.active_character = 0
empties = artist.module("views.empties")
head = empties.ensured_head(scene.emogene.characters[0])
names = [head.users_collection[0].name, head.name]
assert bpy.ops.emogene.remove_character() == {"FINISHED"}
assert names[0] not in bpy.data.collections and names[1] not in bpy.data.objects, "nothing is left of its landmarks"
(bert,) = scene.emogene.characters
assert bert.name == "Bert" and feelings(bert) == [("happy", 0.7), ("sad", 0.5)]
assert sorted(marker.name for marker in scene.timeline_markers) == ["happy 0.7", "sad 0.5"]
assert artist.module("scene.intensities").emotions_with_curves(bert) == ["fear"]
assert [curve.points[0].value for curve in artist.module("scene.shots").shot_of(bert).emotion_curves] == [0.25]
assert len([strip for strip in scene.sequence_editor.strips if strip.type == "SOUND"]) == 3, "strips stay"

# Inside a meta strip, trimmed by it, the voice is heard as far as it is.
editor = scene.sequence_editor
meta = compat.strips(scene).new_meta("line", 20, 1)
for strip in voices.voice_strips(bert):
    strip.move_to_meta(meta)
meta.frame_offset_end = 12
assert voices.voice(bert).end == compat.strip_end(meta)
artist.end()
