"""The edits that a .blend holds: placed, replaced, cleared, moved along with strips, said in the Shot document."""

import math

import pytest
from emogene_addon.core.edit_layer import (
    EditLayer,
    is_moved,
    placed,
    read_layer,
    regions_edited,
    shot_edits,
    with_edits,
    without_region,
    write_layer,
)
from emogene_addon.emogene_proto.edits_check import LARGEST_EDIT, check_edits
from hypothesis import given
from hypothesis import strategies as st

STARTS = {"line": 11.0}
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
    assert read_layer(write_layer(layer)).keys == layer.keys
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
    layer = layer_of({48: {20: (0.001, 0, 0), 60: (0.001, 0, 0)}}, {20: "line"})
    assert told(layer) == [(48, 20.0), (48, 60)]
    assert told(layer, {"line": 31.0}) == [(48, 40.0), (48, 60)], "only the first lies on the strip"
    assert told(layer, {}) == [(48, 20.0), (48, 60)], "a strip that is gone moves nothing"


def test_a_new_edit_after_a_move_keeps_all_where_they_are():
    layer = layer_of({48: {20: (0.001, 0, 0)}}, {20: "line"})
    moved = {"line": 21.0}
    later = with_edits(layer, {50: {40: (0.002, 0, 0)}}, {40: "line"}, moved)
    assert sorted(told(later, moved)) == [(48, 30.0), (50, 40.0)]
    assert sorted(told(later, {"line": 11.0})) == [(48, 20.0), (50, 30.0)]


def test_two_that_come_to_lie_on_one_place_are_one():
    layer = layer_of({48: {20: (0.001, 0, 0), 30: (0.002, 0, 0)}}, {20: "line"})
    (edit,) = placed(layer, {"line": 21.0})
    assert edit.frame == 30


def test_regions_are_counted_and_cleared():
    layer = layer_of({48: {1: (0.001, 0, 0)}, 60: {1: (0.001, 0, 0)}, 20: {1: (0.001, 0, 0)}})
    assert regions_edited(layer) == {"brows": 1, "mouth": 2}
    assert regions_edited(without_region(layer, "mouth")) == {"brows": 1}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": [[1]]}', "null", '{"keys": [["a", 1, [0, 0, 0]]]}'])
def test_what_cannot_be_read_is_no_layer(text):
    assert read_layer(text).keys == ()


def test_rounding_is_no_edit():
    assert not is_moved((1e-6, -1e-6, 5e-6)) and is_moved((0.0001, 0.0, 0.0))
