"""Warnings before a render: who asks for more than the actor was pictured with is told so, and nobody else."""

import re

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from emogene.emotion.curves import curve_values
from emogene.emotion.track import emotion_track
from emogene_proto.coverage import coverage_warnings, intensity_that_moves, peak_intensities, share_moved
from emogene_proto.names import EASINGS, EMOTIONS, INTERPOLATIONS
from emogene_proto.shot import AudioRef, CurvePoint, EmotionCurve, EmotionKey, EmotionStrength, Feeling, Shot

SHOT = Shot(AudioRef())
COVERED = {"happy": 1.3, "sad": 1.4, "surprised": 0.43}


def felt(*keys: EmotionKey, **changes) -> Shot:
    return msgspec.structs.replace(SHOT, emotions=keys, **changes)


def test_a_covered_shot_gives_no_warning():
    assert coverage_warnings(SHOT, COVERED) == ()
    assert coverage_warnings(felt(EmotionKey(0.0, "happy"), EmotionKey(1.0, "surprised", 0.43)), COVERED) == ()
    assert coverage_warnings(felt(EmotionKey(0.0, "neutral")), {"happy": 0.0}) == ()


def test_a_warning_names_the_emotion_and_what_to_do():
    (warning,) = coverage_warnings(felt(EmotionKey(0.0, "happy"), EmotionKey(1.0, "surprised", 0.9)), COVERED)
    assert "surprised as strong as 0.9" in warning
    assert "Use surprised up to 0.43, another emotion, or train the actor with more pictures" in warning


def test_an_emotion_that_no_intensity_covers_is_to_be_avoided():
    (warning,) = coverage_warnings(felt(EmotionKey(0.0, "fear", 0.3)), {"fear": 0.02})
    assert "Use another emotion, or train" in warning and "up to" not in warning


def test_strength_counts_with_its_strongest_region():
    key = EmotionKey(0.0, "happy", 0.8)
    assert coverage_warnings(felt(key, emotion_strength=EmotionStrength(overall=1.45)), COVERED) == ()
    assert coverage_warnings(felt(key, emotion_strength=EmotionStrength(overall=1.2, brows=1.5)), COVERED)
    assert coverage_warnings(felt(key, emotion_strength=EmotionStrength(2.0, 0.5, 0.5, 0.5)), COVERED) == ()


def test_half_an_emotion_at_twice_the_strength_goes_further_than_a_full_one():
    twice = felt(EmotionKey(0.0, "sad", 0.5), emotion_strength=EmotionStrength(overall=2.0))
    assert (
        coverage_warnings(twice, {"sad": 1.1}) and coverage_warnings(felt(EmotionKey(0.0, "sad")), {"sad": 1.1}) == ()
    )


@given(st.floats(0, 2))
def test_the_way_that_a_face_is_moved_grows_with_the_intensity_and_can_be_gone_back(intensity):
    assert intensity_that_moves(share_moved(intensity)) == pytest.approx(intensity, abs=1e-6)
    assert share_moved(0.0) == 0.0 and share_moved(1.0) == 1.0


@pytest.mark.parametrize(
    ("strength", "intensity", "named"),
    [
        (EmotionStrength(overall=2.0), 0.52, "an overall strength up to 1.47"),
        (EmotionStrength(overall=2.0, mouth=0.5), 0.52, "an overall strength up to 1.47"),
        (EmotionStrength(mouth=1.8, eyes=1.6), 0.6, "a strength of eyes and mouth up to 1.47"),
        (EmotionStrength(overall=0.8, brows=2.0), 0.7, "a strength of brows up to 1.84"),
    ],
)
def test_the_slider_that_is_the_cause_is_named_with_what_it_may_be(strength, intensity, named):
    (warning,) = coverage_warnings(felt(EmotionKey(0.0, "happy", 0.8), emotion_strength=strength), COVERED)
    assert f"Use happy up to {intensity}, {named}, another emotion" in warning


def test_no_slider_is_named_where_none_is_the_cause():
    low = felt(EmotionKey(0.0, "surprised"), emotion_strength=EmotionStrength(overall=0.9))
    (warning,) = coverage_warnings(low, COVERED)
    assert "at a strength of 0.9" in warning and "overall" not in warning


sliders = st.floats(0, 2)
strengths = st.builds(EmotionStrength, sliders, sliders, sliders, sliders)


# Much of what is drawn asks for no more than is covered, and warns nobody.
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.floats(0, 1), strengths, st.one_of(st.floats(0, 0.5), st.floats(0, 2)))
def test_whoever_follows_a_warning_is_not_warned_again(intensity, strength, covered):
    shot = felt(EmotionKey(0.0, "fear", intensity), emotion_strength=strength)
    warnings = coverage_warnings(shot, {"fear": covered})
    assume(warnings)
    if lower := re.search(r"fear up to ([0-9.]+),", warnings[0]):
        asked = re.search(r"as strong as ([0-9.]+)", warnings[0])
        assert 0.05 <= float(lower[1]) < float(asked[1]) <= 1.0
        assert (
            coverage_warnings(
                felt(EmotionKey(0.0, "fear", float(lower[1])), emotion_strength=strength), {"fear": covered}
            )
            == ()
        )
    if overall := re.search(r"an overall strength up to ([0-9.]+),", warnings[0]):
        calmer = msgspec.structs.replace(strength, overall=float(overall[1]))
        assert calmer.overall < strength.overall
        assert coverage_warnings(msgspec.structs.replace(shot, emotion_strength=calmer), {"fear": covered}) == ()
    if regions := re.search(r"a strength of ([a-z ]+) up to ([0-9.]+),", warnings[0]):
        calmer = msgspec.structs.replace(strength, **dict.fromkeys(regions[1].split(" and "), float(regions[2])))
        assert coverage_warnings(msgspec.structs.replace(shot, emotion_strength=calmer), {"fear": covered}) == ()


