"""Blender is not held up: long work is done in slices, and looking for changes costs little. Limits are generous."""

import statistics
import time
from array import array

import artist
import bpy

FRAMES, MARKERS = 3000, 300
LONGEST_MS, IDLE_MS = 50.0, 20.0

artist.install()
link, faces, curves = artist.module("session"), artist.module("views.faces"), artist.module("core.curves")
artist.module("slices").at_once = False
scene = bpy.context.scene
character = artist.character(scene)
key = artist.module("scene.characters").key_of(character)


def tick() -> float:
    """Milliseconds of the main thread."""
    began = time.thread_time()
    wait = link._tick()
    spent = (time.thread_time() - began) * 1e3
    assert 0.0 < wait <= 0.25 and bpy.app.timers.is_registered(link._tick)
    return spent


def plan(height: float):
    row = array("f", [part for point in range(68) for part in (0.001 * point, 0.0, height)])
    still = array("f", [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    planned = curves.PlannedShot(
        row * FRAMES, array("f", [1, *[0] * 7]) * FRAMES, still * FRAMES, array("f", [0, 0]) * FRAMES, 24.0, 1
    )
    shot = artist.module("emogene_proto.shot").Shot(artist.module("emogene_proto.shot").AudioRef())
    return artist.module("core.happenings").Planned(key, shot, planned, "", ())


def until_shown() -> list[float]:
    ticks = [tick()]
    while not faces.is_current(character):
        assert len(ticks) < 5000
        ticks.append(tick())
    return ticks


for height in (0.0, 0.01):
    for listener in list(link._listeners):
        listener(plan(height))
    if height == 0.0:
        assert bpy.ops.emogene.key_empties() == {"FINISHED"}
    ticks = until_shown()
    assert len(ticks) > 5, "that much is not keyed in a few milliseconds"
    assert max(ticks) < LONGEST_MS, f"the longest of {len(ticks)} ticks took {max(ticks):.1f} ms"
    empty = artist.module("views.empties").landmarks_of(character.head)[67]
    fcurve = next(each for each in artist.module("compat").own_fcurves(empty, "") if each.array_index == 2)
    assert abs(fcurve.evaluate(FRAMES) - height) < 1e-6

for number in range(MARKERS):
    scene.timeline_markers.new(f"sad 0.{number % 9 + 1}", frame=1 + number)
link._names_looked = 0.0
tick()
assert all(marker.emogene.written_name == marker.name for marker in scene.timeline_markers)
idle = []
for _ in range(30):
    time.sleep(0.1)
    idle.append(tick())
assert statistics.median(idle) < IDLE_MS, f"{statistics.median(idle):.1f} ms with nothing to do"
artist.end()
