"""Emotion keys and curves over time: true at the keys, a mixture in between, no jump but where one is asked for."""

import itertools
import os
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import load_audio
from emogene.emotion.track import emotion_track
from emogene_proto.names import EASINGS, EMOTIONS
from emogene_proto.shot import (
    SHORTEST_CHANGE_SECONDS,
    AudioRef,
    CurvePoint,
    EmotionCurve,
    EmotionKey,
    Feeling,
    Performance,
    Shot,
)

TIMES = np.linspace(0.0, 10.0, 2001)
HAPPY, ANGRY, SAD, SURPRISED = (EMOTIONS.index(name) for name in ("happy", "angry", "sad", "surprised"))
RECORDINGS = Path(os.environ.get("EMOGENE_SHARED", Path(__file__).parents[4] / "shared")) / "data/speech"


def mixed(shares: dict[str, float], **key) -> EmotionKey:
    first, *others = (Feeling(emotion, share / max(1.0, sum(shares.values()))) for emotion, share in shares.items())
    return EmotionKey(emotion=first.emotion, intensity=first.intensity, also=tuple(others), **key)


keys = st.lists(
    st.builds(
        mixed,
        shares=st.dictionaries(st.sampled_from(EMOTIONS), st.floats(0, 1), min_size=1, max_size=3),
        seconds=st.floats(-1, 9),
        transition_seconds=st.floats(0, 4),
        easing=st.sampled_from(EASINGS),
    ),
    max_size=6,
)
curves = st.lists(
    st.builds(
        EmotionCurve,
        emotion=st.sampled_from(EMOTIONS[1:]),
        points=st.lists(st.floats(0, 10), min_size=1, max_size=4, unique=True).map(
            lambda seconds: tuple(CurvePoint(s, 0.3 * s - 0.5) for s in sorted(seconds))
        ),
    ),
    max_size=3,
    unique_by=lambda curve: curve.emotion,
)


@given(keys, curves)
def test_weights_are_a_mixture_at_every_time(keyed, curved):
    weights = emotion_track(keyed, curved, TIMES)
    assert weights.shape == (len(TIMES), 8) and weights.dtype == np.float32
    assert weights.min() >= 0
    assert np.allclose(weights.sum(1), 1.0, atol=1e-5)


@given(keys, st.permutations(range(50)))
def test_times_do_not_depend_on_one_another(keyed, order):
    times = np.linspace(-1.0, 10.0, 50)
    assert np.array_equal(emotion_track(keyed, (), times[order]), emotion_track(keyed, (), times)[order])


@given(keys.filter(lambda keyed: all(key.easing not in ("hold", "linear") for key in keyed)))
def test_eased_keys_have_no_step_in_place_or_velocity_even_when_they_interrupt_each_other(keyed):
    """Halving the time between two rows halves steps of a continuous change; a jump stays as large as it is."""
    fine = np.linspace(0.0, 10.0, 40_001)
    weights = emotion_track(keyed, (), fine).astype(np.float64)
    velocity = np.diff(weights, axis=0) / (fine[1] - fine[0])
    # Fastest and sharpest of smootherstep(u^2) are 2.5 and 17 a length; changes under way at once multiply.
    assert np.abs(velocity).max(initial=0.0) < 6 * 3.0 / 0.15
    assert np.abs(np.diff(velocity, axis=0)).max(initial=0.0) < (fine[1] - fine[0]) * 6 * 40.0 / 0.15**2


@pytest.mark.parametrize("easing", ["smooth", "ease_in", "ease_out"])
def test_an_interruption_goes_on_with_the_velocity_of_what_it_interrupts(easing):
    times = 2.0 + np.array([-2e-3, -1e-3, 0.0, 1e-3, 2e-3])
    first, second = EmotionKey(1.0, "happy", 1.0, 2.0), EmotionKey(2.0, "angry", 1.0, 0.5, easing)
    happy = emotion_track([first, second], (), times)[:, HAPPY].astype(np.float64)
    velocity = np.diff(happy) / 1e-3
    assert velocity == pytest.approx(velocity[0], abs=0.01) and velocity[0] == pytest.approx(0.94, abs=0.01)


@pytest.mark.parametrize("easing", ["smooth", "ease_in", "ease_out"])
def test_eased_keys_have_no_step_in_velocity_or_acceleration(easing):
    times = np.arange(0.0, 4.0, 1e-3)
    happy = emotion_track([EmotionKey(1.0, "happy", 1.0, 1.5, easing)], (), times)[:, HAPPY].astype(np.float64)
    velocity = np.diff(happy) / 1e-3
    assert np.abs(np.diff(velocity)).max() < 0.05
    outside = (times[1:] < 1.0) | (times[1:] > 2.501)
    assert np.abs(velocity[outside]).max() == 0.0


