"""The edits that a .blend holds: placed, replaced, cleared, moved along with strips, said in the Shot document."""

import math
import time

import pytest
from emogene_addon.core.edit_layer import (
    EditLayer,
    StripPlace,
    by_frame,
    done_at_once,
    held_by,
    is_moved,
    merged,
    placed,
    regions_edited,
    settled,
    shot_edits,
    with_edits,
    without_region,
)
from emogene_addon.core.edit_text import read_layer, write_layer
from emogene_addon.emogene_proto.edits_check import LARGEST_EDIT, check_edits
from hypothesis import given
from hypothesis import strategies as st


def lies(*starts: float, name: str = "line", first: float = 0.0, end: float = 1000.0) -> dict[str, list[StripPlace]]:
    """One strip of a name, or several, whose content begins there."""
    return {name: [StripPlace(name, start, start + first, start + end) for start in starts]}


STARTS = lies(11.0)
LINE = ("line", 11.0)
offsets = st.tuples(*[st.floats(-0.5, 0.5)] * 3)
new_edits = st.dictionaries(
    st.integers(0, 67), st.dictionaries(st.integers(-100, 1000), offsets, min_size=1, max_size=4), max_size=6
)


def layer_of(new: dict, heard: dict | None = None) -> EditLayer:
    return with_edits(EditLayer(), new, heard or {}, STARTS)


def told(layer: EditLayer, starts: dict | None = None) -> list[tuple[int, float]]:
    return [(edit.point, edit.frame) for edit in placed(layer, STARTS if starts is None else starts)]


@given(new_edits)
def test_what_is_written_is_read_and_can_be_drawn(new):
    layer = layer_of(new)
    assert read_layer(write_layer(layer)) == layer
    said = shot_edits(layer, STARTS, 1, 24.0, 0.2, 2)
    if not new:
        assert said is None and write_layer(layer) == ""
        return
    check_edits(said)
    assert len(said.keys) == sum(map(len, new.values()))
    assert all(math.hypot(*key.offset) <= LARGEST_EDIT for key in said.keys)


def test_seconds_count_from_the_shots_first_frame():
    said = shot_edits(layer_of({48: {35: (0.001, 0.0, 0.0)}}), STARTS, 11, 24.0, 0.3, 1)
    assert (said.keys[0].seconds, said.fade_seconds, said.neighbours) == (1.0, 0.3, 1)


def test_a_second_edit_of_the_same_point_and_frame_takes_the_firsts_place():
    layer = with_edits(layer_of({48: {20: (0.001, 0, 0)}, 50: {20: (0.002, 0, 0)}}), {48: {20: (0.003, 0, 0)}}, {}, {})
    assert {(edit.point, edit.offset[0]) for edit in layer.keys} == {(48, 0.003), (50, 0.002)}


def test_an_edit_goes_with_the_strip_that_is_heard_there():
    layer = layer_of({48: {20: (0.001, 0, 0), 60: (0.001, 0, 0)}}, {20: LINE})
    assert told(layer) == [(48, 20.0), (48, 60)]
    assert told(layer, lies(31.0)) == [(48, 40.0), (48, 60)], "only the first lies on the strip"
    assert told(layer, {}) == [(48, 20.0), (48, 60)], "a strip that is gone moves nothing"


def test_a_new_edit_after_a_move_keeps_all_where_they_are():
    layer = layer_of({48: {20: (0.001, 0, 0)}}, {20: LINE})
    moved = lies(21.0)
    later = with_edits(layer, {50: {40: (0.002, 0, 0)}}, {40: ("line", 21.0)}, moved)
    assert sorted(told(later, moved)) == [(48, 30.0), (50, 40.0)]
    assert sorted(told(later, STARTS)) == [(48, 20.0), (50, 30.0)]


def test_two_that_come_to_lie_on_one_place_are_one():
    layer = layer_of({48: {20: (0.001, 0, 0), 30: (0.002, 0, 0)}}, {20: LINE})
    (edit,) = placed(layer, lies(21.0))
    assert edit.frame == 30


