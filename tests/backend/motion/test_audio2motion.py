import numpy as np
import pytest

from emogene.audio.speech_features import FeaturesNeeded
from emogene.motion import audio2motion
from emogene.motion.audio2motion import Audio2Motion, join_motion, load_audio2motion, save_audio2motion, untrained
from emogene.motion.lip_contacts import lip_contacts
from emogene.motion.vae import VaeConfig
from emogene.weights import load_weights

TINY = VaeConfig(
    feature_count=9,
    hidden=8,
    audio_width=6,
    latent=2,
    encoder_layers=2,
    decoder_layers=2,
    contact_width=4,
    contact_layers=2,
)


@pytest.fixture
def model():
    return untrained(TINY)


def features(frames):
    return np.random.default_rng(0).standard_normal((frames, 9)).astype(np.float32)


REST = np.random.default_rng(1).uniform(-0.1, 0.1, (68, 3)).astype(np.float32)


def test_one_face_and_two_contacts_a_frame(model):
    for frames in (0, 1, 3, 4, 50):
        motion = model.generate(features(frames), REST)
        assert motion.landmarks.shape == (frames, 68, 3) and motion.landmarks.dtype == np.float32
        assert motion.contacts.shape == (frames, 2) and motion.contacts.dtype == np.float32
        assert ((motion.contacts >= 0) & (motion.contacts <= 1)).all()


def test_seeds_and_temperature(model):
    def speak(seed, temperature):
        return model.generate(features(30), REST, seed, temperature)

    assert np.array_equal(speak(1, 1.0).landmarks, speak(1, 1.0).landmarks)
    assert not np.array_equal(speak(1, 1.0).landmarks, speak(2, 1.0).landmarks)
    assert np.array_equal(speak(1, 0.0).landmarks, speak(2, 0.0).landmarks)


def test_contacts_come_from_the_sound_whatever_the_seed(model):
    told = [model.generate(features(30), REST, seed, 1.0).contacts for seed in (1, 2)]
    np.testing.assert_array_equal(*told)


def test_the_rest_face_is_only_added(model):
    moved = REST + np.float32(0.01)
    difference = model.generate(features(20), moved).landmarks - model.generate(features(20), REST).landmarks
    np.testing.assert_allclose(difference, 0.01, atol=1e-6)


def test_in_blocks_as_in_one(model, monkeypatch):
    whole = model.generate(features(203), REST, 3, 1.0)
    monkeypatch.setattr(audio2motion, "_BLOCK_FRAMES", 40)
    pieces = model.generate(features(203), REST, 3, 1.0)
    np.testing.assert_allclose(pieces.landmarks, whole.landmarks, atol=1e-7)
    np.testing.assert_allclose(pieces.contacts, whole.contacts, atol=1e-6)


@pytest.mark.parametrize("length", [1, 7, 40, 500])
def test_a_stream_gives_the_same_bytes_however_it_is_cut(model, monkeypatch, length):
    monkeypatch.setattr(audio2motion, "_BLOCK_FRAMES", 40)
    told = features(203)
    blocks = (told[i : i + length] for i in range(0, len(told), length))
    pieces = list(model.generate_stream(blocks, REST, 3, 1.0))
    assert len(pieces) > 1
    joined, whole = join_motion(pieces), model.generate(told, REST, 3, 1.0)
    np.testing.assert_array_equal(joined.landmarks, whole.landmarks)
    np.testing.assert_array_equal(joined.contacts, whole.contacts)


def test_a_stream_gives_motion_before_the_last_features_have_come(model, monkeypatch):
    monkeypatch.setattr(audio2motion, "_BLOCK_FRAMES", 40)
    asked = []

    def blocks():
        for i in range(20):
            asked.append(i)
            yield features(20)

    next(iter(model.generate_stream(blocks(), REST)))
    assert len(asked) < 10


def test_a_piece_of_a_recording_moves_as_it_does_inside_it(model):
    told = features(300)
    whole = model.generate(told, REST, 3, 1.0)
    piece = model.generate(told[100:], REST, 3, 1.0, start_latent=25)
    reach = model.decoder.reach
    np.testing.assert_allclose(piece.landmarks[reach:], whole.landmarks[100 + reach :], atol=1e-7)
    otherwise = model.generate(told[100:], REST, 3, 1.0)
    assert np.abs(otherwise.landmarks[reach:] - whole.landmarks[100 + reach :]).max() > 1e-5


def test_a_frame_does_not_depend_on_what_is_spoken_later(model):
    longer, shorter = (model.generate(features(200)[:n], REST, 3, 1.0).landmarks for n in (200, 150))
    np.testing.assert_allclose(longer[:100], shorter[:100], atol=1e-7)


def test_saved_and_loaded_it_speaks_the_same(model, tmp_path):
    save_audio2motion(model, tmp_path / "a.safetensors")
    loaded = load_audio2motion(tmp_path / "a.safetensors")
    assert loaded.feature_count == 9
    spoken = loaded.generate(features(40), REST, 5, 0.5)
    expected = model.generate(features(40), REST, 5, 0.5)
    np.testing.assert_allclose(spoken.landmarks, expected.landmarks, atol=1e-5)
    np.testing.assert_allclose(spoken.contacts, expected.contacts, atol=1e-3)


def test_the_file_says_which_features_the_model_wants(model, tmp_path):
    needed = FeaturesNeeded("hubert", "somebody/hubert", 9, 6, "abc")
    save_audio2motion(Audio2Motion(model.decoder, model.mean, model.deviation, needed), tmp_path / "a.safetensors")
    assert load_audio2motion(tmp_path / "a.safetensors").features == needed
    assert model.features == FeaturesNeeded("built-in", size=9)


def test_only_the_decoder_is_kept(model, tmp_path):
    save_audio2motion(model, tmp_path / "a.safetensors")
    tensors, _ = load_weights(tmp_path / "a.safetensors", "audio2motion")
    assert {name.split(".")[0] for name in tensors} == {"decoder", "mean_mm", "deviation_mm"}


def test_a_model_that_tells_no_contacts_shows_them_by_its_lips(tmp_path):
    sizes = {"feature_count": 9, "hidden": 8, "audio_width": 6, "latent": 2, "stride": 4, "kernel": 5}
    sizes |= {"encoder_layers": 2, "decoder_layers": 2}
    save_audio2motion(untrained(VaeConfig(**sizes, contacts=False)), tmp_path / "a.safetensors")
    motion = load_audio2motion(tmp_path / "a.safetensors").generate(features(40), REST, 5, 0.5)
    np.testing.assert_array_equal(motion.contacts, lip_contacts(motion.landmarks, REST))
