"""Landmarks moved by hand: kept, shown, undone by their own means, over new plans, and what the renderer draws."""

import re
from pathlib import Path

import artist
import bpy
import numpy as np

CORNER, INNER, CHEEK = 48, 60, 4
MOVED = 0.006
FRAME = 20

artist.install()
scene = artist.a_scene_with_voice()
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))
faces, edits = artist.module("views.faces"), artist.module("scene.edits")
artist.start_backend()
character = artist.character(scene)


def settle() -> None:
    """Until what is shown is what there is to show."""
    artist.wait(lambda: artist.idle() and not artist.session().asides and faces.is_current(artist.character()))
    for _ in range(30):
        artist.tick()
    artist.wait(lambda: faces.is_current(artist.character()))


def empty(point: int) -> bpy.types.Object:
    return artist.module("views.empties").landmarks_of(artist.character().head)[point]


def places(frame: int) -> np.ndarray:
    """(68, 3) where the empties are on a frame, in the head's frame."""
    bpy.context.scene.frame_set(frame)
    return np.array([empty(point).location[:] for point in range(68)])


def moved(frame: int) -> np.ndarray:
    """(68,) metres by which the empties are away from the plan."""
    plan = np.reshape(artist.planned().plan.landmarks, (-1, 68, 3))
    return np.linalg.norm(places(frame) - plan[frame - 1], axis=1)


def keys() -> list[tuple[int, float]]:
    return [(edit.point, edit.frame) for edit in edits.layer_of(artist.character()).keys]


# Shown before anything is planned: it is planned without being asked for.
assert bpy.ops.emogene.key_empties() == {"FINISHED"}
artist.wait(lambda: artist.planned() is not None)
settle()
assert len(artist.module("views.empties").landmarks_of(character.head)) == 68
assert moved(FRAME).max() < 1e-6

# A corner of the mouth is moved by hand and let go: it stays, and its neighbours come along.
scene.frame_set(FRAME)
settle()
empty(CORNER).location.x += MOVED
settle()
assert keys() == [(CORNER, FRAME)]
away = moved(FRAME)
assert abs(away[CORNER] - MOVED) < 1e-5 and 0.2 * MOVED < away[INNER] < MOVED and away[CHEEK] == 0.0
assert abs(moved(FRAME + 3)[CORNER] - MOVED) < MOVED and moved(FRAME + 3)[CORNER] > 0.0, "it fades in time"
assert moved(FRAME + 12).max() < 1e-6 and moved(1).max() < 1e-6, "0.2 s away nothing is left"

# One that is moved just before the playhead goes on is kept too.
scene.frame_set(40)
settle()
empty(CHEEK).location.z += 0.002
scene.frame_set(1)
settle()
assert (CHEEK, 40) in keys()

# A key that is set by Blender's own means counts as one that is moved.
scene.frame_set(8)
settle()
empty(8).location.y -= 0.003
empty(8).keyframe_insert("location", frame=8)
bpy.context.view_layer.update()
settle()
assert (8, 8) in keys() and abs(moved(8)[8] - 0.003) < 1e-5

# Blender's own render of an animation sets frames, and moves no empty.
scene.render.resolution_x = scene.render.resolution_y = 16
scene.render.engine, scene.frame_start, scene.frame_end = "CYCLES", 1, 6
scene.cycles.samples, scene.render.filepath = 1, str(artist.FOLDER / "own_")
scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
scene.collection.objects.link(scene.camera)
scene.render.use_sequencer = False
scene.frame_set(30)
settle()
kept = keys()
bpy.ops.render.render(animation=True)
settle()
assert keys() == kept
scene.frame_end = int(artist.settings["frames"])

# Another emotion, another plan: edits are still there, as far from the new plan.
before = artist.planned().plan
artist.mark(scene, 1, "happy", 1.0)
artist.wait(lambda: artist.planned().plan is not before)
settle()
assert abs(moved(FRAME)[CORNER] - MOVED) < 1e-5 and sorted(keys()) == [(CHEEK, 40), (8, 8), (CORNER, FRAME)]

