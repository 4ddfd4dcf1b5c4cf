import numpy as np
import pytest

from emogene.motion import audio2motion
from emogene.motion.audio2motion import load_audio2motion, save_audio2motion, untrained
from emogene.motion.vae import VaeConfig

TINY = VaeConfig(feature_count=9, hidden=8, audio_width=6, latent=2, encoder_layers=2, decoder_layers=2)


@pytest.fixture
def model():
    return untrained(TINY)


def features(frames):
    return np.random.default_rng(0).standard_normal((frames, 9)).astype(np.float32)


REST = np.random.default_rng(1).uniform(-0.1, 0.1, (68, 3)).astype(np.float32)


def test_one_face_a_frame(model):
    for frames in (0, 1, 3, 4, 50):
        landmarks = model.generate(features(frames), REST)
        assert landmarks.shape == (frames, 68, 3) and landmarks.dtype == np.float32


def test_seeds_and_temperature(model):
    def speak(seed, temperature):
        return model.generate(features(30), REST, seed, temperature)

    assert np.array_equal(speak(1, 1.0), speak(1, 1.0))
    assert not np.array_equal(speak(1, 1.0), speak(2, 1.0))
    assert np.array_equal(speak(1, 0.0), speak(2, 0.0))


def test_the_rest_face_is_only_added(model):
    moved = REST + np.float32(0.01)
    difference = model.generate(features(20), moved) - model.generate(features(20), REST)
    np.testing.assert_allclose(difference, 0.01, atol=1e-6)


def test_in_blocks_as_in_one(model, monkeypatch):
    whole = model.generate(features(203), REST, 3, 1.0)
    monkeypatch.setattr(audio2motion, "_BLOCK_FRAMES", 40)
    np.testing.assert_allclose(model.generate(features(203), REST, 3, 1.0), whole, atol=1e-7)


def test_a_frame_does_not_depend_on_what_is_spoken_later(model):
    longer, shorter = model.generate(features(200), REST, 3, 1.0), model.generate(features(200)[:120], REST, 3, 1.0)
    np.testing.assert_allclose(longer[:100], shorter[:100], atol=1e-7)


def test_saved_and_loaded_it_speaks_the_same(model, tmp_path):
    save_audio2motion(model, tmp_path / "a.safetensors")
    loaded = load_audio2motion(tmp_path / "a.safetensors")
    assert loaded.feature_count == 9
    spoken = loaded.generate(features(40), REST, 5, 0.5)
    np.testing.assert_allclose(spoken, model.generate(features(40), REST, 5, 0.5), atol=1e-5)


def test_only_the_decoder_is_kept(model, tmp_path):
    from emogene.weights import load_weights

    save_audio2motion(model, tmp_path / "a.safetensors")
    tensors, _ = load_weights(tmp_path / "a.safetensors", "audio2motion")
    assert {name.split(".")[0] for name in tensors} == {"decoder", "mean_mm", "deviation_mm"}
