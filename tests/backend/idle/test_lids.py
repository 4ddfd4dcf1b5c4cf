"""Lids: they meet but never cross, go along with the gaze, and stay as they are where nothing moves them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tiny_actor import tiny_face

from emogene.idle.gaze import RESTING_GAZE
from emogene.idle.lids import LID_PAIRS, close_lids, follow_gaze, move_lids

FACE = tiny_face()
OPEN = np.zeros((1, 2), np.float32)


def openings(landmarks: np.ndarray) -> np.ndarray:
    return np.stack([landmarks[..., up, 1] - landmarks[..., low, 1] for up, low in LID_PAIRS], -1)


def with_eyes(width: float, shift: float = 0.0) -> np.ndarray:
    face = FACE.rest.copy()
    for upper, lower in LID_PAIRS:
        middle = (face[upper] + face[lower]) / 2
        face[upper], face[lower] = middle + width * (face[upper] - middle), middle + width * (face[lower] - middle)
    face[36:48, 1] += shift
    return face


def looking(yaw: float, pitch: float) -> np.ndarray:
    """(1, 2) gaze beside the focus."""
    return RESTING_GAZE + np.array([[yaw, pitch]], np.float32)


@given(st.tuples(st.floats(0, 1), st.floats(0, 1)), st.floats(0.0, 2.0), st.floats(-0.003, 0.003))
def test_lids_never_cross_however_wide_or_narrow_the_eye(closure, width, shift):
    face = with_eyes(width, shift)
    shut = close_lids(face[None], np.array([closure], np.float32), FACE.rest, FACE.closed_eyes)[0]
    closed_gap = openings(FACE.closed_eyes)
    assert (openings(shut) >= np.minimum(openings(face), closed_gap) - 1e-6).all()
    assert (openings(shut) <= openings(face) + 1e-6).all()


def test_full_closure_shuts_any_open_eye_and_none_changes_nothing():
    wide = FACE.rest.copy()
    wide[[37, 38, 43, 44], 1] += 0.004
    closure = np.array([[0.0, 0.0], [1.0, 1.0]], np.float32)
    shut = close_lids(np.stack([wide, wide]), closure, FACE.rest, FACE.closed_eyes)
    assert np.array_equal(shut[0], wide)
    assert np.allclose(openings(shut[1]), openings(FACE.closed_eyes), atol=1e-6)
    assert np.array_equal(shut[1, :36], wide[:36]) and np.array_equal(shut[1, 48:], wide[48:])


def test_each_eye_closes_by_its_own_share():
    winking = close_lids(FACE.rest[None], np.array([[1.0, 0.0]], np.float32), FACE.rest, FACE.closed_eyes)[0]
    assert np.allclose(winking[36:42], FACE.closed_eyes[36:42], atol=1e-6)
    assert np.array_equal(winking[42:48], FACE.rest[42:48])


def test_lids_go_down_and_up_with_the_gaze_the_upper_one_further():
    down, up = (follow_gaze(FACE.rest[None], looking(0.0, pitch), OPEN, FACE.rest)[0] for pitch in (-0.2, 0.2))
    for face, sign in ((down, -1.0), (up, 1.0)):
        way = sign * (face - FACE.rest)[:, 1]
        assert (way[[37, 38, 43, 44]] > 1.5 * way[[41, 40, 47, 46]]).all() and (way[[40, 41, 46, 47]] > 0.0).all()
    assert np.array_equal(np.delete(down, range(36, 48), 0), np.delete(FACE.rest, range(36, 48), 0))


def test_looking_left_and_right_are_mirrored():
    left, right = (follow_gaze(FACE.rest[None], looking(yaw, 0.1), OPEN, FACE.rest)[0] for yaw in (0.25, -0.25))
    order = [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    assert np.allclose(left[36:48], right[order] * [-1.0, 1.0, 1.0], atol=1e-7)


@given(st.floats(-0.35, 0.35), st.floats(-0.27, 0.27), st.floats(0.0, 2.0), st.floats(0.0, 1.0))
def test_whatever_eyes_do_lids_do_not_cross_and_a_shut_eye_is_shut(yaw, pitch, width, closure):
    face = with_eyes(width)
    moved = move_lids(
        face[None], looking(yaw, pitch), np.full((1, 2), closure, np.float32), FACE.rest, FACE.closed_eyes
    )[0]
    assert (openings(moved) >= 0.5 * np.minimum(openings(face), openings(FACE.closed_eyes)) - 1e-6).all()
    shut = move_lids(face[None], looking(yaw, pitch), np.ones((1, 2)), FACE.rest, FACE.closed_eyes)[0]
    assert (openings(shut) <= np.maximum(openings(FACE.closed_eyes), openings(face)) + 1e-6).all()
    still = close_lids(face[None], np.ones((1, 2)), FACE.rest, FACE.closed_eyes)[0]
    assert np.allclose(shut, still, atol=1e-7), "shut lids do not show where the eyes look"


def test_looking_at_the_focus_with_open_eyes_changes_nothing():
    face = with_eyes(0.7)[None]
    assert np.array_equal(move_lids(face, looking(0.0, 0.0), OPEN, FACE.rest, FACE.closed_eyes), face)
