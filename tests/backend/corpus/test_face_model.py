"""The face model in our head frame: metres, ears at the origin, subject's left is +x."""

import numpy as np
import pytest

from emogene.corpus.face_model import load_face_model
from emogene_proto.errors import CorpusError


@pytest.fixture(scope="module")
def model(face_model_path):
    return load_face_model(face_model_path)


def test_it_stands_in_the_canonical_head_frame(model):
    rest = model.landmarks(np.zeros(100), np.zeros((1, len(model.expression_names))))[0]
    eyes = rest[36:48].mean(0)
    assert abs(eyes[0]) < 0.001 and 0.06 < eyes[2] < 0.12 and 0 < eyes[1] < 0.04
    assert rest[45, 0] > 0 > rest[36, 0], "point 45 is the outer corner of the subject's left eye"
    assert rest[8, 1] < rest[30, 1] < rest[27, 1], "chin below nose tip below nose bridge"
    assert 0.055 < rest[42:48, 0].mean() - rest[36:42, 0].mean() < 0.07, "eyes about 64 mm apart"


def test_landmarks_are_the_shape_at_their_vertices(model):
    rng = np.random.default_rng(0)
    identity, expression = rng.normal(size=100), rng.uniform(0, 1, len(model.expression_names))
    full = model.shape(identity, expression)[model.landmarks68]
    assert np.allclose(model.landmarks(identity, expression[None])[0], full, atol=1e-5)


def test_opening_the_jaw_opens_the_lips_only_downward(model):
    expression = np.zeros((2, len(model.expression_names)))
    expression[1, model.expression_index["jawOpen"]] = 1
    closed, opened = model.landmarks(np.zeros(100), expression)
    assert opened[66, 1] < closed[66, 1] - 0.01
    assert abs(opened[27, 1] - closed[27, 1]) < 1e-3


def test_a_missing_or_wrong_file_is_refused_in_words(tmp_path):
    with pytest.raises(CorpusError, match="no face model"):
        load_face_model(tmp_path / "none.npz")
    wrong = tmp_path / "wrong.npz"
    wrong.write_bytes(b"this is no archive")
    with pytest.raises(CorpusError, match="not a packed face model"):
        load_face_model(wrong)
    np.savez(wrong, a=np.zeros(1))
    wrong.write_bytes(wrong.read_bytes()[:100])
    with pytest.raises(CorpusError, match="not a packed face model"):
        load_face_model(wrong)
    np.savez(wrong, a=np.zeros(1))
    with pytest.raises(CorpusError, match="not a packed face model"):
        load_face_model(wrong)
