"""An animated object moves the head as it moves in Blender, and nothing of the scene is touched on the way."""

import math
import time

import artist
import bpy
from mathutils import Euler, Quaternion, Vector

START, FRAMES = 5, 200

artist.install()
scene = artist.a_scene_with_voice()
shots, errors = artist.module("scene.shots"), artist.module("emogene_proto.errors")
voice = artist.voice(scene)
voice.frame_start = START
voice.frame_final_duration = FRAMES
PLACES = {START: (0.0, 0.0, 0.0), 80: (0.1, -0.2, 0.3), 120: (-0.3, 0.1, 0.0), 240: (0.0, 0.5, 0.2)}
TURNS = {START: (0.0, 0.0, 0.0), 80: (0.3, -0.2, 0.9), 120: (-0.5, 0.4, -1.1), 240: (0.2, 0.1, 2.5)}


def empty(name: str) -> bpy.types.Object:
    made = bpy.data.objects.new(name, None)
    scene.collection.objects.link(made)
    return made


def animate(thing: bpy.types.Object, mode: str = "XYZ") -> bpy.types.Object:
    thing.rotation_mode = mode
    path = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}.get(mode, "rotation_euler")
    for frame, place in PLACES.items():
        turn = Euler(TURNS[frame]).to_quaternion()
        axis, angle = turn.to_axis_angle()
        values = {"rotation_quaternion": 1.7 * turn, "rotation_axis_angle": (angle, *axis)}
        thing.location = place
        setattr(thing, path, values.get(path, TURNS[frame]))
        thing.keyframe_insert("location", frame=frame)
        thing.keyframe_insert(path, frame=frame)
    return thing


def check(thing: bpy.types.Object, metres: float = 1.0) -> None:
    """The track has the object's place and rotation of each frame, as Blender evaluates the whole scene."""
    artist.character(scene).head_object = thing
    scene.frame_set(33)
    scenes = len(bpy.data.scenes)
    motion = artist.shot_of(scene).head_track.motion
    assert (scene.frame_current, len(bpy.data.scenes)) == (33, scenes)
    start = None
    for index in range(FRAMES):
        scene.frame_set(START + index)
        place, turn, _ = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world.decompose()
        start = place if start is None else start
        row = motion[min(index, len(motion) - 1)]
        vector = Vector(row[3:])
        axis = vector.normalized() if vector.length else Vector((1.0, 0.0, 0.0))
        assert (Vector(row[:3]) - (place - start) * metres).length < 1e-5, (thing.name, index)
        assert Quaternion(axis, vector.length).rotation_difference(turn).angle < 1e-3, (thing.name, index)
    for before, after in zip(motion, motion[1:], strict=False):
        assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 0.3, "no jump"


assert artist.shot_of(scene).head_track is None
for mode in ("XYZ", "ZYX", "QUATERNION", "AXIS_ANGLE"):
    check(animate(empty(mode), mode))

with_delta = animate(empty("delta"))
with_delta.delta_location, with_delta.delta_rotation_euler = (0.1, 0.2, 0.3), (0.3, 0.2, -0.4)
check(with_delta)

# An NLA strip without keyframes lets the action's influence count.
halved = animate(empty("halved"))
halved.animation_data.nla_tracks.new().strips.new("nothing", 1, bpy.data.actions.new("nothing"))
halved.animation_data.action_influence = 0.5
check(halved)

scene.unit_settings.scale_length = 0.01
check(animate(empty("centimetres")), metres=0.01)
scene.unit_settings.scale_length = 1.0

scene.render.frame_map_old, scene.render.frame_map_new = 100, 70
check(bpy.data.objects["centimetres"])
scene.render.frame_map_old = scene.render.frame_map_new = 100

child = animate(empty("child"))
child.parent = animate(empty("parent"), "QUATERNION")
check(child)

follower = empty("follower")
follower.constraints.new("COPY_TRANSFORMS").target = child
check(follower)

bone_child = empty("on a bone")
skeleton = bpy.data.objects.new("skeleton", bpy.data.armatures.new("skeleton"))
scene.collection.objects.link(skeleton)
bpy.context.view_layer.objects.active = skeleton
bpy.ops.object.mode_set(mode="EDIT")
bone = skeleton.data.edit_bones.new("head")
bone.tail = (0.0, 0.0, 1.0)
bpy.ops.object.mode_set(mode="OBJECT")
for frame, turn in TURNS.items():
    skeleton.pose.bones["head"].rotation_mode = "XYZ"
    skeleton.pose.bones["head"].rotation_euler = turn
    skeleton.pose.bones["head"].keyframe_insert("rotation_euler", frame=frame)
bone_child.parent, bone_child.parent_type, bone_child.parent_bone = skeleton, "BONE", "head"
check(bone_child)

driven = empty("driven")
driver = driven.driver_add("rotation_euler", 2).driver
target = driver.variables.new().targets[0]
target.id_type, target.id, target.data_path = "SCENE", scene, '["mood"]'
driver.expression = "var * frame / 100"
for frame, mood in ((1, 0.1), (200, 1.0)):
    scene["mood"] = mood
    scene.keyframe_insert('["mood"]', frame=frame)
check(driven)

# Poses that were not keyed yet are not lost by planning.
scene.frame_set(33)
child.location = (9.0, 9.0, 9.0)
artist.character(scene).head_object = follower
artist.shot_of(scene)
assert child.location[:] == (9.0, 9.0, 9.0)

# At weight 0 nobody is asked; a still object is one row; far away is refused in words.
artist.character(scene).head_object_weight = 0.0
assert artist.shot_of(scene).head_track is None
artist.character(scene).head_object_weight = 1.0
still = empty("still")
still.rotation_euler = (0.0, 0.0, math.pi / 4)
artist.character(scene).head_object = still
assert len(artist.shot_of(scene).head_track.motion) == 1
still.location = (0.0, 0.0, 0.0)
still.keyframe_insert("location", frame=START)
still.location = (100.0, 0.0, 0.0)
still.keyframe_insert("location", frame=100)
try:
    artist.shot_of(scene)
except errors.ShotError as error:
    assert error.hint
else:
    raise AssertionError("100 metres are no movement of a head")

# Long shots do not hold Blender up.
voice.frame_final_duration = 1500
for thing in (bpy.data.objects["XYZ"], follower):
    artist.character(scene).head_object = thing
    began = time.perf_counter()
    artist.shot_of(scene)
    seconds = time.perf_counter() - began
    print(f"1,500 frames of '{thing.name}': {seconds:.3f} s")
    assert seconds < 1.0
artist.end()
