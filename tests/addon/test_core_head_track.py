"""Places and rotations of an object become rows of a head track without jumps of their own."""

import math

import pytest
from emogene_addon.core.head_track import head_track, rotation_vectors
from emogene_addon.emogene_proto.shot import AudioRef, Shot
from emogene_addon.emogene_proto.shot_check import check
from hypothesis import given
from hypothesis import strategies as st

STILL = (1.0, 0.0, 0.0, 0.0)


def turned(angle: float, axis=(0.0, 0.0, 1.0)):
    return (math.cos(angle / 2), *(part * math.sin(angle / 2) for part in axis))


def test_rotation_is_axis_times_angle():
    assert rotation_vectors([turned(0.5)])[0] == pytest.approx((0.0, 0.0, 0.5))
    assert rotation_vectors([STILL])[0] == (0.0, 0.0, 0.0)


def test_the_first_is_the_shortest_way():
    assert rotation_vectors([turned(1.5 * math.pi)])[0] == pytest.approx((0.0, 0.0, -0.5 * math.pi))


def test_the_other_sign_of_a_quaternion_is_the_same_rotation():
    other = [tuple(-part for part in turned(angle)) for angle in (0.1, 0.2)]
    assert rotation_vectors(other)[1] == pytest.approx((0.0, 0.0, 0.2))


@given(st.floats(-9, 9), st.floats(0.01, 0.3))
def test_a_turn_goes_on_past_half_and_whole_turns(end, step):
    angles = [0.0]
    while abs(angles[-1]) < abs(end):
        angles.append(angles[-1] + math.copysign(step, end))
    vectors = rotation_vectors([turned(angle, (0.0, 0.6, 0.8)) for angle in angles])
    assert [vector[2] for vector in vectors] == pytest.approx([0.8 * angle for angle in angles], abs=1e-6)


def test_locations_are_metres_from_the_first():
    track = head_track([(10.0, 0.0, 0.0), (10.0, 20.0, -5.0)], [STILL, STILL], metres_per_unit=0.01)
    assert track.motion == ((0.0,) * 6, (0.0, 0.2, -0.05, 0.0, 0.0, 0.0))


def test_what_stays_to_the_end_is_said_once():
    track = head_track([(0.0, 0.0, 0.0)] * 50, [turned(0.1)] * 50, 1.0)
    assert len(track.motion) == 1
    check(Shot(AudioRef(), head_track=track))
