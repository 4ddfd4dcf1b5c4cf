"""Breathing: uneven, quicker in than out, drawn before words and let out over them, and never with a jerk."""

import numpy as np
import pytest

from emogene.idle.activity import idle_activity
from emogene.idle.breath import draw_breaths, volume_at

IDLE = np.ones(15000, np.float32)
SPANS = np.array([[10.0, 14.0], [14.7, 19.0], [22.0, 26.0]])
TALK = idle_activity(1000, SPANS)


@pytest.mark.parametrize("seed", range(4))
def test_breaths_at_rest_take_three_to_five_seconds_no_two_alike_and_go_in_faster_than_out(seed):
    turns = np.diff(draw_breaths(IDLE, seed).seconds)
    into, out = turns[::2], turns[1::2]
    assert (into < out).mean() > 0.85
    cycles = into + out
    assert np.percentile(cycles, 10) > 3.0 and np.percentile(cycles, 90) < 5.0
    assert 0.08 < cycles.std() / cycles.mean() < 0.3


@pytest.mark.parametrize("seed", range(8))
def test_lungs_are_full_when_words_begin_and_empty_over_them(seed):
    breaths = draw_breaths(TALK, seed)
    for start, end in SPANS:
        phrase = volume_at(breaths, np.linspace(start + 0.05, end - 0.05, 40))
        assert phrase[0] > 0.9 * phrase.max() and phrase[0] > 0.35
        assert np.all(np.diff(phrase) < 1e-6) and phrase[-1] < 0.4 * phrase[0]


def test_who_speaks_on_and_on_still_draws_breath_quickly():
    turns = np.diff(draw_breaths(np.zeros(3000, np.float32), 0).seconds)
    assert turns[::2].max() < 1.0 and turns[1::2].min() > 2.5 and turns[1::2].max() < 9.0


@pytest.mark.parametrize("activity", [IDLE[:1000], TALK])
def test_there_is_no_step_in_velocity(activity):
    times = np.arange(40_000) / 1000.0
    velocity = np.diff(volume_at(draw_breaths(activity, 3), times)) * 1000.0
    assert np.abs(np.diff(velocity)).max() < 0.05 * np.abs(velocity).max()


def test_what_comes_much_later_changes_nothing():
    times = np.arange(4000) / 25
    short, long = draw_breaths(IDLE[:4000], 1), draw_breaths(IDLE, 1)
    assert np.array_equal(volume_at(short, times), volume_at(long, times))
