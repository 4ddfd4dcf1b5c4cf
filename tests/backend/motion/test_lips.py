"""Contacts: when they are made, and how lips look that hold them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_actor import tiny_face

from emogene.motion.lip_contacts import TEETH, lip_contacts
from emogene.motion.lips import (
    CLOSING,
    DEEPEST,
    HANGING,
    PRESSED,
    contact_of,
    gaps,
    hold_contacts,
    part_lips,
    resting,
)

REST = tiny_face().rest
NEVER = contact_of(np.zeros(40), 0.5)
probabilities = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60).map(np.array)


def opened(millimetres: np.ndarray) -> np.ndarray:
    """Faces whose lips are opened by (T,) millimetres."""
    amount = np.tile(-np.asarray(millimetres, np.float32)[:, None] / 1000, (1, 3))
    return (REST + (amount @ CLOSING).reshape(-1, 68, 3)).astype(np.float32)


@given(probabilities)
def test_a_contact_lasts_two_frames_and_is_where_it_is_probable(probability):
    contact = contact_of(probability, 0.5)
    made = contact.ease == 1.0
    assert made[probability >= 0.5].all()
    assert made.any() == (probability >= 0.5).any()
    if len(made) > 1 and made.any():
        edges = np.flatnonzero(np.diff(np.pad(made, 1).astype(int)))
        assert (edges[1::2] - edges[::2]).min() >= 2
    assert made[contact.nearest[contact.ease > 0.0]].all()


def test_a_contact_holds_over_a_doubtful_frame_and_ends_with_an_improbable_one():
    probability = np.array([0.0, 0.9, 0.4, 0.9, 0.1, 0.4, 0.0])
    assert (contact_of(probability, 0.5).ease == 1.0).tolist() == [False, True, True, True, False, False, False]


@pytest.mark.parametrize("gap", [0.2, 2.0, 9.0])
def test_open_lips_are_brought_together_with_chin_and_outer_lip(gap):
    face = opened(np.full(40, gap))
    before = face.copy()
    probability = np.zeros(40)
    probability[20] = 1.0
    hold_contacts(face, REST, contact_of(probability, 0.5), NEVER)
    assert np.allclose(gaps(face[20:22]), gaps(REST) + PRESSED, atol=1e-6)
    assert np.array_equal(face[:18], before[:18]) and np.array_equal(face[24:], before[24:])
    rise = face[20, :, 1] - before[20, :, 1]
    assert rise[57] > rise[55] > rise[48] > 0.0 and rise[57] > rise[8] > rise[6] > 0.0
    assert (np.abs(rise[17:48]) < 1e-9).all()


def test_lips_that_meet_already_and_frames_beside_them_are_left_as_they_are():
    face = opened(np.repeat([3.0, -1.5, 3.0], [10, 2, 28]))
    before = face.copy()
    hold_contacts(face, REST, contact_of(np.eye(40)[10], 0.5), NEVER)
    assert np.array_equal(face, before)


def test_the_lower_lip_rises_to_the_teeth_and_rolls_in_and_the_upper_one_makes_way():
    face = opened(np.full(40, 6.0))
    before = face.copy()
    hold_contacts(face, REST, NEVER, contact_of(np.eye(40)[20], 0.5))
    lower = [65, 66, 67]
    assert (face[20, lower, 1] >= REST[lower, 1] - 0.0006).all()
    assert (gaps(face[20]) > gaps(REST) + 0.001).all(), "the teeth are seen"
    assert lip_contacts(face[20:22], REST)[:, TEETH].min() > 0.5
    behind = (before[20] - face[20])[:, 2]
    assert behind[66] - behind[57] > 0.001


def test_a_mouth_that_hangs_open_rests_closed():
    hanging = opened(np.array([5.0]))[0]
    assert np.allclose(gaps(resting(hanging)), HANGING, atol=1e-6)
    assert np.array_equal(resting(REST), REST)


@given(st.floats(-9.0, 0.0), st.floats(-3.0, 0.0))
def test_lips_pass_no_further_than_lips_can_or_than_they_did(now, allowed):
    face = opened(np.array([now]))
    part_lips(face, REST, gaps(opened(np.array([allowed]))))
    least = np.minimum(gaps(REST) + DEEPEST, gaps(opened(np.array([allowed]))))
    assert (gaps(face) >= np.minimum(least, gaps(opened(np.array([now])))) - 1e-6).all()
    assert (gaps(face) >= least - 1e-6).all()
