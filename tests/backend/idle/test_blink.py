"""Blinks: as often as people, uneven, and lids that meet but never cross."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_actor import tiny_face

from emogene.idle.blink import BLINK_CURVE, LID_PAIRS, blink_closure, close_lids

FACE = tiny_face()


def openings(landmarks: np.ndarray) -> np.ndarray:
    return np.stack([landmarks[..., up, 1] - landmarks[..., low, 1] for up, low in LID_PAIRS], -1)


def test_ten_minutes_have_a_persons_rate_and_no_rhythm():
    closed = np.flatnonzero(blink_closure(600 * 25, seed=5) == 1.0) / 25
    assert 100 <= len(closed) <= 250
    assert np.diff(closed).std() / np.diff(closed).mean() >= 0.4


def test_rate_scales_and_zero_never_blinks():
    often, usual = ((blink_closure(600 * 25, 0, rate) == 1.0).sum() for rate in (2.0, 1.0))
    assert often == pytest.approx(2 * usual, rel=0.2)
    assert blink_closure(1000, 0, 0.0).max() == 0.0


def test_a_blink_has_the_known_curve_and_the_seed_decides():
    closure = blink_closure(2000, seed=1)
    peak = np.flatnonzero(closure == 1.0)[0]
    assert np.array_equal(closure[peak - 3 : peak + 4], BLINK_CURVE)
    assert np.array_equal(closure, blink_closure(2000, seed=1))
    assert not np.array_equal(closure, blink_closure(2000, seed=2))


@given(st.floats(0, 1), st.floats(0.0, 2.0), st.floats(-0.003, 0.003))
def test_lids_never_cross_however_wide_or_narrow_the_eye(closure, width, shift):
    face = FACE.rest.copy()
    for upper, lower in LID_PAIRS:
        middle = (face[upper] + face[lower]) / 2
        face[upper], face[lower] = middle + width * (face[upper] - middle), middle + width * (face[lower] - middle)
    face[36:48, 1] += shift
    shut = close_lids(face[None], np.array([closure], np.float32), FACE.rest, FACE.closed_eyes)[0]
    closed_gap = openings(FACE.closed_eyes)
    assert (openings(shut) >= np.minimum(openings(face), closed_gap) - 1e-6).all()
    assert (openings(shut) <= openings(face) + 1e-6).all()


def test_full_closure_shuts_any_open_eye_and_none_changes_nothing():
    wide = FACE.rest.copy()
    wide[[37, 38, 43, 44], 1] += 0.004
    shut = close_lids(np.stack([wide, wide]), np.array([0.0, 1.0], np.float32), FACE.rest, FACE.closed_eyes)
    assert np.array_equal(shut[0], wide)
    assert np.allclose(openings(shut[1]), openings(FACE.closed_eyes), atol=1e-6)
    assert np.array_equal(shut[1, :36], wide[:36]) and np.array_equal(shut[1, 48:], wide[48:])
