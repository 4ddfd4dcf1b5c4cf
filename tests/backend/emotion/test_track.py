"""Emotion keys over time: true at the keys, a proper mixture in between, no jump but where one is asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.emotion.track import emotion_weights
from emogene_proto.names import EASINGS, EMOTIONS
from emogene_proto.shot import EmotionKey

TIMES = np.linspace(0.0, 10.0, 2001)
HAPPY, ANGRY, SAD = (EMOTIONS.index(name) for name in ("happy", "angry", "sad"))

keys = st.lists(
    st.builds(
        EmotionKey,
        seconds=st.floats(-1, 9),
        emotion=st.sampled_from(EMOTIONS),
        intensity=st.floats(0, 1),
        transition_seconds=st.floats(0, 4),
        easing=st.sampled_from(EASINGS),
    ),
    max_size=6,
)


@given(keys)
def test_weights_are_a_mixture_at_every_time(drawn):
    weights = emotion_weights(drawn, TIMES)
    assert weights.shape == (len(TIMES), 8)
    assert weights.min() >= 0
    assert np.allclose(weights.sum(1), 1.0, atol=1e-5)


@given(keys.filter(lambda drawn: all(k.easing not in ("hold", "linear") and k.transition_seconds > 0.5 for k in drawn)))
def test_eased_keys_never_jump_even_when_they_interrupt_each_other(drawn):
    steps = np.abs(np.diff(emotion_weights(drawn, TIMES), axis=0))
    fastest = 4.0 / 0.5 * (TIMES[1] - TIMES[0])
    assert steps.max(initial=0.0) <= len(drawn) * fastest


@pytest.mark.parametrize("easing", ["smooth", "ease_in", "ease_out"])
def test_eased_keys_have_no_step_in_velocity_or_acceleration(easing):
    times = np.arange(0.0, 4.0, 1e-3)
    happy = emotion_weights([EmotionKey(1.0, "happy", 1.0, 1.5, easing)], times)[:, HAPPY].astype(np.float64)
    velocity = np.diff(happy) / 1e-3
    assert np.abs(np.diff(velocity)).max() < 0.05
    outside = (times[1:] < 1.0) | (times[1:] > 2.501)
    assert np.abs(velocity[outside]).max() == 0.0


def test_a_key_leaves_at_its_time_and_arrives_after_its_transition():
    key = EmotionKey(2.0, "sad", 0.6, 0.5)
    before, start, end, later = emotion_weights([key], np.array([1.9, 2.0, 2.5, 9.0]))[:, SAD]
    assert before == start == 0.0
    assert end == later == np.float32(0.6)


def test_hold_jumps_exactly_once_and_at_the_key():
    weights = emotion_weights([EmotionKey(3.0, "happy", 0.8, 1.0, "hold")], TIMES)[:, HAPPY]
    jumps = np.flatnonzero(np.diff(weights))
    assert len(jumps) == 1
    assert TIMES[jumps[0] + 1] == pytest.approx(3.0)


def test_before_the_first_key_the_face_is_neutral_unless_the_key_is_at_the_start():
    assert emotion_weights([EmotionKey(1.0, "happy")], np.array([0.0]))[0, 0] == 1.0
    assert emotion_weights([EmotionKey(0.0, "happy")], np.array([0.0]))[0, HAPPY] == 1.0
    assert emotion_weights([EmotionKey(-2.0, "happy")], np.array([0.0]))[0, HAPPY] == 1.0
    assert emotion_weights([], np.array([0.0]))[0, 0] == 1.0


def test_a_change_that_is_interrupted_goes_on_from_where_it_was():
    long, short = EmotionKey(1.0, "happy", 1.0, 2.0), EmotionKey(2.0, "angry", 1.0, 0.5)
    weights = emotion_weights([long, short], np.array([1.999, 2.0, 2.001, 2.5, 5.0]))
    assert weights[1, HAPPY] == pytest.approx(0.5)
    assert np.abs(np.diff(weights[:3], axis=0)).max() < 2e-3
    assert weights[3, ANGRY] == weights[4, ANGRY] == 1.0


def test_the_order_in_which_keys_are_given_does_not_matter():
    a, b = EmotionKey(1.0, "happy"), EmotionKey(4.0, "sad")
    assert np.array_equal(emotion_weights([a, b], TIMES), emotion_weights([b, a], TIMES))