def test_regions_are_counted_and_cleared():
    layer = layer_of({48: {1: (0.001, 0, 0)}, 60: {1: (0.001, 0, 0)}, 20: {1: (0.001, 0, 0)}})
    assert regions_edited(layer) == {"brows": 1, "mouth": 2}
    assert regions_edited(without_region(layer, "mouth")) == {"brows": 1}


GOOD = write_layer(layer_of({48: {1: (0.001, 0, 0)}}, {1: LINE}))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"keys": [[1]]}', "null", '{"keys": [["a", 1, [0, 0, 0], 0]]}', GOOD[:-1], GOOD[1:], GOOD + "\n"]
    + [GOOD.replace(" `", " a"), "2 0 []\n", "3" + GOOD[1:]],
)
def test_what_cannot_be_read_is_no_layer(text):
    assert read_layer(GOOD).keys and read_layer(text).keys == ()


def test_layers_of_older_files_are_read():
    text = '{"keys":[[48,20.0,[0.001,0.0,0.0],0],[50,20.5,[0.0,-0.002,0.0],-1]],"anchors":[["line",11.0]]}'
    layer = read_layer(text)
    assert told(layer, lies(21.0)) == [(48, 30.0), (50, 20.5)]
    assert [edit.offset for edit in layer.keys] == [(0.001, 0.0, 0.0), (0.0, -0.002, 0.0)]
    assert read_layer(write_layer(layer)) == layer


@given(st.lists(new_edits, min_size=1, max_size=4))
def test_edits_of_edits_are_what_a_dictionary_would_hold(rounds):
    layer, expected = EditLayer(), {}
    for new in rounds:
        layer = with_edits(layer, new, dict.fromkeys(range(0, 500, 2), LINE), STARTS)
        expected |= {(point, frame): offset for point, frames in new.items() for frame, offset in frames.items()}
    found = {(edit.point, edit.frame): edit.offset for edit in layer.keys}
    assert len(found) == len(layer.keys), "none is said twice"
    assert found.keys() == expected.keys()
    for place, offset in expected.items():
        share = min(1.0, LARGEST_EDIT / (math.hypot(*offset) or 1.0))
        assert found[place] == pytest.approx([share * part for part in offset], abs=2e-4)
    assert all((edit.anchor >= 0) == (edit.frame in range(0, 500, 2)) for edit in layer.keys)
    blocks = [(block.frame, block.anchor) for block in layer.blocks]
    assert len(set(blocks)) == len(blocks), "a frame's edits lie together"


@given(new_edits, st.lists(st.integers(-400, 400), min_size=1, max_size=5), new_edits)
def test_moving_a_strip_back_and_forth_and_editing_meanwhile_loses_nothing(new, moves, later):
    """Edits of the strip go by as much as it does; others stay."""
    heard = dict.fromkeys(range(-100, 1001), LINE)
    layer = layer_of(new, heard)
    start = 11.0
    for move in moves:
        before = placed(layer, lies(start))
        assert {(edit.point, edit.frame + move) for edit in before} == set(told(layer, lies(start + move)))
        start += move
        layer = with_edits(layer, later, dict.fromkeys(range(-100, 1001), ("line", start)), lies(start))
        assert {(point, float(frame)) for point, frames in later.items() for frame in frames} <= set(
            told(layer, lies(start))
        )
        assert len(layer.anchors) <= 1


def parts(*, left: float, right: float) -> dict[str, list[StripPlace]]:
    """One line that was split 20 frames after its beginning; content of both begins there."""
    return {"line": [StripPlace("line", left, left, left + 20), StripPlace("line", right, right + 20, right + 1000)]}


