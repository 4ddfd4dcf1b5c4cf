"""Idle activity: none in speech, full in a long pause, less in a short one, never in a hurry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.idle.activity import SETTLE_SECONDS, VOICE_BEGINS_LATER, VOICE_ENDS_EARLIER, idle_activity

spans_in_order = st.lists(st.floats(0.25, 3.0), max_size=30).map(
    lambda steps: np.cumsum(steps)[: len(steps) // 2 * 2].reshape(-1, 2)
)


@given(st.integers(1, 600), spans_in_order)
def test_it_is_zero_where_there_is_a_voice_and_never_beyond_one(frames, spans):
    activity = idle_activity(frames, spans)
    times = np.arange(frames) / 25
    assert activity.shape == (frames,) and activity.dtype == np.float32
    assert activity.min() >= 0.0 and activity.max() <= 1.0
    for start, end in spans:
        assert not activity[(times >= start + VOICE_BEGINS_LATER) & (times <= end - VOICE_ENDS_EARLIER)].any()


@given(st.integers(3, 600), spans_in_order)
def test_it_comes_and_goes_at_the_same_speed_whatever_the_pauses(frames, spans):
    velocity = np.diff(idle_activity(frames, spans)) * 25
    assert np.abs(velocity).max() <= 1.9 / SETTLE_SECONDS


def test_a_long_pause_is_quite_idle():
    activity = idle_activity(251, np.array([[0.0, 2.0], [8.0, 10.0]]))
    assert (activity[60:190] == 1.0).all()


def test_it_settles_as_it_wakes():
    spans = np.array([[0.0, 2.0 + VOICE_ENDS_EARLIER], [4.0 - VOICE_BEGINS_LATER, 6.0]])
    pause = idle_activity(150, spans)[50:101]
    assert pause[0] == 0.0 and np.allclose(pause, pause[::-1], atol=1e-6)


def test_short_pauses_are_felt_and_longer_ones_more():
    peaks = [idle_activity(250, np.array([[0.0, 4.0], [4.0 + gap, 9.0]])).max() for gap in (0.09, 0.3, 0.5, 0.9)]
    assert peaks[0] > 0.05 and peaks[1] > 0.4 and peaks[-1] == pytest.approx(1.0, abs=1e-3)
    assert peaks == sorted(peaks)


def test_without_a_voice_it_is_idle_from_the_first_frame_to_the_last():
    assert (idle_activity(100, np.zeros((0, 2))) == 1.0).all()
    assert not idle_activity(100, np.array([[0.0, 4.0]])).any()


def test_hours_take_no_time():
    starts = np.arange(0.0, 6 * 3600.0, 2.0)
    activity = idle_activity(6 * 3600 * 25, np.stack([starts, starts + 1.0], 1))
    assert activity.reshape(-1, 50)[:, 1:23].max() == 0.0
    assert activity.max() > 0.9
