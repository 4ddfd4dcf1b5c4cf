import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_actor import tiny_face

from emogene.emotion.ldm import LdmConfig, load_ldm, save_ldm, scale_of, untrained
from emogene.weights import load_weights, save_weights
from emogene_proto.errors import ActorError
from emogene_proto.names import EMOTIONS

REST = np.random.default_rng(1).uniform(-0.1, 0.1, (68, 3)).astype(np.float32)
SPOKEN = REST + np.random.default_rng(2).normal(0, 1e-3, (30, 68, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def model():
    return untrained(LdmConfig(hidden=16, embedding=4))


def feeling(emotion, intensity, frames=30):
    weights = np.zeros((frames, 8), np.float32)
    weights[:, EMOTIONS.index(emotion)] = intensity
    weights[:, 0] += 1.0 - intensity
    return weights


def test_neutral_is_displaced_by_exactly_nothing(model):
    assert np.array_equal(model.deform(SPOKEN, REST, feeling("neutral", 1.0)), SPOKEN)
    assert np.array_equal(model.deform(SPOKEN, REST, feeling("happy", 0.0)), SPOKEN)


def test_every_emotion_moves_the_face_its_own_way(model):
    faces = [model.deform(SPOKEN, REST, feeling(emotion, 1.0)) for emotion in EMOTIONS]
    for i, face in enumerate(faces):
        assert face.shape == SPOKEN.shape and face.dtype == np.float32
        assert all(np.abs(face - other).max() > 1e-6 for other in faces[:i])


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(EMOTIONS[1:]), st.floats(0.0, 0.99))
def test_intensity_is_continuous(model, emotion, intensity):
    here, there = (model.deform(SPOKEN, REST, feeling(emotion, intensity + d)) for d in (0.0, 1e-3))
    assert np.abs(there - here).max() < 1e-4


@pytest.mark.parametrize("config", [LdmConfig(hidden=16, embedding=4), LdmConfig()])
def test_frames_do_not_depend_on_one_another(config):
    """Not in a single bit, however they are split: a matrix product of another size may sum in another order."""
    model, random, frames = untrained(config), np.random.default_rng(3), 300
    spoken = REST + random.normal(0, 1e-3, (frames, 68, 3)).astype(np.float32)
    weights = random.dirichlet(np.ones(8), frames).astype(np.float32)
    weights[::3] = feeling("neutral", 1.0, 100)
    whole = model.deform(spoken, REST, weights)
    for size in (1, 2, 3, 4, 5, 9, 16, 31, 100, 256, 257):
        parts = [slice(first, first + size) for first in range(0, frames, size)]
        split = np.concatenate([model.deform(spoken[rows], REST, weights[rows]) for rows in parts])
        assert np.array_equal(split, whole), size


def test_the_input_is_left_alone(model):
    before = SPOKEN.copy()
    model.deform(SPOKEN, REST, feeling("sad", 1.0))
    assert np.array_equal(SPOKEN, before)


def test_an_actor_elsewhere_is_displaced_the_same(model):
    """What counts is the way from the actor's own rest face."""
    shift = np.array([0.01, -0.02, 0.005], np.float32)
    here = model.deform(SPOKEN, REST, feeling("angry", 0.7)) - SPOKEN
    there = model.deform(SPOKEN + shift, REST + shift, feeling("angry", 0.7)) - (SPOKEN + shift)
    np.testing.assert_allclose(here, there, atol=1e-6)


def test_gains_multiply_the_displacement_of_each_landmark(model):
    weights = feeling("surprised", 0.8)
    whole = model.deform(SPOKEN, REST, weights)
    assert np.array_equal(model.deform(SPOKEN, REST, weights, np.ones(68, np.float32)), whole)
    gains = np.linspace(0.0, 2.0, 68).astype(np.float32)
    moved = model.deform(SPOKEN, REST, weights, gains) - SPOKEN
    np.testing.assert_allclose(moved, gains[:, None] * (whole - SPOKEN), atol=1e-7)
    assert not moved[:, 0].any()


def test_the_answer_is_that_of_the_three_layers_less_their_answer_for_neutral(model):
    """Equation 2 as it is written: what `forward` saves changes nothing."""
    network = model.network
    landmarks, weights = torch.randn(9, 204), torch.rand(9, 8).softmax(1)
    neutral = network.emotions[:1].expand(9, -1)
    plain = network.layers(torch.cat([landmarks, weights @ network.emotions], 1))
    plain = plain - network.layers(torch.cat([landmarks, neutral], 1))
    torch.testing.assert_close(network(landmarks, weights), plain, atol=1e-5, rtol=1e-4)
    silent = torch.eye(8)[:1].expand(9, -1)
    assert network(landmarks, silent).abs().max() < 1e-6


def test_a_giant_is_moved_as_much_further_as_it_is_larger_than_people(model):
    face = tiny_face().rest
    assert scale_of(face) == 1.0
    assert scale_of(1.05 * face) == scale_of(0.95 * face) == 1.0
    assert scale_of(4.0 * face) == pytest.approx(2.0 * scale_of(2.0 * face))
    size = scale_of(2.0 * face)
    weights = feeling("angry", 1.0)
    spoken = SPOKEN - REST
    small = model.deform(face + spoken, face, weights) - (face + spoken)
    large = model.deform(2.0 * face + size * spoken, 2.0 * face, weights) - (2.0 * face + size * spoken)
    np.testing.assert_allclose(large, size * small, atol=2e-6)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.3, 3.0))
def test_faces_of_nearly_one_size_are_moved_nearly_alike(size):
    face = tiny_face().rest
    assert abs(scale_of((size + 1e-3) * face) - scale_of(size * face)) < 2e-3


def test_saved_and_loaded_it_feels_the_same(model, tmp_path):
    save_ldm(model, tmp_path / "l.safetensors")
    loaded = load_ldm(tmp_path / "l.safetensors")
    weights = feeling("fear", 0.5)
    np.testing.assert_allclose(loaded.deform(SPOKEN, REST, weights), model.deform(SPOKEN, REST, weights), atol=1e-5)


DAMAGE = {
    "another key": lambda tensors, config: config.update(colour="red"),
    "another size": lambda tensors, config: config.update(hidden=8),
    "a tensor less": lambda tensors, config: tensors.pop("network.emotions"),
    "no scale": lambda tensors, config: tensors.pop("scale_mm"),
    "few scales": lambda tensors, config: tensors.update(scale_mm=tensors["scale_mm"][:3]),
    "no deviation": lambda tensors, config: tensors.update(deviation_mm=0.0 * tensors["deviation_mm"]),
    "scale not finite": lambda tensors, config: tensors.update(scale_mm=tensors["scale_mm"] * np.float32(np.nan)),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_model_is_refused_in_words(model, tmp_path, damage):
    path = tmp_path / "ldm.safetensors"
    save_ldm(model, path)
    tensors, config = load_weights(path, "ldm")
    damage(tensors, config)
    save_weights(path, tensors, "ldm", config)
    with pytest.raises(ActorError, match="damaged|not a landmark deformation"):
        load_ldm(path)
