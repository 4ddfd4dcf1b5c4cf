"""The face that is shown: the plan and the edits on it, and back from what is shown to the edits."""

from array import array

import numpy as np
import pytest
from emogene_addon.core.edited_face import EditedFace, face_as_shown
from emogene_addon.emogene_proto.shot import LandmarkEdit, LandmarkEdits

from emogene.edits import move_landmarks
from emogene_proto.shot import LandmarkEdit as BackendEdit
from emogene_proto.shot import LandmarkEdits as BackendEdits

ROWS, FPS = 60, 24.0
KEYS = [(48, 1.0, (0.004, 0.0, 0.0)), (48, 1.25, (0.0, 0.003, 0.0)), (8, 2.0, (0.0, -0.005, 0.001))]
EDITS = LandmarkEdits(tuple(LandmarkEdit(*key) for key in KEYS))


@pytest.fixture
def landmarks() -> np.ndarray:
    return np.random.default_rng(3).normal(scale=0.05, size=(ROWS, 68, 3)).astype(np.float32)


@pytest.fixture
def face(landmarks) -> EditedFace:
    return EditedFace(array("f", landmarks.ravel()), 101, FPS)


def take(face: EditedFace, edits: LandmarkEdits | None) -> set[int]:
    *_, changed = face.with_edits(edits)
    return changed


def shown(face: EditedFace) -> np.ndarray:
    return np.stack([np.stack(face.values(point), -1) for point in range(68)], 1)


def test_it_is_what_the_backend_renders(face, landmarks):
    take(face, EDITS)
    theirs = move_landmarks(landmarks, BackendEdits(tuple(BackendEdit(*key) for key in KEYS)), FPS)
    assert np.abs(shown(face) - theirs).max() < 1e-6
    assert np.abs(np.stack([face.row(row) for row in range(ROWS)]).reshape(ROWS, 68, 3) - theirs).max() < 1e-6


def test_it_says_which_points_changed_and_only_these(face):
    before = shown(face)
    changed = take(face, EDITS)
    moved = set(np.flatnonzero(np.abs(shown(face) - before).max((0, 2)) > 0))
    assert changed == moved and {8, 48} <= changed and len(changed) < 30
    assert take(face, EDITS) == set()
    assert take(face, None) == changed and np.array_equal(shown(face), before)


def test_a_moved_point_is_an_edit_from_the_plan_not_from_what_was_shown(face):
    take(face, EDITS)
    place = [face.row(24)[3 * 48 + axis] for axis in range(3)]
    assert face.offset_to(24, 48, place) is None
    offset = face.offset_to(24, 48, (place[0] + 0.002, *place[1:]))
    assert offset == pytest.approx((0.006, 0.0, 0.0), abs=1e-7)


def test_keyed_frames_are_edits_on_just_these_frames(face):
    take(face, EDITS)
    curves = face.values(48)
    assert face.offsets_to(48, curves) == {}
    curves[1][40] += 0.003
    (row,) = found = face.offsets_to(48, curves)
    assert row == 40 and found[40] == pytest.approx((0.0, 0.003, 0.0), abs=1e-7)


def test_a_face_read_from_its_keys_is_the_plan_and_its_edits(face, landmarks):
    take(face, EDITS)
    read = face_as_shown([face.values(point) for point in range(68)], 101, FPS, EDITS)
    assert np.abs(np.reshape(read.landmarks, (ROWS, 68, 3)) - landmarks).max() < 1e-6
    assert np.abs(shown(read) - shown(face)).max() < 1e-6
    take(read, None)
    assert np.abs(shown(read) - landmarks).max() < 1e-6


@pytest.mark.parametrize(("frame", "row"), [(101, 0), (160, 59), (100, None), (161, None), (101.5, None)])
def test_rows_are_whole_frames_of_the_shot(face, frame, row):
    assert face.row_of(frame) == row
