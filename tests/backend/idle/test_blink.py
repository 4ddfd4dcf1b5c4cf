"""Blinks: as often as people, without a rhythm, quick to close, slow to open, and seldom the same twice."""

import numpy as np
import pytest

from emogene.idle.blink import DOUBLE_SECONDS, Blinks, closure_at, draw_blinks
from emogene.idle.gaze import Fixations, draw_fixations

TEN_MINUTES = 600 * 25
IDLE, SPEECH = np.ones(TEN_MINUTES, np.float32), np.zeros(TEN_MINUTES, np.float32)
SEEDS = range(6)
STEADY_EYES = Fixations(np.zeros(1), np.zeros((1, 2)), np.zeros(1, bool))


def drawn(seed: int, activity: np.ndarray = IDLE, rate: float = 1.0) -> Blinks:
    return draw_blinks(activity, draw_fixations(activity, seed), seed, rate)


def first(blinks: Blinks, count: int) -> Blinks:
    parts = (blinks.starts, blinks.closing, blinks.hold, blinks.opening, blinks.closure)
    return Blinks(*(part[:count] for part in parts))


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_minutes_have_a_persons_rate_and_no_rhythm(seed):
    starts = drawn(seed).starts.min(1)
    assert 100 <= len(starts) <= 250
    intervals = np.diff(starts)
    assert intervals.std() / intervals.mean() >= 0.4
    assert intervals.min() >= DOUBLE_SECONDS[0] - 0.05


def test_there_are_more_blinks_in_idle_than_inside_a_phrase():
    assert sum(len(drawn(seed).starts) for seed in SEEDS) > 1.15 * sum(len(drawn(s, SPEECH).starts) for s in SEEDS)


def test_blinks_gather_where_speech_stops():
    activity = np.tile(np.repeat(np.array([0.0, 1.0], np.float32), 75), 100)
    starts = np.concatenate([draw_blinks(activity, STEADY_EYES, seed).starts[:, 0] for seed in SEEDS])
    after_stop = (starts % 6.0 >= 3.0) & (starts % 6.0 < 3.5)
    assert after_stop.mean() > 2.0 * (0.5 / 6.0)


def test_wide_jumps_of_the_eyes_bring_blinks_that_begin_with_them():
    starts = np.arange(0.0, 600.0, 3.0)
    targets = np.where(np.arange(len(starts))[:, None] % 2, [0.3, 0.0], [-0.1, 0.0])
    eyes = Fixations(starts, targets, np.ones(len(starts), bool))
    blinking = draw_blinks(SPEECH, eyes, 1).starts.min(1)
    assert np.isin(blinking, starts).sum() > 0.25 * len(starts)


@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_the_rate_scales(rate):
    usual = sum(len(drawn(seed).starts) for seed in SEEDS)
    assert sum(len(drawn(seed, rate=rate).starts) for seed in SEEDS) == pytest.approx(rate * usual, rel=0.35)


def test_at_rate_zero_there_are_none():
    assert not closure_at(drawn(0, rate=0.0), np.arange(1000) / 25).any()


@pytest.mark.parametrize("fps", [23.976, 24.0, 25.0, 29.97, 60.0])
def test_every_whole_blink_shows_both_eyes_shut_at_any_rate_of_the_film(fps):
    blinks = drawn(3)
    times = np.arange(int(600 * fps)) / fps
    closure = closure_at(blinks, times)
    whole = (blinks.closure.min(1) == 1.0) & (blinks.starts.max(1) < 599.0)
    assert 0.75 < whole.mean() < 0.95
    for eye in range(2):
        for start in blinks.starts[whole, eye]:
            assert closure[(times >= start) & (times < start + 0.2), eye].max() == 1.0


def test_lids_fall_faster_than_they_rise_and_take_a_human_time():
    blinks = first(drawn(0), 1)
    start = blinks.starts[0, 0]
    closure = closure_at(blinks, start + np.arange(600) / 1000.0)[:, 0]
    moving = np.flatnonzero((closure > 0.05) & (closure < 0.95))
    falling = moving < closure.argmax()
    assert 1.6 * falling.sum() < (~falling).sum()
    assert 200 <= (closure > 0.0).sum() <= 420
    assert np.abs(np.diff(closure)).max() < 0.04, "a lid does not flash"


def test_some_blinks_are_double_some_incomplete_and_eyes_are_not_quite_together():
    blinks = drawn(1)
    intervals = np.diff(blinks.starts.min(1))
    assert 0.01 < (intervals < DOUBLE_SECONDS[1] + 0.03).mean() < 0.15
    halves = blinks.closure.max(1) < 1.0
    assert 0.05 < halves.mean() < 0.3 and blinks.closure[halves].min() > 0.4
    assert (blinks.closure[halves, 0] != blinks.closure[halves, 1]).all()
    lag = np.abs(blinks.starts[:, 0] - blinks.starts[:, 1])
    assert 0.0 < np.median(lag) < 0.012 and lag.max() < 0.03


def test_the_seed_decides_and_what_comes_later_changes_nothing():
    short, long = drawn(2, IDLE[:5000]), drawn(2)
    times = np.arange(5000) / 25
    assert np.array_equal(closure_at(short, times), closure_at(long, times))
    assert not np.array_equal(closure_at(drawn(4), times), closure_at(long, times))
