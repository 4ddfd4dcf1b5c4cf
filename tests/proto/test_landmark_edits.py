"""Edits of landmarks: exact at keys, smooth between them and over neighbours, never further than the largest one."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene_proto.landmark_edits import Edits
from emogene_proto.shot import LandmarkEdit, LandmarkEdits

CORNER, INNER_CORNER = 48, 60
OFFSET = (0.01, -0.004, 0.002)
RATES = (23.976, 24.0, 25.0, 30000 / 1001, 59.94, 240.0)
Offset = tuple[float, float, float]


def key(row: float, fps: float = 24.0, point: int = CORNER, offset: Offset = OFFSET) -> LandmarkEdit:
    return LandmarkEdit(point, row / fps, offset)


def layer(*keys: LandmarkEdit, fps: float = 24.0, **settings) -> Edits:
    return Edits(LandmarkEdits(keys, **settings), fps)


def size(edits: Edits, row: int, point: int = CORNER) -> float:
    """Of the movement along x, as a share of OFFSET's."""
    return edits.displacements(row).get(point, (0.0,))[0] / OFFSET[0]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("fade", [0.0, 0.2])
def test_a_key_is_exact_on_its_frame_at_any_rate_also_as_documents_round_it(fps, fade):
    for row in (0, 7, 1001, 86_399):
        for seconds in (row / fps, round(row / fps, 6)):
            edits = layer(LandmarkEdit(CORNER, seconds, OFFSET), fps=fps, fade_seconds=fade)
            assert edits.displacements(row)[CORNER] == OFFSET


def test_an_edit_comes_and_goes_within_the_fade_and_is_nowhere_else():
    edits = layer(key(100), fade_seconds=0.25)
    assert [round(size(edits, row), 6) for row in (93, 94, 97, 100, 103, 106, 107)] == [0, 0, 0.5, 1, 0.5, 0, 0]
    assert size(edits, 99) == size(edits, 101) == pytest.approx(25 / 27)
    assert edits.moving_rows(1000) == [range(94, 107)] and edits.moving_rows(96) == [range(94, 96)]
    assert edits.moving_rows(94) == []


def test_near_keys_are_one_movement_and_far_ones_are_two():
    near = layer(key(10), key(22, offset=(0.02, 0.0, 0.0)), fade_seconds=0.25)
    assert size(near, 16) == pytest.approx(1.5)
    assert size(near, 13) == pytest.approx(1.0 + 5 / 32)
    assert near.moving_rows(99) == [range(4, 29)]
    far = layer(key(10), key(23, offset=(0.02, 0.0, 0.0)), fade_seconds=0.25)
    assert size(far, 16) == 0.0 and size(far, 17) == 0.0 and size(far, 20) == pytest.approx(1.0)
    assert layer(key(10), key(40), fade_seconds=0.25).moving_rows(99) == [range(4, 17), range(34, 47)]


def test_movement_has_no_jumps():
    """The steepest is one and a half times as steep as straight: here twice the offset, over 0.3 s or the fade."""
    back = (-OFFSET[0], 0.0, 0.0)
    edits = layer(key(240, 240.0), key(312, 240.0, offset=back), key(480, 240.0), fps=240.0)
    for point in (CORNER, 49):
        course = [size(edits, row, point) for row in range(640)]
        assert max(course) > 0.7 and min(course) < -0.7
        assert max(abs(b - a) for a, b in itertools.pairwise(course)) <= 1.5 * 2.0 / 72


def test_without_a_fade_a_key_is_on_the_nearest_frame_only_and_of_two_the_later_counts():
    edits = layer(key(10.4), key(10.45, offset=(0.02, 0.0, 0.0)), key(13.5), fade_seconds=0.0)
    assert [round(size(edits, row), 9) for row in range(9, 16)] == [0, 2, 0, 0, 0, 1, 0]
    assert edits.moving_rows(99) == [range(10, 11), range(14, 15)]
    assert size(layer(key(10.4), fade_seconds=0.9 / 24), 10) == 1.0, "a fade of less than a frame is none"


def test_a_key_between_frames_is_seen_on_both():
    edits = layer(key(10.5), fade_seconds=1.0 / 24)
    assert size(edits, 10) == size(edits, 11) == pytest.approx(0.5)


def test_neighbours_follow_less_with_each_step():
    moved = layer(key(10), neighbours=2).displacements(10)
    assert set(moved) == {48, 49, 50, 58, 59, 60, 61, 67}
    near, far = 20 / 27, 7 / 27
    for point, share in ((48, 1.0), (49, near), (59, near), (INNER_CORNER, near), (50, far), (61, far), (67, far)):
        assert moved[point] == pytest.approx([share * x for x in OFFSET])
    assert set(layer(key(10), neighbours=0).displacements(10)) == {CORNER}
    assert set(layer(key(10), neighbours=1).displacements(10)) == {48, 49, 59, 60}


def test_an_edited_neighbour_is_where_it_was_put_and_takes_others_no_further():
    edits = layer(key(10), key(10, point=49), key(10, point=50, offset=(0.0, 0.0, 0.0)))
    moved = edits.displacements(10)
    assert moved[48] == moved[49] == OFFSET and 50 not in moved
    assert 0.0 < moved[59][0] < OFFSET[0]


def test_a_point_that_fades_out_goes_over_into_following_its_neighbours():
    """Its own key is at 10; its neighbour is held until later."""
    keys = [key(row, point=49) for row in (5, 10, 15, 20)]
    edits = layer(key(10, offset=(0.0, 0.0, 0.0)), *keys)
    course = [size(edits, row) for row in range(10, 17)]
    assert course[0] == 0.0 and course[-1] == pytest.approx(20 / 27)
    assert course == sorted(course)


def test_edits_before_and_after_the_shot_reach_into_it():
    edits = layer(key(-2), key(31))
    assert edits.moving_rows(30) == [range(0, 3), range(27, 30)]
    assert 0.0 < size(edits, 0) < 1.0 and 0.0 < size(edits, 29) < 1.0


edit_keys = st.lists(
    st.builds(
        LandmarkEdit,
        point=st.sampled_from([0, 8, 21, 36, 37, 41, 48, 49, 51, 54, 60, 61, 62, 66, 67]),
        seconds=st.floats(-1.0, 3.0),
        offset=st.tuples(*[st.floats(-0.05, 0.05)] * 3),
    ),
    min_size=1,
    max_size=12,
).map(tuple)


@given(edit_keys, st.sampled_from(RATES), st.floats(0, 10), st.integers(0, 8), st.integers(0, 700))
def test_nothing_moves_further_than_the_largest_edit_or_outside_the_rows_that_are_told(
    keys, fps, fade, neighbours, row
):
    edits = Edits(LandmarkEdits(keys, fade, neighbours), fps)
    moved = edits.displacements(row)
    largest = max(math.hypot(*key.offset) for key in keys)
    assert all(math.hypot(*offset) <= largest * (1.0 + 1e-9) for offset in moved.values())
    spans = edits.moving_rows(701)
    assert not moved or any(row in span for span in spans)
    assert all(one.stop < other.start for one, other in itertools.pairwise(spans))


@given(edit_keys, st.sampled_from(RATES), st.floats(0, 10), st.integers(0, 8))
def test_the_order_of_keys_does_not_matter(keys, fps, fade, neighbours):
    apart = tuple({(key.point, round(key.seconds * 20)): key for key in keys}.values())
    forward, back = (Edits(LandmarkEdits(order, fade, neighbours), fps) for order in (apart, apart[::-1]))
    for row in (0, 3, 24, 60):
        assert forward.displacements(row) == back.displacements(row)
