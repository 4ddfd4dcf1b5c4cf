"""A head's motion is taken out of a track, whatever the face does meanwhile."""

import numpy as np
import pytest
from tracked_person import EYE_DISTANCE_MM, gap_at, person

from emogene.corpus.head_alignment import align_head, fit_robustly, fit_similarity
from emogene.corpus.mesh_landmarks import STABLE_ROWS
from emogene.corpus.rest_face import lip_gap
from emogene_proto.errors import CorpusError

TIMES = np.arange(0, 6, 1 / 30)


def test_a_similarity_is_found_again():
    rng = np.random.default_rng(0)
    target = rng.normal(size=(9, 3))
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    source = (target - [1, 2, 3]) @ turn / 2.5
    size, found, shift = fit_similarity(source[None], target, np.ones((1, 9)))
    assert size[0] == pytest.approx(2.5)
    assert np.allclose(found[0], turn)
    assert np.allclose(shift[0], [1, 2, 3])


def test_a_mirror_image_is_never_a_turn():
    target = np.random.default_rng(0).normal(size=(9, 3))
    _, turn, _ = fit_similarity(target[None] * [-1, 1, 1], target, np.ones((1, 9)))
    assert np.linalg.det(turn[0]) == pytest.approx(1.0)


def test_points_that_do_not_fit_count_little():
    target = np.random.default_rng(0).normal(size=(20, 3))
    source = target.copy()
    source[:3] += 2.0
    size, turn, shift, distances = fit_robustly(source[None], target, rounds=10)
    assert size[0] == pytest.approx(1.0, abs=0.01)
    assert np.allclose(turn[0], np.eye(3), atol=0.01)
    assert np.abs(shift).max() < 0.01
    assert distances[0, :3].min() > 1.0


def test_landmarks_are_those_of_the_head_at_rest_in_metres():
    truth = person(TIMES)
    track = align_head(truth.seen, STABLE_ROWS, EYE_DISTANCE_MM)
    assert np.abs(track.points - truth.points).max() < 1e-4
    assert np.abs(lip_gap(track.points) - gap_at(TIMES)).max() < 1e-4
    assert np.abs(track.rotations - truth.turns).max() < 2e-3
    assert track.misfit.max() < 1e-4


def test_raised_brows_and_an_open_mouth_do_not_tilt_the_head():
    truth = person(TIMES)
    seen = truth.seen.copy()
    forehead = list(STABLE_ROWS[:3])
    raised = TIMES > 3
    seen[np.ix_(raised, forehead, [1])] += 8.0
    track = align_head(seen, STABLE_ROWS, EYE_DISTANCE_MM)
    assert np.abs(lip_gap(track.points) - gap_at(TIMES)).max() < 2e-4
    assert np.linalg.norm(track.points[:, 30] - truth.points[:, 30], axis=1).max() < 5e-4


def test_the_eyes_give_the_scale():
    small = align_head(person(TIMES).seen, STABLE_ROWS, 80.0)
    assert np.allclose(np.linalg.norm(small.points[:, 45] - small.points[:, 36], axis=1), 0.08, atol=1e-5)


def test_no_frames_are_told():
    with pytest.raises(CorpusError, match="no frames with a face"):
        align_head(np.zeros((0, 93, 3)), STABLE_ROWS)