def test_a_key_leaves_at_its_time_and_arrives_after_its_transition():
    key = EmotionKey(2.0, "sad", 0.6, 0.5)
    before, start, end, later = emotion_track([key], (), np.array([1.9, 2.0, 2.5, 9.0]))[:, SAD]
    assert before == start == 0.0
    assert end == later == np.float32(0.6)


def test_hold_jumps_exactly_once_and_at_the_key():
    weights = emotion_track([EmotionKey(3.0, "happy", 0.8, 1.0, "hold")], (), TIMES)[:, HAPPY]
    jumps = np.flatnonzero(np.diff(weights))
    assert len(jumps) == 1
    assert TIMES[jumps[0] + 1] == pytest.approx(3.0)


@pytest.mark.parametrize("easing", [easing for easing in EASINGS if easing != "hold"])
def test_a_change_that_is_no_hold_takes_its_shortest_time_at_least(easing):
    at_once = EmotionKey(3.0, "happy", 1.0, 0.0, easing)
    times = np.arange(2.9, 3.5, 0.01)
    happy = emotion_track([at_once], (), times)[:, HAPPY]
    assert np.abs(np.diff(happy)).max() < 0.2
    assert happy[times > 3.0 + SHORTEST_CHANGE_SECONDS[easing]].min() == 1.0


def test_before_the_first_key_the_face_is_neutral_unless_the_key_is_at_the_start():
    assert emotion_track([EmotionKey(1.0, "happy")], (), np.array([0.0]))[0, 0] == 1.0
    assert emotion_track([EmotionKey(0.0, "happy")], (), np.array([0.0]))[0, HAPPY] == 1.0
    assert emotion_track([EmotionKey(-2.0, "happy")], (), np.array([0.0]))[0, HAPPY] == 1.0
    assert emotion_track([], (), np.array([0.0]))[0, 0] == 1.0


def test_a_change_that_is_interrupted_goes_on_from_where_it_was():
    long, short = EmotionKey(1.0, "happy", 1.0, 2.0), EmotionKey(2.0, "angry", 1.0, 0.5)
    weights = emotion_track([long, short], (), np.array([1.999, 2.0, 2.001, 2.5, 5.0]))
    assert weights[1, HAPPY] == pytest.approx(0.5)
    assert np.abs(np.diff(weights[:3], axis=0)).max() < 2e-3
    assert weights[3, ANGRY] == weights[4, ANGRY] == 1.0


def test_the_order_in_which_keys_are_given_does_not_matter():
    a, b = EmotionKey(1.0, "happy"), EmotionKey(4.0, "sad")
    assert np.array_equal(emotion_track([a, b], (), TIMES), emotion_track([b, a], (), TIMES))


def test_of_keys_at_the_same_second_the_last_one_counts_alone():
    first, second = EmotionKey(3.0, "happy", 1.0, 0.5), EmotionKey(3.0, "sad", 0.8, 1.5)
    assert np.array_equal(emotion_track([first, second], (), TIMES), emotion_track([second], (), TIMES))
    assert np.array_equal(emotion_track([second, first], (), TIMES), emotion_track([first], (), TIMES))


def test_of_several_keys_at_the_beginning_the_last_one_holds_from_there():
    keyed = [EmotionKey(0.0, emotion) for emotion in ("happy", "angry", "sad")]
    assert (emotion_track(keyed, (), TIMES)[:, SAD] == 1.0).all()


@given(keys)
def test_a_key_is_blended_into_what_was_felt_until_then(keyed):
    """The definition, key after key over all times; what has been covered by a later key is left out for speed only."""
    ordered = sorted({key.seconds: key for key in keyed}.values(), key=lambda key: key.seconds)
    felt = np.zeros((len(TIMES), 8))
    for number, key in enumerate(ordered):
        at_once = number == 0 and key.seconds <= 0.0
        alone = EmotionKey(key.seconds, "happy", 1.0, key.transition_seconds, key.easing)
        before = [] if at_once else [EmotionKey(-5.0, "neutral")]
        arrived = emotion_track([*before, alone], (), TIMES)[:, [HAPPY]].astype(np.float64)
        target = np.zeros(8)
        for feeling in key.feelings:
            target[EMOTIONS.index(feeling.emotion)] = feeling.intensity
        felt = (1.0 - arrived) * felt + arrived * target
    np.testing.assert_allclose(emotion_track(keyed, (), TIMES)[:, 1:], felt[:, 1:], atol=1e-5)


