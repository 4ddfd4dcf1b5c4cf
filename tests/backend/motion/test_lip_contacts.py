import numpy as np
import pytest

from emogene.motion.lip_contacts import LIPS, TEETH, lip_contacts

UPPER, LOWER = [61, 62, 63], [67, 66, 65]


def face(rest_gap=0.0005):
    rest = np.zeros((68, 3), np.float32)
    rest[UPPER, 1] = rest_gap
    return rest


def moved(rest, upper, lower):
    """One frame with the inner lips moved up by so many metres."""
    landmarks = rest[None].copy()
    landmarks[:, UPPER, 1] += upper
    landmarks[:, LOWER, 1] += lower
    return landmarks


@pytest.mark.parametrize("rest_gap", [-0.0003, 0.0, 0.001])
def test_a_mouth_at_rest_or_pressed_is_closed_and_an_open_one_is_not(rest_gap):
    rest = face(rest_gap)
    assert lip_contacts(moved(rest, 0, 0), rest)[0, LIPS] == 1
    assert lip_contacts(moved(rest, -0.001, 0.001), rest)[0, LIPS] == 1
    assert lip_contacts(moved(rest, 0, -0.004), rest)[0, LIPS] == 0


def test_an_upper_lip_raised_over_a_lower_one_that_stays_is_f_or_v():
    rest = face()
    assert lip_contacts(moved(rest, 0.0016, -0.0005), rest)[0, TEETH] == 1
    assert lip_contacts(moved(rest, 0.0016, -0.004), rest)[0, TEETH] == 0
    assert lip_contacts(moved(rest, 0, 0), rest)[0, TEETH] == 0


def test_nobody_gives_nothing():
    assert lip_contacts(np.zeros((0, 68, 3), np.float32), face()).shape == (0, 2)
