import shutil
from dataclasses import replace

import numpy as np
import pytest

from emogene.corpus.landmark_corpus import read_clips
from emogene.emotion.ldm import LdmConfig, load_ldm
from emogene.training.ldm import MIRRORED, mirrored, sneers_right, train_ldm
from emogene.training.loop import TrainingConfig
from emogene_proto.errors import CorpusError


def test_trained_on_a_lift_it_lifts_in_proportion(landmark_corpus, tmp_path):
    train_ldm(landmark_corpus, TrainingConfig(tmp_path, 150, threads=1, quiet=True), LdmConfig(hidden=32))
    model = load_ldm(tmp_path / "ldm.safetensors")
    (clip,) = read_clips(landmark_corpus, "test")
    error = np.abs(model.deform(clip.neutral, clip.rest, clip.weights) - clip.emotional).max()
    assert error < 0.0005
    for weight in (0.25, 0.75):
        weights = np.zeros_like(clip.weights)
        weights[:, 0], weights[:, 5] = 1 - weight, weight
        lifted = (model.deform(clip.neutral, clip.rest, weights) - clip.neutral)[..., 1].mean()
        assert abs(lifted - 0.004 * weight) < 0.0006


def test_a_mirror_turned_twice_shows_the_same(face_model_path):
    from emogene.corpus.face_model import load_face_model

    assert sorted(MIRRORED) == list(range(68))
    model = load_face_model(face_model_path)
    face = model.vertices[model.landmarks68]
    np.testing.assert_array_equal(mirrored(mirrored(face)), face)
    # A face is nearly its own mirror image; two landmarks confused would be a centimetre apart.
    assert np.abs(mirrored(face) - face).max() < 0.004


def test_a_sneer_is_told_by_its_side(landmark_corpus):
    (clip,) = read_clips(landmark_corpus, "test")
    weights = np.zeros_like(clip.weights)
    weights[:, 2] = 1.0
    for corner, right in ((48, True), (54, False)):
        emotional = clip.neutral.copy()
        emotional[:, corner, 1] += 0.005
        assert sneers_right(replace(clip, weights=weights, emotional=emotional)) == right


def test_a_corpus_in_which_nobody_feels_is_refused_in_words(landmark_corpus, tmp_path):
    calm = tmp_path / "calm"
    shutil.copytree(landmark_corpus, calm)
    for path in (calm / "clips").iterdir():
        with np.load(path) as stored:
            clip = dict(stored)
        clip["weights"] = np.eye(8, dtype=np.float32)[np.zeros(len(clip["weights"]), int)]
        np.savez(path, **clip)
    with pytest.raises(CorpusError, match="Nobody feels"):
        train_ldm(calm, TrainingConfig(tmp_path / "run", 1, threads=1, quiet=True), LdmConfig(hidden=8))
