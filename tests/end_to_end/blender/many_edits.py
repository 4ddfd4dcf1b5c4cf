"""All points moved by hand on every frame of a minute: what is asked for on each redraw stays quick; undo."""

import time
from collections.abc import Callable

import artist
import bpy

FRAMES = 1500

artist.install()
scene = artist.a_scene_with_voice()
edits, characters = artist.module("scene.edits"), artist.module("scene.characters")
key = characters.key_of(artist.character(scene))


def seconds(work: Callable[[], object]) -> float:
    """The best of a few: other programs run beside."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def slices(new: dict) -> list[float]:
    took, began = [], time.perf_counter()
    for _ in edits.add_in_slices(key, new):
        took.append(time.perf_counter() - began)
        began = time.perf_counter()
    return [*took, time.perf_counter() - began]


def print_ms(what: str, found: float) -> float:
    print(f"{what}: {1000 * found:.3f} ms", flush=True)
    return found


def moved_by(metres: float) -> dict:
    return {point: dict.fromkeys(range(1, FRAMES + 1), (metres, 0.0, -0.001)) for point in range(68)}


# Put there in slices, and once more over what is there. The shortest of three: other programs run beside.
character = artist.character()
assert print_ms("slice", min(max(slices(moved_by(0.001 * (1 + n)))) for n in range(3))) < 0.1
assert sum(edits.regions_edited(character).values()) == 68 * FRAMES
assert len(character.edits) < 2_500_000

# What ticks and redraws ask for.
assert print_ms("token", seconds(lambda: edits.token(character))) < 0.001
assert print_ms("counted", seconds(lambda: edits.regions_edited(character))) < 0.001
assert bpy.ops.emogene.clear_edits.poll()
assert print_ms("poll", seconds(bpy.ops.emogene.clear_edits.poll)) < 0.002

# One more, by hand, and what is shown and sent of it.
assert print_ms("prepared", seconds(lambda: next(edits.prepare_shown(key, 1, 24.0)))) < 0.1
for _ in edits.prepare_shown(key, 1, 24.0):
    pass
assert print_ms("add", seconds(lambda: edits.add(character, {48: {20: (0.005, 0.0, 0.0)}}))) < 0.1
assert print_ms("shown", seconds(lambda: edits.shown_edits(character, 1, 24.0))) < 0.1
assert (
    print_ms(
        "region", seconds(lambda: artist.module("core.edit_layer").without_region(edits.layer_of(character), "mouth"))
    )
    < 0.1
)
shown = {(edit.point, edit.seconds): edit.offset for edit in edits.shown_edits(character, 1, 24.0).keys}
assert len(shown) == 68 * FRAMES and shown[48, round(19 / 24, 6)] == (0.005, 0.0, 0.0)

# What another does between two slices is kept.
work = edits.add_in_slices(key, moved_by(0.002))
for _ in range(140):
    next(work)
edits.clear(artist.character())
edits.add(artist.character(), {30: {-5: (0.004, 0.0, 0.0)}})
for _ in work:
    pass
assert sum(edits.regions_edited(artist.character()).values()) == 68 * FRAMES + 1

# Undo brings back the edits with what tells them apart; a later change is told apart from both.
bpy.ops.ed.undo_push(message="many")
before = edits.token(artist.character()), edits.layer_of(artist.character())
assert bpy.ops.emogene.clear_edits(region="mouth") == {"FINISHED"}
bpy.ops.ed.undo_push(message="cleared")
cleared = edits.token(artist.character())
assert cleared != before[0] and "mouth" not in edits.regions_edited(artist.character())
bpy.ops.ed.undo()
assert (edits.token(artist.character()), edits.layer_of(artist.character())) == before
edits.add(artist.character(), {0: {1: (0.003, 0.0, 0.0)}})
assert edits.token(artist.character()) not in (cleared, before[0])

# Read from the file they are what they were.
kept = edits.layer_of(artist.character())
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "many.blend"))
edits._layers.clear()
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "many.blend"))
character = artist.character()
began = time.perf_counter()
assert edits.layer_of(character) == kept
assert print_ms("read", time.perf_counter() - began) < 0.2
assert bpy.ops.emogene.clear_edits(region="all") == {"FINISHED"}
assert character.edits == "" and edits.token(character) == "0" and edits.shown_edits(character, 1, 24.0) is None

# Edits of older files are told apart by what they are.
character.edits = '{"keys":[[48,20.0,[0.001,0.0,0.0],-1]],"anchors":[]}'
assert edits.regions_edited(character) == {"mouth": 1} and edits.token(character) != "0"
edits.add(character, {50: {20: (0.001, 0.0, 0.0)}})
assert edits.regions_edited(character) == {"mouth": 2} and character.edits_revision
artist.end()
