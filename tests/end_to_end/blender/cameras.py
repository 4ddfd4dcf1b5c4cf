"""Blender's cameras reach the shot as Blender sees through them; what they cannot be is refused in words."""

import json
import math
import random

import artist
import bpy
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Euler, Matrix, Vector

artist.install()
scene = artist.a_scene_with_voice()
shots, compat = artist.module("scene.shots"), artist.module("compat")
ShotError = artist.module("emogene_proto.errors").ShotError
msgspec = artist.module("core.bringing").msgspec
LAST = compat.strip_end(artist.voice(scene))
random.seed(7)


def new_object(name: str, data=None) -> bpy.types.Object:
    made = bpy.data.objects.new(name, data)
    scene.collection.objects.link(made)
    return made


def new_camera(name: str) -> bpy.types.Object:
    made = new_object(name, bpy.data.cameras.new(name))
    made.location, made.rotation_euler = (0.0, -1.0, 0.0), (math.pi / 2, 0.0, 0.0)
    return made


def refused(words: str) -> None:
    try:
        artist.shot_of(scene)
    except ShotError as error:
        assert words in error.message and error.hint, error
    else:
        raise AssertionError(f"not refused: {words}")


assert artist.shot_of(scene).camera is None, "the actor's own unless the artist says otherwise"
settings = scene.emogene
settings.camera_choice = "SCENE"
refused("no camera")
scene.camera = camera = new_camera("camera")
settings.picture_size = "SCENE"

# A camera as a projection: Blender's own matrices are written down for the other side to compare, in double precision.
cases = []
lens, render = camera.data, scene.render
for number in range(80):
    lens.sensor_fit = ("AUTO", "HORIZONTAL", "VERTICAL")[number % 3]
    lens.lens, lens.sensor_width, lens.sensor_height = (random.uniform(*span) for span in ((15, 200), (8, 70), (8, 70)))
    lens.shift_x, lens.shift_y = (random.uniform(-0.6, 0.6) for _ in range(2)) if number % 4 else (0.0, 0.0)
    render.resolution_x, render.resolution_y = random.randint(120, 3000), random.randint(120, 3000)
    render.resolution_percentage = random.choice((100, 100, 50, 73))
    render.pixel_aspect_x, render.pixel_aspect_y = random.choice(((1, 1), (1, 1), (1.4587, 1), (1, 2)))
    render.use_border = render.use_crop_to_border = number % 5 == 0
    render.border_min_x, render.border_max_x = 0.1, random.uniform(0.55, 1.0)
    render.border_min_y, render.border_max_y = random.uniform(0.0, 0.4), 0.95
    camera.location = [random.uniform(-3, 3) for _ in range(3)]
    camera.rotation_euler = [random.uniform(-3, 3) for _ in range(3)]
    camera.scale = [random.choice((1.0, random.uniform(0.2, 5.0)))] * 3
    width = render.resolution_x * render.resolution_percentage // 100
    height = render.resolution_y * render.resolution_percentage // 100
    shot = artist.shot_of(scene)
    assert (shot.width, shot.height) == (width, height) and not shot.camera_track
    depsgraph = bpy.context.evaluated_depsgraph_get()
    projection = camera.calc_matrix_camera(
        depsgraph, x=width, y=height, scale_x=render.pixel_aspect_x, scale_y=render.pixel_aspect_y
    )
    to_world = camera.matrix_world.normalized()
    points = []
    for _ in range(12):
        local = Vector((random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4), -1.0)) * random.uniform(0.3, 5.0)
        points.append((to_world @ local)[:])
    matrices = {"to_world": [row[:] for row in to_world], "projection": [row[:] for row in projection]}
    cases.append({"shot": msgspec.json.encode(shot).decode(), "points": points, **matrices})
    if render.resolution_percentage == 100 and render.pixel_aspect_x == render.pixel_aspect_y:
        cases[-1]["views"] = [world_to_camera_view(scene, camera, Vector(point))[:2] for point in points]
(artist.FOLDER / "cameras.json").write_text(json.dumps(cases))

# Own size: square pixels and no crop, whatever the scene renders.
settings.picture_size = "OWN"
settings.width, settings.height = 300, 200
shot = artist.shot_of(scene)
assert (shot.width, shot.height, shot.camera.crop) == (300, 200, None)
assert shot.camera.pixel_aspect_x == shot.camera.pixel_aspect_y == 1.0

