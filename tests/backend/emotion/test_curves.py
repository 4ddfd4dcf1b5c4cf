"""Emotion curves are Blender's F-Curves: the same numbers as in Blender, and never outside 0 to 1."""

import importlib.util
import json
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.emotion.curves import curve_values
from emogene_proto.names import INTERPOLATIONS
from emogene_proto.shot import CurvePoint, EmotionCurve

EVALUATED_IN_BLENDER = """
import bpy, json, sys
thing = bpy.data.objects.new("Thing", None)
thing.keyframe_insert("location", index=0, frame=0)
animation = thing.animation_data
action = animation.action
if hasattr(action, "fcurves"):
    curve = action.fcurves[0]
else:
    curve = action.layers[0].strips[0].channelbag(animation.action_slot).fcurves[0]
answers = []
for asked in json.load(sys.stdin):
    while curve.keyframe_points:
        curve.keyframe_points.remove(curve.keyframe_points[0], fast=True)
    for frame, value, *_ in asked["points"]:
        curve.keyframe_points.insert(frame, value, options={"FAST"})
    for key, (frame, value, interpolation, left, right) in zip(curve.keyframe_points, asked["points"]):
        key.interpolation = interpolation.upper()
        key.handle_left_type = key.handle_right_type = "FREE"
        key.handle_left = (frame + left[0], value + left[1])
        key.handle_right = (frame + right[0], value + right[1])
    answers.append([curve.evaluate(frame) for frame in asked["frames"]])
print(json.dumps(answers))
"""


def drawn_curves(count: int) -> list[EmotionCurve]:
    """Of one to six points; handles point up and down, many reach past the next point, some have no length."""
    chance = random.Random(4)

    def handle(side: float) -> tuple[float, float]:
        return side * chance.choice([0.0, chance.uniform(0.0, 40.0)]), chance.uniform(-1.0, 1.0)

    def point(seconds: float) -> CurvePoint:
        interpolation = chance.choice([*INTERPOLATIONS, "bezier"])
        return CurvePoint(seconds, chance.uniform(-0.2, 1.2), interpolation, handle(-1.0), handle(1.0))

    return [
        EmotionCurve("happy", tuple(map(point, sorted(chance.sample(range(60), chance.randint(1, 6))))))
        for _ in range(count)
    ]


@pytest.mark.blender
@pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs the bpy wheel, which run.py setup installs")
def test_values_are_those_of_blender():
    curves, frames = drawn_curves(40), np.linspace(-5.0, 65.0, 211)
    asked = [
        {
            "points": [[p.seconds, p.value, p.interpolation, p.handle_left, p.handle_right] for p in curve.points],
            "frames": frames.tolist(),
        }
        for curve in curves
    ]
    told = subprocess.run(
        [sys.executable, "-c", EVALUATED_IN_BLENDER],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(told.stdout.splitlines()[-1])
    for curve, answer in zip(curves, answers, strict=True):
        assert np.allclose(curve_values(curve, frames), np.clip(answer, 0.0, 1.0), atol=1e-5)


near = st.floats(-3, 3)
points = st.lists(st.integers(0, 600), min_size=1, max_size=5, unique=True).flatmap(
    lambda tenths: st.tuples(
        *(
            st.builds(
                CurvePoint,
                seconds=st.just(tenth / 10),
                value=st.floats(0, 1),
                interpolation=st.sampled_from(INTERPOLATIONS),
                handle_left=st.tuples(st.floats(-9, 0), near),
                handle_right=st.tuples(st.floats(0, 9), near),
            )
            for tenth in sorted(tenths)
        )
    )
)


@given(points)
def test_a_curve_goes_through_its_points_and_is_held_outside(drawn):
    curve = EmotionCurve("sad", drawn)
    seconds = np.array([point.seconds for point in drawn])
    assert curve_values(curve, seconds) == pytest.approx([point.value for point in drawn], abs=1e-9)
    outside = curve_values(curve, np.array([seconds[0] - 5.0, seconds[-1] + 5.0]))
    assert outside == pytest.approx([drawn[0].value, drawn[-1].value])


@given(points)
def test_values_stay_within_0_and_1_whatever_the_handles(drawn):
    values = curve_values(EmotionCurve("sad", drawn), np.linspace(-1.0, 61.0, 125))
    assert values.min() >= 0.0 and values.max() <= 1.0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 9), st.floats(0, 9))
def test_flat_handles_never_overshoot_and_never_jump(start, end, leaving, coming):
    first = CurvePoint(0.0, start, "bezier", handle_right=(leaving, 0.0))
    curve = EmotionCurve("sad", (first, CurvePoint(2.0, end, handle_left=(-coming, 0.0))))
    values = curve_values(curve, np.linspace(0.0, 2.0, 801))
    low, high = sorted((start, end))
    assert values.min() >= low - 1e-9 and values.max() <= high + 1e-9
    assert (np.diff(values) * np.sign(end - start)).min() >= -1e-9


@given(points, st.permutations(range(30)))
def test_times_may_come_in_any_order(drawn, order):
    times, curve = np.linspace(-1.0, 61.0, 30), EmotionCurve("sad", drawn)
    assert np.array_equal(curve_values(curve, times[order]), curve_values(curve, times)[order])


def test_a_constant_point_holds_until_the_next():
    curve = EmotionCurve("sad", (CurvePoint(1.0, 0.2, "constant"), CurvePoint(2.0, 0.9)))
    assert curve_values(curve, np.array([1.0, 1.999, 2.0])).tolist() == [0.2, 0.2, 0.9]
