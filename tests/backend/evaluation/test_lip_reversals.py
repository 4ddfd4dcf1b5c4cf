"""Lips that turn back sharply are counted, others are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.evaluation.lip_reversals import reversals

gaps = st.lists(st.floats(0.0, 20.0), max_size=30).map(np.array)


@pytest.mark.parametrize(
    ("gap", "count"),
    [
        ([], 0),
        ([3.0], 0),
        ([3.0, 6.0], 0),
        ([3.0, 6.0, 3.0], 1),
        ([6.0, 3.0, 6.0, 3.0], 2),
        ([3.0, 6.0, 9.0, 6.5, 4.0], 1),
        ([3.0, 6.0, 4.5], 0),
        ([3.0, 6.0, 6.0, 3.0], 0),
    ],
)
def test_a_turn_counts_where_the_frames_on_both_sides_of_it_are_fast(gap, count):
    assert reversals(np.array(gap, float)) == count


@given(gaps)
def test_turns_are_the_same_backwards_and_upside_down(gap):
    assert reversals(gap) == reversals(gap[::-1]) == reversals(-gap)


@given(gaps, st.floats(1.0, 3.0))
def test_a_larger_movement_does_not_turn_less(gap, larger):
    assert reversals(larger * gap) >= reversals(gap)
