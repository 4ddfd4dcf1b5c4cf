"""From a voice and markers to keyed empties and strips, saved and opened again."""

import hashlib
from pathlib import Path

import artist
import bpy
import numpy as np
from mathutils import Matrix, Vector

FRAMES = int(artist.settings["frames"])


def strips():
    return bpy.context.scene.sequence_editor.strips


def pictures():
    return artist.pictures()


def digests() -> list[str]:
    folder = Path(bpy.path.abspath(pictures().directory))
    return [hashlib.sha256((folder / element.filename).read_bytes()).hexdigest() for element in pictures().elements]


def check_empties(landmarks: np.ndarray, poses: np.ndarray) -> None:
    scene = bpy.context.scene
    head = artist.character(scene).head
    points = sorted(head.children, key=lambda empty: empty["emogene_landmark"])
    assert [point.name for point in points] == [f"EmoGene_lm_{i:02d}" for i in range(68)]
    for frame in (1, 2, FRAMES // 2, FRAMES):
        scene.frame_set(frame)
        pose = Matrix(poses[frame - 1].tolist())
        assert (head.matrix_world.inverted() @ pose - Matrix.Identity(4)).row[0].length < 1e-5
        for index, point in enumerate(points):
            expected = pose @ Vector(landmarks[frame - 1, index].tolist())
            assert (point.matrix_world.translation - expected).length < 1e-6, (frame, index)
    assert points[0].animation_data.action.frame_range[:] == (1.0, FRAMES)


def check_strips() -> None:
    scene = bpy.context.scene
    assert scene.render.fps / scene.render.fps_base == 24
    voice = artist.voice(scene)
    assert (voice.type, pictures().type) == ("SOUND", "IMAGE")
    for strip in (voice, pictures()):
        assert (strip.frame_final_start, strip.frame_final_duration) == (1, FRAMES), strip.name
    assert voice.channel != pictures().channel
    assert pictures().directory == "//emogene/day/Scene/Character/", "another file beside this one has its own frames"
    assert len(pictures().elements) == FRAMES
    folder = Path(bpy.path.abspath(pictures().directory))
    assert sorted(path.name for path in folder.iterdir()) == [f"frame_{i:04d}.png" for i in range(1, FRAMES + 1)]
    assert tuple(bpy.data.images.load(str(folder / "frame_0001.png")).size) == (64, 64)


artist.install()
scene = artist.a_scene_with_voice()
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))
assert not bpy.ops.emogene.plan.poll(), "nothing can be planned without a backend"
artist.start_backend()
artist.mark(scene, 1, "happy")
artist.mark(scene, FRAMES // 2, "angry")

assert bpy.ops.emogene.plan() == {"FINISHED"}
assert not bpy.ops.emogene.render.poll(), "one job at a time"
assert bpy.app.timers.is_registered(artist.module("session")._tick)
artist.wait(artist.idle)
plan = artist.planned(scene).plan
assert (len(plan), plan.fps, plan.frame_start) == (FRAMES, 24.0, 1)
landmarks = np.reshape(plan.landmarks, (-1, 68, 3))
poses = np.reshape(plan.poses, (-1, 4, 4))
weights = np.reshape(plan.weights, (-1, 8))
assert np.allclose(weights.sum(1), 1.0, atol=1e-5)
assert weights[-1, 1] > 0.7 > 0.1 > weights[0, 1], "angry at the end"

assert bpy.ops.emogene.key_empties() == {"FINISHED"}
check_empties(landmarks, poses)

assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
check_strips()
first = digests()
assert len(set(first)) > 1, "the pictures move"

# Changed markers: the empties follow, the strip is replaced in place.
artist.mark(scene, FRAMES // 2, "sad")
objects, strip_names = len(bpy.data.objects), sorted(strip.name for strip in strips())
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
new_plan = artist.planned(scene).plan
assert new_plan.landmarks != plan.landmarks
check_empties(np.reshape(new_plan.landmarks, (-1, 68, 3)), np.reshape(new_plan.poses, (-1, 4, 4)))
assert (len(bpy.data.objects), sorted(strip.name for strip in strips())) == (objects, strip_names)
second = digests()
assert second != first

# A part rendered alone has the same bytes as in the whole.
folder = Path(bpy.path.abspath(pictures().directory))
for number in (10, 11, 12):
    (folder / f"frame_{number:04d}.png").write_bytes(b"")
scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 10, 12
scene.emogene.only_preview_range = True
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
check_strips()
assert digests() == second

# How the voice is spoken is part of the shot, and kept in the file.
artist.character(scene).amplitude, artist.character(scene).temperature = 1.5, 0.5
artist.character(scene).smoothing, artist.character(scene).lip_closure = 0.1, 2.0
speaking = artist.shot_of(scene).speaking
assert (speaking.amplitude, speaking.temperature, speaking.smoothing, speaking.lip_closure) == (1.5, 0.5, 0.1, 2.0)
assert bpy.ops.emogene.plan() == {"FINISHED"}
artist.wait(artist.idle)
sad_plan, new_plan = new_plan, artist.planned(scene).plan
mouths = [np.reshape(p.landmarks, (-1, 68, 3))[:, 48:] for p in (sad_plan, new_plan)]
assert not np.allclose(*mouths, atol=1e-5), "a larger mouth"

# So is how it is acted: strength of the emotions, life, rests, an object that moves the head.
artist.character(scene).brows_strength, artist.character(scene).mouth_strength = 1.5, 0.5
artist.character(scene).blink, artist.character(scene).breath, artist.character(scene).head_motion = 0.0, 0.5, 0.0
artist.character(scene).idle_sampling = "even"
nodding = bpy.data.objects.new("nodding", None)
scene.collection.objects.link(nodding)
for frame, angle in ((1, 0.0), (FRAMES, 0.4)):
    nodding.rotation_euler.x = angle
    nodding.keyframe_insert("rotation_euler", frame=frame)
artist.character(scene).head_object, artist.character(scene).head_object_weight = nodding, 0.5
shot = artist.shot_of(scene)
strength, performance = shot.emotion_strength, shot.performance
assert (strength.overall, strength.brows, strength.eyes, strength.mouth) == (1.0, 1.5, 1.0, 0.5)
assert (performance.blink, performance.breath, performance.head_motion) == (0.0, 0.5, 0.0)
assert (performance.head_object, performance.idle_sampling) == (0.5, "even")
assert len(shot.head_track.motion) == FRAMES
assert bpy.ops.emogene.plan() == {"FINISHED"}
artist.wait(artist.idle)
new_plan = artist.planned(scene).plan
first_pose, last_pose = (Matrix(np.reshape(new_plan.poses, (-1, 4, 4))[row].tolist()) for row in (0, -1))
assert 0.1 < first_pose.to_quaternion().rotation_difference(last_pose.to_quaternion()).angle < 0.3, "half of 0.4"

# What this actor was not pictured with is told before anything is planned, and by the plan.
shots = artist.module("scene.shots")
artist.mark(scene, FRAMES // 2, "surprised", 1.0)
warned = shots.warnings(artist.character(scene))
assert [warning for warning in warned if "surprised" in warning]
assert bpy.ops.emogene.plan() == {"FINISHED"}
artist.wait(artist.idle)
assert artist.planned(scene).warnings == warned == shots.warnings(artist.character(scene))
artist.mark(scene, FRAMES // 2, "sad")
assert not [warning for warning in shots.warnings(artist.character(scene)) if "surprised" in warning]
artist.character(scene).surprised = 0.9
assert [warning for warning in shots.warnings(artist.character(scene)) if "surprised" in warning], (
    "a curve counts as a marker does"
)
artist.character(scene).surprised = 0.0
assert bpy.ops.emogene.plan() == {"FINISHED"}
artist.wait(artist.idle)
new_plan = artist.planned(scene).plan

bpy.ops.wm.save_mainfile()
assert bpy.ops.emogene.stop_backend() == {"FINISHED"}
artist.wait(lambda: artist.session().phase.value == "off")
bpy.ops.wm.read_homefile(use_empty=True, app_template="")
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
check_strips()
check_empties(np.reshape(new_plan.landmarks, (-1, 68, 3)), np.reshape(new_plan.poses, (-1, 4, 4)))
kept = artist.character()
assert np.allclose([kept.amplitude, kept.temperature, kept.smoothing, kept.lip_closure], [1.5, 0.5, 0.1, 2.0])
assert np.allclose([kept.brows_strength, kept.breath, kept.head_object_weight], [1.5, 0.5, 0.5])
assert (kept.idle_sampling, kept.head_object.name) == ("even", "nodding")
markers = [(marker.frame, marker.emogene.emotion) for marker in bpy.context.scene.timeline_markers]
assert sorted(markers) == [(1, "happy"), (FRAMES // 2, "sad")]
artist.end()
