"""Head objects that are mirrored, deleted, elsewhere, without size, or moved by the plan itself."""

import artist
import bpy
from mathutils import Euler, Quaternion, Vector

TURN = Euler((0.2, -0.3, 0.7))

artist.install()
scene = artist.a_scene_with_voice()
shots, errors = artist.module("scene.shots"), artist.module("emogene_proto.errors")
head_object, empties = artist.module("scene.head_object"), artist.module("views.empties")


def empty(name: str, into: bpy.types.Scene = scene) -> bpy.types.Object:
    made = bpy.data.objects.new(name, None)
    into.collection.objects.link(made)
    return made


def turn_of(thing: bpy.types.Object) -> Quaternion:
    artist.character(scene).head_object = thing
    vector = Vector(artist.shot_of(scene).head_track.motion[0][3:])
    return Quaternion(vector.normalized(), vector.length)


def is_refused(thing: bpy.types.Object, *words: str) -> None:
    artist.character(scene).head_object = thing
    try:
        artist.shot_of(scene)
    except errors.ShotError as error:
        assert error.hint and all(word in error.message for word in (thing.name, *words)), error
    else:
        raise AssertionError(f"{thing.name} is not refused")


# A mirrored head looks where its -Y looks and stands as its Z stands; alone and under a parent alike.
idle_parent = empty("idle parent")
for scale in ((-1.0, 1.0, 1.0), (1.0, -1.0, 1.0), (-2.0, -0.5, -3.0), (1.0, 1.0, -1.0), (0.1, 4.0, 1.0)):
    control = empty("control")
    control.rotation_euler, control.scale = TURN, scale
    alone = turn_of(control)
    bpy.context.view_layer.update()
    axes = control.matrix_world.to_3x3().normalized()
    for axis in (1, 2):
        assert ((alone.to_matrix().col[axis]) - axes.col[axis]).length < 1e-5, scale
    control.parent = idle_parent
    assert turn_of(control).rotation_difference(alone).angle < 1e-3, scale
mirrored_head = empty("mirrored")
mirrored_head.rotation_euler, mirrored_head.scale = TURN, (-1.0, 1.0, 1.0)
assert turn_of(mirrored_head).rotation_difference(TURN.to_quaternion()).angle < 1e-3
mirrored_head.scale, mirrored_head.rotation_euler = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
mirrored_head.parent, idle_parent.scale.x = idle_parent, -1.0
assert turn_of(mirrored_head).angle < 1e-3, "upright"

# Scaled to nothing there is no rotation.
idle_parent.scale = (0.0, 0.0, 0.0)
is_refused(mirrored_head, "scaled to nothing")
small = empty("small")
small.scale.y = 0.0
is_refused(small, "scaled to nothing")

# Of another scene, or of none.
other = bpy.data.scenes.new("other")
is_refused(empty("elsewhere", other), "not in this scene")
deleted = empty("deleted")
deleted.location.x = 1.0
deleted.keyframe_insert("location", frame=1)
artist.character(scene).head_object = deleted
assert not head_object.is_deleted(deleted)
bpy.context.view_layer.objects.active = deleted
with bpy.context.temp_override(selected_objects=[deleted], active_object=deleted, object=deleted):
    assert bpy.ops.object.delete() == {"FINISHED"}
assert artist.character(scene).head_object == deleted, "the setting keeps it"
assert head_object.is_deleted(deleted)
assert artist.shot_of(scene).head_track is None

# What plans move cannot move them.
artist.character(scene).head = empty("EmoGene_head")
landmark, follower = empty("landmark"), empty("follower")
landmark.parent = artist.character(scene).head
follower.constraints.new("COPY_LOCATION").target = landmark
assert [empties.is_ours(thing) for thing in (artist.character(scene).head, landmark, follower)] == [True, True, False]
artist.character(scene).head_object = follower
try:
    artist.shot_of(scene)
except errors.ShotError as error:
    assert "moved by the plan itself" in error.message
else:
    raise AssertionError("a head that follows itself")
artist.end()