# What is rendered has them, on the frames on which something moved and on no other.
character.edits_muted = True
settle()
assert moved(FRAME).max() < 1e-6, "muted"
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
folder = Path(bpy.path.abspath(artist.pictures().directory))
planned = {path.name: path.read_bytes() for path in folder.glob("*.png")}
character.edits_muted = False
assert artist.shot_of(scene).landmark_edits is not None
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
edited = {path.name: path.read_bytes() for path in folder.glob("*.png")}
changed = {int(name[6:10]) for name in planned if planned[name] != edited[name]}
touched = {n for middle in (8, FRAME, 40) for n in range(middle - 5, middle + 6)}
assert {8, FRAME, 40} <= changed <= touched, sorted(changed)
told = re.findall(r"frames, (\d+) of them reused", artist.module("work.backend_place").log_file().read_text())
assert int(told[-1]) >= len(planned) - len(touched), told

# The mouth is seen to have moved: there, and to that side.
picture = bpy.data.images.load(str(folder / f"frame_{FRAME:04d}.png"))
with_edit = np.reshape(np.array(picture.pixels[:]), (64, 64, 4))
(artist.FOLDER / "planned.png").write_bytes(planned[f"frame_{FRAME:04d}.png"])
without = np.reshape(np.array(bpy.data.images.load(str(artist.FOLDER / "planned.png")).pixels[:]), (64, 64, 4))
difference = np.abs(with_edit - without)[..., :3].sum(2)
assert difference.max() > 0.02, "the picture shows it"

# A strip that is moved takes the edits along.
strip = artist.voice(scene)
artist.module("compat").place_strip(strip, 11, strip.frame_final_duration)
artist.wait(lambda: artist.planned().shot.frame_start == 11)
settle()
assert artist.planned().plan.frame_start == 11
starts = edits.starts_of(character)
placed = artist.module("core.edit_layer").placed(edits.layer_of(character), starts)
assert (CORNER, FRAME + 10) in [(edit.point, edit.frame) for edit in placed]
artist.module("compat").place_strip(strip, 1, strip.frame_final_duration)
artist.wait(lambda: artist.planned().shot.frame_start == 1)
settle()

# Cleared by region; what is elsewhere stays.
assert bpy.ops.emogene.clear_edits(region="mouth") == {"FINISHED"}
settle()
assert sorted(keys()) == [(CHEEK, 40), (8, 8)] and moved(FRAME).max() < 1e-6

# Kept in the file, and edited on without a backend.
bpy.ops.wm.save_mainfile()
assert bpy.ops.emogene.stop_backend() == {"FINISHED"}
artist.wait(lambda: artist.session().phase.value == "off")
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "day.blend"))
for _ in range(40):
    artist.tick()
scene = bpy.context.scene
assert faces.is_current(artist.character()) and sorted(keys()) == [(CHEEK, 40), (8, 8)]
planned_place = places(30)[51]
empty(51).location.z += 0.004
for _ in range(60):
    artist.tick()
assert (51, 30) in keys()
assert abs(np.linalg.norm(places(30)[51] - planned_place) - 0.004) < 1e-5
assert bpy.ops.emogene.clear_edits(region="all") == {"FINISHED"}
for _ in range(60):
    artist.tick()
assert keys() == [] and np.linalg.norm(places(30)[51] - planned_place) < 1e-6

# As a mesh: one object of 68 points, which follows the playhead; and none.
artist.character().landmarks_as = "MESH"
for _ in range(60):
    artist.tick()
mesh = artist.module("views.face_mesh").face_of(artist.character().head)
assert mesh is not None and not artist.module("views.empties").landmarks_of(artist.character().head)
scene.frame_set(30)
assert np.allclose([vertex.co[:] for vertex in mesh.data.vertices][51], planned_place, atol=1e-6)
assert bpy.ops.emogene.hide_landmarks() == {"FINISHED"}
assert artist.module("views.face_mesh").face_of(artist.character().head) is None
artist.end()
