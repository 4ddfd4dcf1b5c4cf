"""Algorithm 1: segments of allowed lengths, a fixed gap apart, in the track; its ablations; rests in every pause."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.idle.activity import VOICE_BEGINS_LATER, VOICE_ENDS_EARLIER
from emogene.idle.segments import EASE, ease_frames, idle_segments, inserted_rows, pauses, resting
from emogene.idle.stillness import Rests
from emogene_proto.names import IDLE_SAMPLINGS

RESTS = Rests(shortest=5, longest=40, gap=10)
REAL_RESTS = Rests(shortest=2, longest=34, gap=4)
"""As a tracked head's are: short gaps."""


@st.composite
def some_rests(draw):
    shortest = draw(st.integers(1, 20))
    return Rests(shortest, shortest + draw(st.integers(0, 40)), draw(st.integers(1, 40)))


def lengths_and_gaps(segments: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    lengths = [end - start + 1 for start, end in segments]
    return lengths, [b[0] - a[1] - 1 for a, b in zip(segments, segments[1:], strict=False)]


@given(st.integers(0, 400), some_rests(), st.integers(0, 2**32 - 1))
def test_segments_have_allowed_lengths_and_the_fixed_gap(count, rests, seed):
    segments = idle_segments(count, rests, np.random.default_rng(seed))
    lengths, gaps = lengths_and_gaps(segments)
    assert all(rests.shortest <= length <= rests.longest for length in lengths)
    assert all(gap == rests.gap for gap in gaps)
    assert not segments or (segments[0][0] == 0 and segments[-1][1] + rests.gap < count)


@given(st.integers(0, 400), some_rests(), st.sampled_from(IDLE_SAMPLINGS), st.integers(0, 2**32 - 1))
def test_every_sampling_keeps_the_limits(count, rests, sampling, seed):
    lengths, gaps = lengths_and_gaps(idle_segments(count, rests, np.random.default_rng(seed), sampling))
    assert all(rests.shortest <= length <= rests.longest for length in lengths)
    assert all(1 <= gap < 2 * rests.gap for gap in gaps)


@pytest.mark.parametrize(
    ("sampling", "lengths_vary", "gaps_vary"),
    [("random_length", True, False), ("fixed_length", False, True), ("random", True, True), ("even", False, False)],
)
def test_ablations_vary_what_their_names_say(sampling, lengths_vary, gaps_vary):
    lengths, gaps = lengths_and_gaps(idle_segments(5000, RESTS, np.random.default_rng(1), sampling))
    assert (len(set(lengths)) > 10) == lengths_vary and (len(set(lengths[:-1])) == 1) == (not lengths_vary)
    assert (len(set(gaps)) > 10) == gaps_vary and (len(set(gaps)) == 1) == (not gaps_vary)


@pytest.mark.parametrize("rests", [RESTS, REAL_RESTS])
@pytest.mark.parametrize("sampling", IDLE_SAMPLINGS[:-1])
def test_every_sampling_rests_and_moves_as_long_on_average(sampling, rests):
    lengths, gaps = lengths_and_gaps(idle_segments(200_000, rests, np.random.default_rng(1), sampling))
    assert np.mean(lengths) == pytest.approx((rests.shortest + rests.longest) / 2, rel=0.03)
    assert np.mean(gaps) == pytest.approx(rests.gap, rel=0.03)


def test_no_sampling_is_no_rest():
    random = np.random.default_rng(0)
    assert idle_segments(1000, RESTS, random, "none") == []
    assert not resting(1000, np.zeros((0, 2)), RESTS, random, "none").any()


def test_one_seed_gives_one_answer():
    first, again = (idle_segments(5000, RESTS, np.random.default_rng(1)) for _ in range(2))
    assert first == again


@given(st.integers(1, 400), some_rests(), st.integers(0, 2**32 - 1))
def test_inserted_poses_are_copies_and_none_of_the_others_is_lost(count, rests, seed):
    segments = idle_segments(count, rests, np.random.default_rng(seed))
    rows = inserted_rows(count, segments)
    assert list(np.unique(rows)) == list(range(rows[-1] + 1)) and (np.diff(rows) >= 0).all()
    for start, end in segments:
        assert (rows[start : end + 1] == rows[start]).all()
    idle = sum(end - start for start, end in segments)
    assert rows[-1] + 1 == count - idle


def test_pauses_are_what_speech_leaves():
    assert pauses(100, np.array([[1.0, 2.0]])) == [(0, 25), (50, 100)]
    assert pauses(100, np.array([[0.0, 9.0]])) == []
    assert pauses(100, np.zeros((0, 2))) == [(0, 100)]


@pytest.mark.parametrize("sampling", IDLE_SAMPLINGS[:-1])
@pytest.mark.parametrize("seconds", [0.3, 0.5, 1.0, 2.0, 8.0])
def test_the_head_rests_in_every_pause_and_never_in_speech(seconds, sampling):
    spans = np.array([[0.0, 2.0], [2.0 + seconds, 5.0 + seconds]])
    rest = resting(round(25 * (4.0 + seconds)), spans, RESTS, np.random.default_rng(2), sampling)
    times = np.arange(len(rest)) / 25
    voice = (times <= 2.0 - VOICE_ENDS_EARLIER) | (times >= 2.0 + seconds + VOICE_BEGINS_LATER)
    assert not rest[voice].any() and rest[~voice].max() > 0.3
    assert rest.min() >= 0.0 and rest.max() <= 1.0


@pytest.mark.parametrize("rests", [RESTS, REAL_RESTS, Rests(2, 35, 13)])
def test_in_a_long_silence_it_rests_moves_and_rests(rests):
    """Rests do not run into each other: between any two, the head moves at full speed for half of the gap."""
    seed = 3
    rest = resting(5000, np.zeros((0, 2)), rests, np.random.default_rng(seed))
    segments = idle_segments(5000, rests, np.random.default_rng(seed))
    for (_, end), (begin, _) in zip(segments, segments[1:], strict=False):
        assert (rest[end + 1 : begin] < 0.001).sum() >= rests.gap // 2
    long = [(start, end) for start, end in segments if end - start + 1 >= ease_frames(rests.gap)]
    assert len(long) > 20 and all(rest[start : end + 1].max() > 0.999 for start, end in long)
    assert np.abs(np.diff(rest)).max() <= 2.0 / (ease_frames(rests.gap) + 1) + 1e-9


@given(st.integers(1, 500))
def test_easing_takes_no_more_than_half_of_a_gap(gap):
    ease = ease_frames(gap)
    assert EASE[0] <= ease <= EASE[1] and ease % 2 == 1
    assert ease == EASE[0] or 2 * (ease // 2) <= gap / 2