@pytest.mark.parametrize(("count", "apart", "transition"), [(1440, 1 / 24, 5.0), (5000, 0.1, 60.0)])
def test_many_changes_under_way_at_once_take_no_longer_than_a_breath(count, apart, transition):
    keyed = [EmotionKey(k * apart, EMOTIONS[1 + k % 7], 0.5, transition) for k in range(count)]
    began = time.perf_counter()
    emotion_track(keyed, (), np.arange(int(count * apart * 24)) / 24)
    assert time.perf_counter() - began < 2.0


def test_surprised_becoming_happy_passes_through_both():
    keyed = [EmotionKey(0.0, "surprised"), EmotionKey(1.0, "happy", transition_seconds=1.0)]
    weights = emotion_track(keyed, (), np.linspace(1.0, 2.0, 21))
    assert np.allclose(weights[:, HAPPY] + weights[:, SURPRISED], 1.0)
    assert weights[10, HAPPY] == weights[10, SURPRISED] == 0.5
    assert (np.diff(weights[:, HAPPY]) > 0).all() and (np.diff(weights[:, SURPRISED]) < 0).all()


def test_a_bittersweet_mixture_holds_until_the_next_key():
    bittersweet = EmotionKey(1.0, "happy", 0.5, also=(Feeling("sad", 0.4),))
    weights = emotion_track([bittersweet, EmotionKey(5.0, "neutral")], (), np.array([1.4, 3.0, 5.0, 5.4]))
    assert np.allclose(weights[:3, [0, HAPPY, SAD]], [0.1, 0.5, 0.4])
    assert weights[3, 0] == 1.0


def test_a_curve_stands_in_place_of_the_keys_of_its_emotion_only():
    keyed = [EmotionKey(0.0, "happy", 0.9, also=(Feeling("sad", 0.1),))]
    curve = EmotionCurve("happy", (CurvePoint(0.0, 0.0, "linear"), CurvePoint(2.0, 1.0)))
    weights = emotion_track(keyed, [curve], np.array([0.0, 1.0]))
    assert np.allclose(weights[:, [HAPPY, SAD]], [[0.0, 0.1], [0.5, 0.1]])


def test_curves_and_keys_that_want_more_than_one_are_scaled_to_one():
    curve = EmotionCurve("sad", (CurvePoint(0.0, 1.0),))
    weights = emotion_track([EmotionKey(0.0, "happy", 0.5)], [curve], np.array([3.0]))[0]
    assert weights[[0, HAPPY, SAD]] == pytest.approx([0.0, 1 / 3, 2 / 3])


def test_an_hour_of_a_thousand_keys_ends_in_the_last_one():
    keyed = [EmotionKey(3.6 * k, EMOTIONS[k % 8], easing="smooth") for k in range(1000)]
    weights = emotion_track(keyed, (), np.arange(3600 * 60) / 60)
    assert weights[-1, EMOTIONS.index(keyed[-1].emotion)] == 1.0


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="needs ../shared/data/speech")
def test_a_key_accelerates_the_face_no_more_than_speech_does():
    """All changes between two emotions, each at another place of a recording, in the shortest time."""
    actor = load_actor("bundled")
    shot = Shot(AudioRef(), fps=25.0, performance=Performance(blink=0.0, gaze=0.0, breath=0.0))
    speech = pipeline.listen(shot, load_audio(RECORDINGS / "allison_conf-usermenu.flac", 0.0, 14.0), actor)
    delivery = pipeline.deliver(shot, speech, actor)
    inside, elsewhere = [], []
    for place, (a, b) in enumerate(itertools.permutations(EMOTIONS, 2)):
        key = EmotionKey(0.5 + (place * 0.618 % 1.0) * 12.0, b, 1.0, 0.0)
        felt = msgspec.structs.replace(shot, emotions=(EmotionKey(0.0, a), key))
        landmarks = pipeline.feel(felt, delivery, actor).landmarks.astype(np.float64)
        sharpest = np.linalg.norm(np.diff(landmarks, 2, axis=0), axis=2).max(1)
        times = np.arange(1, len(landmarks) - 1) / 25.0
        changing = (times >= key.seconds - 0.04) & (times <= key.seconds + SHORTEST_CHANGE_SECONDS["smooth"] + 0.04)
        inside.append(sharpest[changing])
        elsewhere.append(np.quantile(sharpest[~changing], 0.99))
    assert np.quantile(np.concatenate(inside), 0.99) <= 1.2 * np.median(elsewhere)
