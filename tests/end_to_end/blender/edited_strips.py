"""Edits go with the strip that they are on: moved, renamed, split, copied, replaced, taken away, of an older file."""

from collections.abc import Callable

import artist
import bpy

CORNER = 48

artist.install()
scene = artist.a_scene_with_voice()
edits, voices, compat = (artist.module(name) for name in ("scene.edits", "scene.voices", "compat"))
placed = artist.module("core.edit_layer").placed
bpy.context.preferences.edit.use_global_undo = True
window = bpy.context.window_manager.windows[0]
area = window.screen.areas[0]
area.type = "SEQUENCE_EDITOR"
if hasattr(window.workspace, "sequencer_scene"):
    window.workspace.sequencer_scene = scene


def character():
    return artist.character(scene)


def now() -> list[float]:
    return sorted(edit.frame for edit in placed(edits.layer_of(character()), edits.starts_of(character())))


def edit(*frames: int) -> None:
    edits.add(character(), {CORNER: dict.fromkeys(frames, (0.004, 0.0, 0.0))})


def move(strip, by: int) -> None:
    if hasattr(strip, "content_start"):
        strip.content_start += by
    else:
        strip.frame_start += by


def in_the_sequencer(operator: Callable, **options) -> None:
    """What the artist does there with the voice's strips."""
    for strip in compat.all_strips(scene):
        strip.select = strip.type == "SOUND"
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        assert operator(**options) == {"FINISHED"}


def heard() -> list:
    return voices.voice_strips(character())


# Moved, renamed, and moved again.
edit(20, 40)
strip = artist.voice(scene)
move(strip, 10)
assert now() == [30, 50]
before = edits.token(character())
strip.name = "Another name"
assert now() == [30, 50] and edits.token(character()) == before
move(strip, -10)
assert now() == [20, 40] and edits.token(character()) != before

# Another take, in the place of a strip that was moved and trimmed on the left: edits stay where they are seen.
move(strip, 10)
strip.frame_offset_start = 5
edit(32)
assert bpy.ops.emogene.load_voice(filepath=str(artist.VOICE)) == {"FINISHED"}
strip = artist.voice(scene)
assert compat.strip_start(strip) == 16 and now() == [30, 32, 50]
move(strip, -15)
assert now() == [15, 17, 35]

# Split: each part takes along what is heard in it.
in_the_sequencer(bpy.ops.sequencer.split, frame=25, type="SOFT", use_cursor_position=False, ignore_selection=True)
left, right = heard()
assert left.emogene.edits_id == right.emogene.edits_id != "" and now() == [15, 17, 35]
move(right, 24)
assert now() == [15, 17, 59]
move(left, 3)
assert now() == [18, 20, 59]
edit(60, 21)  # they learn where the parts are
assert now() == [18, 20, 21, 59, 60]
move(right, -24)
assert now() == [18, 20, 21, 35, 36]

# One part is gone: what was heard in it goes with the other one, which has the rest of the sound.
edits.clear(character())
compat.strips(scene).remove(right)
edit(10)
(left,) = heard()
move(left, 5)
assert now() == [15]

# Copied: edits stay with the one that stays.
edit(16)
in_the_sequencer(bpy.ops.sequencer.duplicate)
first, second = sorted(heard(), key=lambda strip: strip.select)
assert first.emogene.edits_id == second.emogene.edits_id
move(second, 200)
assert now() == [15, 16]
move(first, 4)
assert now() == [19, 20]
edit(230)
assert now() == [19, 20, 230]
move(second, 10)
assert now() == [19, 20, 240]

# Spoken no more: they stay where they are.
assert bpy.ops.emogene.forget_voice(strip=second.name) == {"FINISHED"}
move(second, -10)
assert now() == [19, 20, 240]
compat.strips(scene).remove(second)

# An older file: strips without an id, edits by the strips' names.
(strip,) = heard()
start = compat.strip_content_start(strip)
strip.emogene.edits_id, strip.name = "", "line"
character().edits_revision = ""
character().edits = f'{{"keys":[[48,40.0,[0.001,0.0,0.0],0]],"anchors":[["line",{start}]]}}'
assert now() == [40]
move(strip, 10)
assert now() == [50]
edit(compat.strip_end(strip) - 1)
strip.name = "renamed"
move(strip, 1)
assert now() == [compat.strip_end(strip) - 1, 51] and strip.emogene.edits_id

# And where another take is the first thing that is done with it.
start = compat.strip_content_start(strip)
strip.emogene.edits_id, strip.name = "", "line"
character().edits_revision = ""
character().edits = f'{{"keys":[[48,40.0,[0.001,0.0,0.0],0]],"anchors":[["line",{start}]]}}'
move(strip, 10)
assert bpy.ops.emogene.load_voice(filepath=str(artist.VOICE)) == {"FINISHED"}
assert now() == [50]
move(artist.voice(scene), 2)
assert now() == [52]
artist.end()
