"""What is hidden, or asks for the whole scene, is read as it moves; nothing that the artist did is lost on the way."""

from array import array

import artist
import bpy

artist.install()
scene = artist.a_scene_with_voice()
shots = artist.module("scene.shots")
LAST = artist.voice(scene).frame_final_end


def empty(name: str, way: float = 0.0) -> bpy.types.Object:
    """It goes `way` along X over the shot."""
    made = bpy.data.objects.new(name, None)
    scene.collection.objects.link(made)
    for frame, x in ((1, 0.0), (LAST, way)) if way else ():
        made.location.x = x
        made.keyframe_insert("location", index=0, frame=frame)
    return made


def way_of(thing: bpy.types.Object) -> float:
    artist.character(scene).head_object = thing
    return round(artist.shot_of(scene).head_track.motion[-1][0], 4)


def asks_the_scene(thing: bpy.types.Object) -> None:
    """Let it go up by the scene's own frame: no other scene can stand in."""
    driver = thing.driver_add("location", 2).driver
    variable = driver.variables.new()
    variable.type = "CONTEXT_PROP"
    variable.targets[0].context_property = "ACTIVE_SCENE"
    variable.targets[0].data_path = "frame_current"
    driver.expression = "var / 100"


# Controls are often hidden: by themselves, by the eye, with their collection, or left out of the view layer.
for in_scene in (False, True):
    parent = empty("parent", 1.0)
    control = empty("control")
    control.parent = parent
    if in_scene:
        asks_the_scene(control)
    assert way_of(control) == 1.0
    control.hide_viewport = True
    assert way_of(control) == 1.0
    parent.hide_viewport = True
    assert way_of(control) == 1.0
    control.hide_viewport = parent.hide_viewport = False
    bpy.context.view_layer.update()
    control.hide_set(True)
    parent.hide_set(True)
    assert way_of(control) == 1.0
    collection = bpy.data.collections.new("rig")
    scene.collection.children.link(collection)
    for thing in (control, parent):
        scene.collection.objects.unlink(thing)
        collection.objects.link(thing)
    collection.hide_viewport = True
    assert way_of(control) == 1.0
    collection.hide_viewport = False
    bpy.context.view_layer.layer_collection.children[collection.name].exclude = True
    assert way_of(control) == 1.0
artist.character(scene).head_object = None

# A tracked camera's picture: the track lies in the scene's clip, and is seen through its camera.
image = bpy.data.images.new("plate", 64, 64)
for number in range(1, LAST + 1):
    image.save(filepath=str(artist.FOLDER / f"plate_{number:04d}.png"))
scene.active_clip = bpy.data.movieclips.load(str(artist.FOLDER / "plate_0001.png"))
track = scene.active_clip.tracking.objects[0].tracks.new(name="nose", frame=1)
for frame in range(1, LAST + 1):
    track.markers.insert_frame(frame, co=(0.2 + 0.3 * frame / LAST, 0.5))
scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
scene.collection.objects.link(scene.camera)
scene.camera.location.z = 5.0
tracked = empty("tracked")
follow = tracked.constraints.new("FOLLOW_TRACK")
follow.use_active_clip, follow.track, follow.object = True, "nose", "Camera"
found = way_of(tracked)
seen = []
for frame in (1, LAST):
    scene.frame_set(frame)
    seen.append(tracked.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world.translation.x)
assert abs(found - (seen[1] - seen[0])) < 1e-4 and abs(found) > 0.1, (found, seen)

# Poses that were not keyed yet stay, whatever is planned.
posed = empty("posed", 1.0)
posed["mood"] = 0.0
posed.keyframe_insert('["mood"]', frame=1)
mesh = bpy.data.meshes.new("mesh")
mesh.from_pydata([(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)], [(0, 1)], [])
shaped = bpy.data.objects.new("shaped", mesh)
scene.collection.objects.link(shaped)
shaped.shape_key_add(name="Basis")
smile = shaped.shape_key_add(name="smile.l")
smile.keyframe_insert("value", frame=1)
skeleton = bpy.data.objects.new("skeleton", bpy.data.armatures.new("skeleton"))
scene.collection.objects.link(skeleton)
bpy.context.view_layer.objects.active = skeleton
bpy.ops.object.mode_set(mode="EDIT")
skeleton.data.edit_bones.new("jaw.l").tail = (0.0, 0.0, 1.0)
bpy.ops.object.mode_set(mode="OBJECT")
jaw = skeleton.pose.bones["jaw.l"]
jaw.keyframe_insert("rotation_quaternion", frame=1)
artist.character(scene).keyframe_insert("happy", frame=1)
artist.character(scene).driver_add("sad").driver.expression = "frame / 100"


def pose() -> tuple:
    return (
        posed.location[:],
        posed["mood"],
        smile.value,
        jaw.rotation_quaternion[:],
        round(artist.character(scene).happy, 6),
    )


scene.frame_set(33)
posed.location, posed["mood"], smile.value, artist.character(scene).happy = (9.0, 8.0, 7.0), 3.0, 0.5, 0.25
jaw.rotation_quaternion = (0.5, 0.5, 0.5, 0.5)
before = pose()
for thing in (tracked, control, None):
    artist.character(scene).head_object = thing
    objects, scenes = len(bpy.data.objects), len(bpy.data.scenes)
    assert len(artist.shot_of(scene).emotion_curves) == 2
    assert (len(bpy.data.objects), len(bpy.data.scenes), scene.frame_current) == (objects, scenes, 33)
    bpy.context.view_layer.update()
    assert pose() == before, pose()
    evaluated = posed.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert evaluated.matrix_world.translation[:] == (9.0, 8.0, 7.0), "it is seen where it was put"

