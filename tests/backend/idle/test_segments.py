"""Algorithm 1: segments of allowed lengths, a fixed gap apart, inside the track."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emogene.idle.segments import idle_length_limits, idle_segments


@given(st.integers(0, 400), st.integers(1, 20), st.integers(0, 40), st.integers(0, 30), st.integers(0, 2**32 - 1))
def test_segments_have_allowed_lengths_and_the_fixed_gap(count, shortest, more, gap, seed):
    segments = idle_segments(count, shortest, shortest + more, gap, np.random.default_rng(seed))
    lengths = [end - start + 1 for start, end in segments]
    assert all(shortest <= length <= shortest + more for length in lengths)
    assert all(b[0] - a[1] - 1 == gap for a, b in zip(segments, segments[1:], strict=False))
    assert not segments or (segments[0][0] == 0 and segments[-1][1] + gap < count)


def test_one_seed_gives_one_answer_and_lengths_vary():
    first, again = (idle_segments(5000, 5, 40, 10, np.random.default_rng(1)) for _ in range(2))
    assert first == again
    assert len({end - start for start, end in first}) > 10


def test_lengths_of_rests_are_read_from_the_track():
    poses = np.tile(np.eye(4), (30, 1, 1))
    poses[:, 0, 3] = [0] * 5 + list(np.linspace(0.01, 0.2, 10)) + [0.2] * 8 + list(np.linspace(0.21, 0.3, 7))
    assert idle_length_limits(poses, np.array([])) == (5, 9)
    assert idle_length_limits(poses, np.array([2])) == (2, 9)


def test_a_head_that_is_never_still_has_no_rests():
    poses = np.tile(np.eye(4), (30, 1, 1))
    poses[:, 0, 3] = np.linspace(0, 1, 30)
    assert idle_length_limits(poses, np.array([])) is None
