"""Landmarks moved by hand: what the backend plans is what the formula says, and only what moves is drawn again."""

import time

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.edits import move_landmarks
from emogene.films.shot_frames import ShotFrames
from emogene.render.output.files import frame_bytes
from emogene_proto.landmark_edits import Edits
from emogene_proto.shot import AudioRef, LandmarkEdit, LandmarkEdits, Shot
from emogene_proto.shot_check import check

CORNER = 48
EDITED = LandmarkEdits((LandmarkEdit(CORNER, 12 / 24, (-0.01, 0.004, 0.0)),), fade_seconds=0.1)
MOVING = range(10, 15)
"""Rows less than 2.4 frames away from row 12."""
SHOT = Shot(AudioRef(), width=24, height=24, engine="cpu")
FACES = np.random.default_rng(0).normal(0.0, 0.05, (40, 68, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def actor(tiny_actor):
    return load_actor(tiny_actor)


@pytest.fixture(scope="module")
def plans(actor):
    """Of the shot without and with its edits."""
    tone = (0.2 * np.sin(np.arange(24_000) / 10)).astype(np.float32)
    return [pipeline.plan(msgspec.structs.replace(SHOT, landmark_edits=e), tone, actor) for e in (None, EDITED)]


def test_the_corner_is_where_it_was_put_and_neighbours_follow(plans):
    before, after = plans
    moved = after.landmarks - before.landmarks
    np.testing.assert_allclose(moved[12, CORNER], EDITED.keys[0].offset, atol=1e-7)
    assert list(np.flatnonzero(moved[12].any(-1))) == [48, 49, 50, 58, 59, 60, 61, 67]
    assert list(np.flatnonzero(moved.any((1, 2)))) == list(MOVING)


def test_gaze_poses_and_weights_stay(plans):
    before, after = plans
    for name in ("poses", "gaze", "weights"):
        assert np.array_equal(getattr(before, name), getattr(after, name))


def test_only_frames_whose_landmarks_move_have_other_keys_and_other_pictures(plans, actor, tmp_path):
    engine = pipeline.load_engine(SHOT, actor)
    both = [ShotFrames(SHOT, actor, plan, tmp_path) for plan in plans]
    keys = [[frames.task(row).key for row in range(len(frames.plan))] for frames in both]
    assert [row for row in range(36) if keys[0][row] != keys[1][row]] == list(MOVING)

    def picture(plan, row: int) -> bytes:
        view = pipeline.view_of(plan, row, SHOT, actor)
        return frame_bytes(pipeline.render_view(view, SHOT, engine), "png", view)

    changed = [row for row in range(8, 18) if picture(plans[0], row) != picture(plans[1], row)]
    assert set(changed) <= set(MOVING) and 12 in changed, "the outermost may move by less than a pixel's shade"


def test_nothing_to_move_leaves_the_array_alone():
    late = LandmarkEdits((LandmarkEdit(CORNER, 99.0, (0.01, 0.0, 0.0)),))
    for edits in (None, LandmarkEdits(), late):
        assert move_landmarks(FACES, edits, 24.0) is FACES


edit_layers = st.builds(
    LandmarkEdits,
    keys=st.lists(
        st.builds(
            LandmarkEdit,
            point=st.integers(0, 67),
            seconds=st.floats(-1.0, 3.0),
            offset=st.tuples(*[st.floats(-0.05, 0.05)] * 3),
        ),
        min_size=1,
        max_size=8,
    ).map(tuple),
    fade_seconds=st.floats(0, 10),
    neighbours=st.integers(0, 8),
)


@given(edit_layers, st.sampled_from([23.976, 24.0, 60.0]))
def test_the_plan_moves_as_the_formula_says_and_never_too_far(edits, fps):
    kept = FACES.copy()
    moved = move_landmarks(FACES, edits, fps) - FACES.astype(np.float64)
    assert np.array_equal(FACES, kept)
    largest = max(np.linalg.norm(key.offset) for key in edits.keys)
    assert np.isfinite(moved).all() and np.linalg.norm(moved, axis=-1).max() <= largest + 1e-6
    layer = Edits(edits, fps)
    for row in range(len(FACES)):
        said = layer.displacements(row)
        expected = np.array([said.get(point, (0.0, 0.0, 0.0)) for point in range(68)])
        np.testing.assert_allclose(moved[row], expected, atol=5e-8)


def test_all_points_keyed_on_1500_frames_take_under_a_second_and_few_keys_in_an_hour_nearly_nothing():
    offset = (0.001, 0.002, 0.003)
    dense = LandmarkEdits(tuple(LandmarkEdit(p, row / 24, offset) for row in range(1500) for p in range(68)))
    few = LandmarkEdits(tuple(LandmarkEdit(p, 70.0 * p, offset) for p in range(50)))
    hour = np.zeros((86_400, 68, 3), np.float32)
    took = []
    for edits, landmarks in ((dense, hour[:1500]), (few, hour)):
        check(msgspec.structs.replace(SHOT, landmark_edits=edits))
        begun = time.process_time()
        assert move_landmarks(landmarks, edits, 24.0)[0, 0].tolist() == pytest.approx(offset)
        took.append(time.process_time() - begun)
    assert took[0] < 1.0 and took[1] < 0.3, took
