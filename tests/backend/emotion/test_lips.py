"""Lips survive emotion: what meets goes on meeting, what is open stays open, and nothing jumps."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_actor import tiny_face

from emogene.emotion.lips import FURTHEST, may_open, survive
from emogene.motion.articulation import MET, SPOKEN
from emogene.motion.lip_contacts import TEETH, lip_contacts
from emogene.motion.lips import CLOSING, DEEPEST, OPENS, TOUCHING, contact_of, gaps, hold_contacts

REST = tiny_face().rest
millimetres = st.floats(-1.5, 12.0)


def opened(face: np.ndarray, amount: Sequence[float] | np.ndarray) -> np.ndarray:
    """Faces whose lips are opened further by (T,) millimetres."""
    away = np.tile(-np.asarray(amount, np.float32)[:, None] / 1000, (1, 3))
    return (face + (away @ CLOSING).reshape(-1, 68, 3)).astype(np.float32)


def held(frames: int, met: float = 0.0, spoken: float = 1.0) -> np.ndarray:
    result = np.zeros((frames, 2), np.float32)
    result[:, MET], result[:, SPOKEN] = met, spoken
    return result


def anywhere(frames: int) -> np.ndarray:
    """As far as the gap itself lets an emotion open the lips."""
    return np.ones((frames, 3), np.float32)


def over_rest(face: np.ndarray) -> np.ndarray:
    """(T,) millimetres of the gap of lips over that at rest."""
    return (gaps(face) - gaps(REST)).mean(1) * 1000


@pytest.mark.parametrize("said", [-1.2, -0.4, 0.0, 0.9])
@pytest.mark.parametrize("felt", [0.5, 3.0, 9.0])
def test_lips_that_touch_are_not_opened(said, felt):
    neutral = opened(REST, [said])
    assert np.allclose(
        over_rest(survive(opened(neutral, [felt]), neutral, REST, held(1), anywhere(1))), said, atol=1e-3
    )


@given(said=st.floats(1.2, 12.0), felt=st.floats(-15.0, 0.0))
def test_lips_that_are_open_are_not_closed(said, felt):
    neutral = opened(REST, [said])
    shown = over_rest(survive(opened(neutral, [felt]), neutral, REST, held(1), anywhere(1)))
    assert shown > TOUCHING * 1000 and shown > 0.69 * said


@given(said=millimetres, felt=st.floats(-9.0, 9.0))
def test_what_an_emotion_does_to_the_gap_changes_no_faster_than_the_gap(said, felt):
    """Two frames that are nearly alike stay so: no threshold is seen."""
    neutral = opened(REST, [said, said + 0.05])
    shown = over_rest(survive(opened(neutral, [felt, felt]), neutral, REST, held(2), anywhere(2)))
    assert abs(np.diff(shown)[0]) <= 0.05 * (1 + OPENS) + 1e-3


heights = st.lists(millimetres, min_size=1, max_size=40)


@given(heights)
def test_what_may_open_is_nothing_where_lips_meet_and_never_more_than_the_gap_allows(said):
    neutral = opened(REST, said)
    allowed = may_open(neutral, REST, held(len(said)))
    beyond = np.maximum(gaps(neutral) - gaps(REST) - TOUCHING, 0.0)
    assert allowed.dtype == np.float32 and allowed.min() >= 0.0 and allowed.max() <= FURTHEST
    assert (allowed <= OPENS * beyond + 1e-7).all()


def test_lips_that_tremble_beside_a_contact_tremble_no_more_under_an_emotion():
    """Here an emotion that opens lips four times as far, and would make 5 mm of 1.2 mm."""
    said = np.concatenate([np.full(12, 0.0), np.tile([2.0, 3.2], 10), np.full(12, 9.0)])
    neutral = opened(REST, said)
    opening = may_open(neutral, REST, held(len(said)))
    shown = over_rest(survive(opened(neutral, 3 * said), neutral, REST, held(len(said)), opening))
    steps = np.abs(np.diff(shown))
    assert steps[16:30].max() < 1.01 * np.abs(np.diff(said))[16:30].max()
    assert np.allclose(shown[:12], 0.0, atol=1e-3)
    assert (shown[-6:] > 9.0 + 0.8 * 1000 * FURTHEST).all(), "and open lips are opened"


@pytest.mark.parametrize("touching", ["lips", "teeth"])
def test_an_emotion_comes_back_over_four_frames_beside_a_contact(touching):
    neutral = opened(REST, np.full(21, 6.0))
    here = np.zeros(21)
    here[10] = 1.0
    never = contact_of(np.zeros(21), 0.5)
    if touching == "teeth":
        hold_contacts(neutral, REST, never, contact_of(here, 0.5))
    told = held(21)
    told[:, MET] = here if touching == "lips" else 0.0
    allowed = may_open(neutral, REST, told)[:, 1] * 1000
    assert allowed[10] < 0.05 and allowed[[0, 20]].min() > 6.0
    assert (np.diff(allowed[:10]) <= 1e-6).all() and (np.diff(allowed[12:]) >= -1e-6).all()


def test_a_pause_does_not_hold_back_the_speech_beside_it():
    neutral = opened(REST, np.repeat([0.0, 6.0], 20))
    told = held(40)
    told[:18, SPOKEN] = 0.0
    alone = may_open(neutral, REST, held(40))
    beside = may_open(neutral, REST, told)
    assert (beside[:16] > 0.9 * FURTHEST).all() and (beside[17:22] >= alone[17:22]).all()


@given(said=millimetres, felt=st.floats(0.0, 9.0))
def test_where_nobody_speaks_the_emotion_opens_the_mouth(said, felt):
    neutral = opened(REST, [said])
    emotional = opened(neutral, [felt])
    assert np.array_equal(survive(emotional, neutral, REST, held(1, spoken=0.0), anywhere(1)), emotional)


def test_a_mumbled_contact_is_held_though_the_lips_are_hardly_seen_to_part():
    neutral = opened(REST, [3.0])
    shown = survive(opened(neutral, [4.0]), neutral, REST, held(1, met=1.0, spoken=0.0), anywhere(1))
    assert np.allclose(over_rest(shown), 3.0, atol=1e-3)


@pytest.mark.parametrize("spoken", [0.0, 1.0])
def test_lips_do_not_pass_through_each_other(spoken):
    neutral = opened(REST, [0.0, 3.0])
    shown = survive(opened(neutral, [-8.0, -8.0]), neutral, REST, held(2, spoken=spoken), anywhere(2))
    assert (gaps(shown) - gaps(REST)).min() > DEEPEST - 1e-6


@pytest.mark.parametrize("felt", [-3.0, 4.0])
def test_the_lower_lip_stays_at_the_teeth(felt):
    neutral = opened(REST, np.full(3, 2.0))
    never = contact_of(np.zeros(3), 0.5)
    hold_contacts(neutral, REST, never, contact_of(np.ones(3), 0.5))
    assert lip_contacts(neutral, REST)[:, TEETH].min() > 0.9
    lowered = opened(neutral, np.full(3, felt))
    shown = survive(lowered, neutral, REST, held(3), anywhere(3))
    lower = [65, 66, 67]
    touch = lip_contacts(neutral, REST)[:, TEETH, None]
    left = (1 - touch) * np.abs(lowered - neutral)[:, lower, 1] + 3e-4
    assert (shown[:, lower, 1] - neutral[:, lower, 1] > -left).all()
    assert (gaps(shown) > gaps(neutral) - 3e-4).all(), "the teeth are seen"


def test_frames_do_not_depend_on_one_another():
    neutral = opened(REST, np.linspace(-1.0, 8.0, 40))
    emotional, told, opening = opened(neutral, np.tile([3.0, -2.0], 20)), held(40, met=0.4, spoken=0.7), anywhere(40)
    whole = survive(emotional, neutral, REST, told, opening)
    for size in (1, 2, 3, 7):
        parts = [slice(first, first + size) for first in range(0, 40, size)]
        split = [survive(emotional[r], neutral[r], REST, told[r], opening[r]) for r in parts]
        assert np.array_equal(np.concatenate(split), whole), size


def test_a_face_that_feels_nothing_comes_back_bit_for_bit_and_the_inputs_are_left_alone():
    neutral = opened(REST, np.linspace(-1.0, 8.0, 40))
    emotional = opened(neutral, np.where(np.arange(40) % 2, 3.0, 0.0))
    before = emotional.copy()
    shown = survive(emotional, neutral, REST, held(40, met=1.0), anywhere(40))
    assert np.array_equal(emotional, before)
    assert np.array_equal(shown[::2], neutral[::2])
