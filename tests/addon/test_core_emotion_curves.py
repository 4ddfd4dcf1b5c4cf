"""Keyframes of an intensity become points with the same handles, or else the values of each frame."""

import pytest
from emogene_addon.core.emotion_curves import Keyframe, ShotSpan, held_curve, keyed_curve, sampled_curve
from emogene_addon.emogene_proto.shot import AudioRef, CurvePoint, Shot
from emogene_addon.emogene_proto.shot_check import check
from hypothesis import given
from hypothesis import strategies as st

SPAN = ShotSpan(fps=25.0, first=11, last=60)


def key(frame: float, value: float = 0.5, interpolation: str = "BEZIER", reach: float = 2.0) -> Keyframe:
    """With handles `reach` frames to both sides, 0.1 up and down."""
    return Keyframe(frame, value, interpolation, (frame - reach, value - 0.1), (frame + reach, value + 0.1))


def frames(curve) -> list[float]:
    return [round(point.seconds * SPAN.fps + SPAN.first, 6) for point in curve.points]


def test_handles_go_over_in_seconds_from_their_points():
    curve = keyed_curve("happy", [key(11), key(36, 1.0)], "CONSTANT", SPAN)
    assert curve.emotion == "happy"
    first, last = curve.points
    assert first == CurvePoint(0.0, 0.5, "bezier", (0.0, 0.0), (pytest.approx(0.08), pytest.approx(0.1)))
    assert last == CurvePoint(1.0, 1.0, "constant", (pytest.approx(-0.08), pytest.approx(-0.1)), (0.0, 0.0))


def test_only_curved_segments_have_handles():
    keys = [key(11, interpolation="CONSTANT"), key(20, interpolation="LINEAR"), key(30), key(40)]
    curve = keyed_curve("sad", keys, "CONSTANT", SPAN)
    assert [point.interpolation for point in curve.points] == ["constant", "linear", "bezier", "constant"]
    assert [point.handle_left != (0.0, 0.0) for point in curve.points] == [False, False, False, True]
    assert [point.handle_right != (0.0, 0.0) for point in curve.points] == [False, False, True, False]


def test_keyframes_far_from_the_shot_make_no_difference():
    near = [key(5), key(30), key(70)]
    far = [key(-400, 0.9), key(-20, 0.1), *near, key(90, 0.7)]
    assert keyed_curve("fear", near, "CONSTANT", SPAN) == keyed_curve("fear", far, "CONSTANT", SPAN)
    assert frames(keyed_curve("fear", far, "CONSTANT", SPAN)) == [5, 30, 70]


@pytest.mark.parametrize(("keyframes", "kept"), [([key(1), key(5)], [5]), ([key(70), key(90)], [70])])
def test_before_and_after_all_keyframes_the_nearest_is_held(keyframes, kept):
    assert frames(keyed_curve("fear", keyframes, "CONSTANT", SPAN)) == kept


@pytest.mark.parametrize(
    ("keyframes", "extrapolation"),
    [
        ([key(11, interpolation="BOUNCE"), key(60)], "CONSTANT"),
        ([key(20), key(30)], "LINEAR"),
        ([key(11, reach=-3.0), key(60)], "CONSTANT"),
        ([key(20), key(20), key(60)], "CONSTANT"),
        ([key(30), key(20), key(60)], "CONSTANT"),
    ],
    ids=["bounce", "extrapolated", "handle on the wrong side", "two on one frame", "not in order"],
)
def test_what_the_document_cannot_say_asks_for_values(keyframes, extrapolation):
    assert keyed_curve("happy", keyframes, extrapolation, SPAN) is None


def test_what_lies_outside_the_shot_may_be_of_any_kind():
    bounce = [key(0, interpolation="BOUNCE"), key(11), key(60, interpolation="ELASTIC"), key(80)]
    assert frames(keyed_curve("happy", bounce, "LINEAR", SPAN)) == [11, 60]


def test_values_of_frames_are_joined_by_lines_and_level_runs_are_said_once():
    curve = sampled_curve("happy", [0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0], SPAN)
    assert frames(curve) == [11, 13, 14, 15, 17]
    assert {point.interpolation for point in curve.points} == {"linear"}


@given(st.lists(st.floats(-1, 2), min_size=1, max_size=80), st.floats(1, 240), st.integers(-1000, 1000))
def test_every_sampled_curve_can_be_rendered_and_has_each_value(values, fps, first):
    span = ShotSpan(fps, first, first + len(values) - 1)
    curve = sampled_curve("happy", values, span)
    check(Shot(AudioRef(), emotion_curves=(curve,)))
    at = {round(point.seconds * fps): point.value for point in curve.points}
    last = None
    for index, value in enumerate(values):
        last = at.get(index, last)
        assert last == pytest.approx(value, abs=1e-6)


def test_a_held_value_is_one_point():
    assert held_curve("sad", 0.25).points == (CurvePoint(0.0, 0.25, "constant"),)