# The same where they are hidden: what is seen and depends on them lets them be animated all the same.
rig = bpy.data.collections.new("hidden rig")
scene.collection.children.link(rig)
shown = empty("shown")
hidden = {name: empty(name, 1.0) for name in ("by itself", "by the eye", "by its collection", "left out")}
for thing in hidden.values():
    follow = shown.constraints.new("COPY_LOCATION")
    follow.target = thing
    follow.keyframe_insert("influence", frame=1)
for name in ("by its collection", "left out"):
    scene.collection.objects.unlink(hidden[name])
    rig.objects.link(hidden[name])
left_out = bpy.data.collections.new("left out")
rig.children.link(left_out)
rig.objects.unlink(hidden["left out"])
left_out.objects.link(hidden["left out"])
rig.hide_viewport = hidden["by itself"].hide_viewport = True
bpy.context.view_layer.layer_collection.children[rig.name].children[left_out.name].exclude = True
bpy.context.view_layer.update()
hidden["by the eye"].hide_set(True)
lamp = bpy.data.materials.new("lamp")
if lamp.node_tree is None:
    lamp.use_nodes = True
strength = lamp.node_tree.nodes.new("ShaderNodeValue").outputs[0]
strength.keyframe_insert("default_value", frame=1)
mesh.materials.append(lamp)
shaped.hide_viewport = True

# Keyed modes of rotation: Blender converts rotations where it sets them, and those that have no keys too.
turned = empty("turned", 1.0)
turned.keyframe_insert("rotation_euler", frame=1)
turned.keyframe_insert("rotation_mode", frame=1)
jaw.keyframe_insert("rotation_mode", frame=1)
turned.rotation_mode = "QUATERNION"
turned.keyframe_insert("rotation_mode", frame=20)

# F-curves of what is no value, or is gone, are passed over; the others' values still come back.
stale = empty("stale")
stale.constraints.new("COPY_LOCATION").target = shown
fcurves = artist.module("compat").own_fcurves(stale, "stale")
for path in ("location", 'constraints["Copy Location"]', "constraints", "parent", "matrix_world", "type", "gone"):
    fcurves.new(path).keyframe_points.insert(1, 0.0)
things = (*hidden.values(), turned, stale)


def whole_pose() -> tuple:
    rotations = [(t.rotation_mode, t.rotation_euler[:], t.rotation_quaternion[:]) for t in (turned, jaw)]
    return (*pose(), [thing.location[:] for thing in things], strength.default_value, rotations)


scene.frame_set(33, subframe=0.5)
posed.location, posed["mood"], smile.value, artist.character(scene).happy = (9.0, 8.0, 7.0), 3.0, 0.5, 0.25
for thing in things:
    thing.location = (9.0, 8.0, 7.0)
turned.rotation_mode, jaw.rotation_mode = "QUATERNION", "ZYX"
for thing in (turned, jaw):
    thing.rotation_quaternion, thing.rotation_euler = (0.5, 0.5, 0.5, 0.5), (0.1, 0.2, 0.3)
strength.default_value = 0.75
before = whole_pose()
for thing in (tracked, control, None):
    artist.character(scene).head_object = thing
    assert artist.shot_of(scene) is not None
    assert whole_pose() == before, (whole_pose(), before)
    assert (scene.frame_current, scene.frame_subframe) == (33, 0.5)
artist.character(scene).head_object = None

# The same where a plan arrives and its empties are keyed, for the first time and again.
curves, faces, plans = artist.module("core.curves"), artist.module("views.faces"), artist.module("work.plans")
happenings, key = artist.module("core.happenings"), artist.module("scene.characters").key_of(artist.character(scene))


def planned(way: float):
    """LAST frames with the head turned nowhere and `way` along X, landmarks in a row."""
    poses = array("f", [1, 0, 0, way, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] * LAST)
    landmarks = array("f", [part for index in range(68) for part in (index * 0.001, 0.0, 0.0)] * LAST)
    weights, gaze = array("f", bytes(4 * 8 * LAST)), array("f", bytes(4 * 2 * LAST))
    return curves.PlannedShot(landmarks, weights, poses, gaze, 24.0, 1)


for way in (2.0, 4.0):
    came = happenings.Planned(key, artist.shot_of(scene), planned(way))
    for take in (plans._take, faces._take):
        take(came)
    faces.show(artist.character(scene))
    head = artist.character(scene).head
    bpy.context.view_layer.update()
    assert whole_pose() == before, (whole_pose(), before)
    assert (scene.frame_current, scene.frame_subframe) == (33, 0.5)
    seen = [each.evaluated_get(bpy.context.evaluated_depsgraph_get()) for each in (head, *head.children)]
    assert abs(seen[0].matrix_world.translation.x - way) < 1e-5, "seen where the new keys put it"
    assert all(abs(each.matrix_world.translation.x - way - each.location.x) < 1e-5 for each in seen[1:])

# Other add-ons find a camera on every frame that is set.
cameras = []
bpy.app.handlers.frame_change_post.append(lambda changed, *_: cameras.append(changed.camera))
follower = empty("follower")
follower.parent = posed
assert way_of(follower) == 1.0
assert cameras and all(camera == scene.camera for camera in cameras)
artist.end()