def test_what_is_asked_for_and_what_is_covered_are_told_apart_in_two_decimals():
    (warning,) = coverage_warnings(felt(EmotionKey(0.0, "sad", 0.6)), {"sad": 0.585})
    assert "as strong as 0.6," in warning and "sad up to 0.58," in warning
    assert coverage_warnings(felt(EmotionKey(0.0, "sad", 0.585)), {"sad": 0.585}) == ()


def test_all_that_a_key_mixes_counts():
    key = EmotionKey(0.0, "happy", 0.4, also=(Feeling("surprised", 0.6),))
    assert [warning for warning in coverage_warnings(felt(key), COVERED) if "surprised" in warning]


def test_a_curve_speaks_in_place_of_the_keys():
    low = EmotionCurve("surprised", (CurvePoint(0.0, 0.1), CurvePoint(1.0, 0.3)))
    shot = felt(EmotionKey(0.0, "surprised"), emotion_curves=(low,))
    assert peak_intensities(shot) == {"surprised": 0.3} and coverage_warnings(shot, COVERED) == ()


def test_a_handle_may_lift_a_curve_above_its_points():
    lifted = (CurvePoint(0.0, 0.3, handle_right=(0.5, 0.5)), CurvePoint(1.0, 0.3))
    peak = 0.3 + 0.5 * 3.0 * 4.0 / 27.0  # 3 t (1 - t)^2 is greatest at a third
    assert peak_intensities(felt(emotion_curves=(EmotionCurve("sad", lifted),))) == {"sad": pytest.approx(peak)}
    straight = (CurvePoint(0.0, 0.3, "linear", handle_right=(0.5, 0.5)), CurvePoint(1.0, 5.0, "constant"))
    assert peak_intensities(felt(emotion_curves=(EmotionCurve("sad", straight),))) == {"sad": 1.0}


numbers = st.floats(-1, 2)
curves = st.lists(
    st.builds(
        CurvePoint,
        st.integers(-8, 8).map(lambda n: n / 2),
        numbers,
        st.sampled_from(INTERPOLATIONS),
        st.tuples(st.floats(-3, 0), numbers),
        st.tuples(st.floats(0, 3), numbers),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda point: point.seconds,
).map(lambda points: EmotionCurve("sad", tuple(sorted(points, key=lambda point: point.seconds))))


@settings(max_examples=200, deadline=None)
@given(curves, st.none() | st.floats(0, 5))
def test_a_curves_peak_is_that_of_its_values_in_the_shot(curve, seconds):
    shot = felt(emotion_curves=(curve,), audio=AudioRef(duration_seconds=seconds))
    last = 5.0 if seconds is None else seconds
    greatest = curve_values(curve, np.linspace(0.0, last, 20_001)).max()
    assert greatest - 1e-4 <= peak_intensities(shot)["sad"] <= greatest + 0.01


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.builds(
            EmotionKey,
            st.integers(-12, 12).map(lambda n: n / 4),
            st.just("sad"),
            st.floats(0, 1),
            st.floats(0, 2),
            st.sampled_from(EASINGS),
        ),
        max_size=6,
    ),
    st.none() | st.floats(0, 3),
)
def test_no_key_is_felt_more_than_its_peak(keys, seconds):
    last = 6.0 if seconds is None else seconds
    greatest = emotion_track(keys, (), np.linspace(0.0, last, 400))[:, EMOTIONS.index("sad")].max()
    assert greatest <= peak_intensities(felt(*keys, audio=AudioRef(duration_seconds=seconds))).get("sad", 0.0) + 1e-6


def test_what_lies_outside_the_shot_gives_no_warning():
    fallen = EmotionCurve("surprised", (CurvePoint(-9.0, 1.0, "linear"), CurvePoint(-1.0, 0.1)))
    assert coverage_warnings(felt(emotion_curves=(fallen,)), COVERED) == ()
    before = (EmotionKey(-9.0, "surprised"), EmotionKey(-5.0, "happy"))
    assert coverage_warnings(felt(*before), COVERED) == ()
    after = felt(EmotionKey(500.0, "surprised"), audio=AudioRef(duration_seconds=3.0))
    assert coverage_warnings(after, COVERED) == ()
    assert coverage_warnings(felt(EmotionKey(500.0, "surprised")), COVERED)


def test_handles_above_a_covered_curve_give_no_warning():
    bent = (CurvePoint(0.0, 0.3, handle_right=(0.4, 0.16)), CurvePoint(1.0, 0.3, handle_left=(-0.4, -0.16)))
    assert coverage_warnings(felt(emotion_curves=(EmotionCurve("surprised", bent),)), COVERED) == ()
    long = (CurvePoint(0.0, 0.0, handle_right=(50.0, 1.0)), CurvePoint(1.0, 0.0, handle_left=(-0.1, 0.0)))
    assert coverage_warnings(felt(emotion_curves=(EmotionCurve("surprised", long),)), COVERED) == ()


@given(
    st.lists(st.builds(EmotionKey, st.floats(0, 60), st.sampled_from(EMOTIONS), st.floats(0, 1)), max_size=5),
    st.dictionaries(st.sampled_from(EMOTIONS), st.floats(0, 2)),
)
def test_at_most_one_sentence_for_each_emotion_and_none_where_nothing_is_known(keys, covered):
    shot = felt(*keys)
    warnings = coverage_warnings(shot, covered)
    assert len(warnings) <= len({key.emotion for key in keys if key.emotion in covered})
    assert coverage_warnings(shot, {}) == ()
