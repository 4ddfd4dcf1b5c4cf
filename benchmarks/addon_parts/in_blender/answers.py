"""How soon the artist sees what was changed or asked for: landmarks after a marker, the picture at the playhead."""

import time

import artist
import bpy
import measured
import window
from shot import change_a_marker, landmarks, new_scene

ROUNDS, PICTURES = 9, 12

blender = window.opened()
stopwatch = blender.stopwatch
blender.start_backend()
scene = new_scene(artist.settings["voice"])
assert bpy.ops.emogene.key_empties() == {"FINISHED"}
blender.until(landmarks)
blender.pass_time(1.0)


def from_marker_to_empties(turn: int) -> dict[str, float]:
    """Seconds, and where they went."""
    plan = artist.planned()
    began = time.monotonic()
    change_a_marker(scene, 1 + turn % 7)
    asked = blender.until(lambda: artist.session().asides)
    blender.until(lambda: artist.planned() is not plan)
    planned = time.monotonic() - began
    blender.until(landmarks)
    whole = time.monotonic() - began
    return {"whole": whole, "noticed": asked, "planned": planned - asked, "keyed": whole - planned}


def picture(frame: int) -> float:
    """Seconds from asking until the image holds it."""
    scene.frame_set(frame)
    blender.pass_time(0.3)
    before = held()
    began = time.monotonic()
    assert bpy.ops.emogene.picture() == {"FINISHED"}
    blender.until(lambda: held() != before)
    assert tuple(artist.module("views.look").image_of(artist.character()).size) == (256, 256)
    return time.monotonic() - began


def held() -> bytes:
    """The file that the image shows."""
    image = artist.module("views.look").image_of(artist.character())
    return image.packed_file.data if image is not None and image.packed_file is not None else b""


rounds = []
for turn in range(ROUNDS + 1):
    rounds.append(from_marker_to_empties(turn))
    blender.pass_time(0.4 + 0.03 * turn)
pictures = [picture(20 + 53 * turn) for turn in range(PICTURES + 1)]
measured.write(rounds=rounds[1:], pictures=pictures[1:])
artist.end()