# It moves: by its own keys, its lens', a constraint and a parent, and seen from where the character stands.
lens.sensor_fit, lens.shift_x, lens.shift_y, camera.scale = "AUTO", 0.0, 0.0, (1.0, 1.0, 1.0)
for frame, x, focal, shift in ((1, -1.0, 35.0, 0.0), (LAST, 1.0, 85.0, 0.3)):
    camera.location, lens.lens, lens.shift_x = (x, -2.0, 0.3), focal, shift
    camera.keyframe_insert("location", frame=frame)
    lens.keyframe_insert("lens", frame=frame)
    lens.keyframe_insert("shift_x", frame=frame)
target, dolly, root = new_object("target"), new_object("dolly"), new_object("root")
aim = camera.constraints.new("TRACK_TO")
aim.target, aim.track_axis, aim.up_axis = target, "TRACK_NEGATIVE_Z", "UP_Y"
camera.parent = dolly
for frame, z in ((1, 0.0), (20, 0.5)):
    dolly.location.z = z
    dolly.keyframe_insert("location", index=2, frame=frame)
root.location, root.rotation_euler, root.scale = (4.0, 2.0, 1.0), (0.1, 0.0, 1.2), (3.0, 3.0, 3.0)
artist.character(scene).camera_root = root
root.keyframe_insert("location", frame=1)
root.location.x = 5.0
root.keyframe_insert("location", frame=LAST)
scene.unit_settings.scale_length = 0.1


def check_track() -> None:
    """Every row is what Blender shows on its frame."""
    track = artist.shot_of(scene).camera_track
    assert len(track) == LAST, len(track)
    for frame in (1, 2, 17, LAST):
        scene.frame_set(frame)
        seen = camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
        expected = root.matrix_world.normalized().inverted() @ seen.matrix_world.normalized()
        expected.translation *= 0.1
        off = Matrix(track[frame - 1].camera_to_world) - expected
        assert max(abs(part) for row in off for part in row) < 1e-5, (frame, off)
        assert abs(track[frame - 1].focal_mm - seen.data.lens) < 1e-4
        assert abs(track[frame - 1].shift_x - seen.data.shift_x) < 1e-5


check_track()
camera.hide_viewport = dolly.hide_viewport = True
assert len(artist.shot_of(scene).camera_track) == LAST, "hidden ones move too"
camera.hide_viewport = dolly.hide_viewport = False
driver = target.driver_add("location", 2).driver
variable = driver.variables.new()
variable.type = "CONTEXT_PROP"
variable.targets[0].context_property = "ACTIVE_SCENE"
variable.targets[0].data_path = "frame_current"
driver.expression = "var / 100"
check_track()
target.driver_remove("location", 2)

# Nothing of the artist's is changed by it.
scene.frame_set(9, subframe=0.25)
lens.lens, camera.location, root.location = 50.0, (9.0, 9.0, 9.0), (8.0, 8.0, 8.0)
objects, scenes, lenses = (len(each) for each in (bpy.data.objects, bpy.data.scenes, bpy.data.cameras))
artist.shot_of(scene)
assert (lens.lens, camera.location[:], root.location[:]) == (50.0, (9.0, 9.0, 9.0), (8.0, 8.0, 8.0))
assert (len(bpy.data.objects), len(bpy.data.scenes), len(bpy.data.cameras)) == (objects, scenes, lenses)
assert (scene.frame_current, scene.frame_subframe) == (9, 0.25)

# Cameras bound to markers cut; a chosen camera does not.
artist.character(scene).camera_root = None
scene.unit_settings.scale_length = 1.0
first, second = new_camera("first"), new_camera("second")
second.location.x = 0.5
for frame, bound in ((1, first), (20, second)):
    scene.timeline_markers.new(bound.name, frame=frame).camera = bound
track = artist.shot_of(scene).camera_track
assert len(track) == 20, "what stays to the end is said once"
assert [track[row].camera_to_world[0][3] for row in (0, 18, 19)] == [0.0, 0.0, 0.5]
settings.camera_object = first
shot = artist.shot_of(scene)
assert shot.camera is not None and not shot.camera_track

# What is no pinhole is refused.
first.data.type = "ORTHO"
refused("orthographic")
first.data.type = "PANO"
refused("panoramic")
first.data.type = "PERSP"
first.scale.x = -1.0
refused("mirrored")
first.scale.x = 0.0
refused("scaled to nothing")
first.scale.x = 1.0
skewed = new_object("skewed")
skewed.scale.x, first.parent, first.rotation_euler = 3.0, skewed, Euler((0.4, 0.5, 0.6))
refused("skewed")
first.parent = None
settings.picture_size = "SCENE"
render.resolution_x = render.resolution_y = 64
render.resolution_percentage, render.use_border, render.use_crop_to_border = 100, True, True
render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.5, 0.505, 0.1, 0.9
refused("no pixel")
bpy.data.objects.remove(first)
assert settings.camera_object is None
artist.end()
