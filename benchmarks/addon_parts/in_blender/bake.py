"""How long 68 empties take to be keyed over 1,500 frames: at once, as in a script, and in the slices of a window."""

import time

import artist
import bpy
import measured
import window
from shot import change_a_marker, landmarks, new_scene

ROUNDS = 7

blender = window.opened()
slices, faces, empties = (artist.module(name) for name in ("slices", "views.faces", "views.empties"))
blender.start_backend()
scene = new_scene(artist.settings["voice"])
scene.emogene.follow_changes = False
came = []


def plan() -> None:
    assert bpy.ops.emogene.plan() == {"FINISHED"}
    blender.until(artist.idle)
    came.append(artist.planned())
    assert len(came[-1].plan) == int(artist.settings["frames"])


def keyed() -> None:
    """Each empty on each frame, as the plan says."""
    character = artist.character()
    assert faces.is_current(character)
    for point, empty in empties.landmarks_of(character.head).items():
        curves = artist.module("compat").fcurves(empty.animation_data.action, empty.animation_data)
        assert [len(curve.keyframe_points) for curve in curves] == [len(came[-1].plan)] * 3
        at = tuple(round(curve.evaluate(700), 5) for curve in curves)
        row = came[-1].plan.landmarks[699 * 204 + 3 * point :][:3]
        assert at == tuple(round(value, 5) for value in row), (at, row)


def seconds_of_showing() -> float:
    began = time.perf_counter()
    assert bpy.ops.emogene.key_empties() == {"FINISHED"}
    whole = blender.until(landmarks) if not slices.at_once else 0.0
    return whole or time.perf_counter() - began


fresh, again, windowed = [], [], []
for _ in range(ROUNDS):
    plan()
    slices.at_once = True
    fresh.append(seconds_of_showing())
    keyed()
    slices.at_once = False
    change_a_marker(scene)
    plan()
    slices.at_once = True
    began = time.perf_counter()
    faces._take(came[-1])  # as when it comes
    again.append(time.perf_counter() - began)
    keyed()
    slices.at_once = False
    assert bpy.ops.emogene.hide_landmarks() == {"FINISHED"}
    windowed.append(seconds_of_showing())
    keyed()
    assert bpy.ops.emogene.hide_landmarks() == {"FINISHED"}
measured.write(fresh=fresh, again=again, windowed=windowed)
artist.end()