@given(new_edits, st.integers(-400, 400), st.integers(-400, 400))
def test_of_a_split_strip_each_edit_goes_with_the_part_that_has_it(new, left, right):
    layer = layer_of(new, dict.fromkeys(range(11, 1001), LINE))
    assert set(told(layer, parts(left=11.0, right=11.0))) == set(told(layer)), "a split alone moves nothing"
    now = parts(left=11.0 + left, right=11.0 + right)
    expected = {
        (edit.point, edit.frame + (0 if edit.frame < 11 else left if edit.frame < 31 else right)) for edit in layer.keys
    }
    assert set(told(layer, now)) == expected
    later = with_edits(layer, {}, {}, now)
    assert set(told(later, now)) == expected, "written as it is seen"


def test_edits_stay_with_the_strip_and_not_with_its_copy():
    layer = layer_of({48: {20: (0.001, 0, 0)}}, {20: LINE})
    assert told(layer, lies(11.0, 211.0)) == told(layer, lies(211.0, 11.0)) == [(48, 20.0)]
    assert told(layer, lies(15.0, 211.0)) == [(48, 24.0)], "the one that is nearer to where the strip was"
    assert told(layer, lies(211.0)) == [(48, 220.0)], "the copy, where the strip is gone"


def test_what_no_part_has_stays_where_it_was():
    layer = layer_of({48: {20: (0.001, 0, 0)}}, {20: LINE})
    assert told(layer, lies(31.0, 51.0, first=0.0, end=5.0)) == [(48, 20.0)]
    assert told(layer, lies(31.0, first=0.0, end=5.0)) == [(48, 40.0)], "with the only strip all goes, cut off or not"


def test_a_replaced_strip_holds_the_edits_where_they_are():
    layer = settled(layer_of({48: {20: (0.001, 0, 0)}}, {20: LINE}), lies(21.0))
    replaced = held_by(layer, lies(26.0))
    assert told(replaced, lies(26.0)) == [(48, 30.0)] and told(replaced, lies(36.0)) == [(48, 40.0)]
    assert held_by(layer, lies(21.0)) == layer


def test_edits_that_named_a_strip_by_its_name_name_it_by_its_id_when_written():
    layer = layer_of({48: {20: (0.001, 0, 0)}}, {20: LINE})
    by_both = {"line": [StripPlace("#1", 21.0, 21.0, 99.0)], "#1": [StripPlace("#1", 21.0, 21.0, 99.0)]}
    later = with_edits(layer, {}, {}, by_both)
    assert later.anchors == (("#1", 21.0),) and told(later, {"#1": by_both["#1"]}) == [(48, 30.0)]


LONG = {point: dict.fromkeys(range(1, 1501), (0.0001 * point, 0.0, -0.001)) for point in range(68)}


def longest_slice(work) -> float:
    """Seconds of this thread, the best of a few: other programs run beside."""
    longest = []
    for _ in range(3):
        began, longest_now = time.thread_time(), 0.0
        for _ in work():
            now = time.thread_time()
            longest_now, began = max(longest_now, now - began), now
        longest.append(max(longest_now, time.thread_time() - began))
    return min(longest)


def test_a_large_layer_is_put_together_in_short_slices():
    heard = dict.fromkeys(range(1, 1501), LINE)
    frames = done_at_once(by_frame(LONG))
    layer = done_at_once(merged(EditLayer(), frames, heard, STARTS))
    assert sum(regions_edited(layer).values()) == 102_000
    assert longest_slice(lambda: by_frame(LONG)) < 0.1
    assert longest_slice(lambda: merged(EditLayer(), frames, heard, STARTS)) < 0.1
    half = {frame: {point: offsets[point] for point in range(34)} for frame, offsets in frames.items()}
    assert longest_slice(lambda: merged(layer, half, heard, STARTS)) < 0.1

    def one_more():
        yield with_edits(layer, {5: {700: (0.0, 0.0, 0.001)}}, heard, STARTS)

    assert longest_slice(one_more) < 0.1
    assert longest_slice(lambda: iter([read_layer(write_layer(layer))])) < 0.3
    assert read_layer(write_layer(layer)) == layer


def test_rounding_is_no_edit():
    assert not is_moved((1e-6, -1e-6, 5e-6)) and is_moved((0.0001, 0.0, 0.0))
