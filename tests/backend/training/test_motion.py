import numpy as np
import pytest
import torch

from emogene.audio.encoder import EncoderConfig, load_speech_encoder, save_speech_encoder, untrained
from emogene.motion.audio2motion import load_audio2motion
from emogene.motion.vae import VaeConfig
from emogene.training import motion_losses
from emogene.training.audio2motion import train_audio2motion
from emogene.training.loop import TrainingConfig
from emogene.training.motion_data import less_sure


def some_landmarks(seed=0):
    return torch.randn(2, 204, 8, generator=torch.Generator().manual_seed(seed)) * 0.01


def test_losses_vanish_where_nothing_is_wrong():
    truth, weights = some_landmarks(), motion_losses.region_weights(3.0)
    assert motion_losses.reconstruction(truth, truth, weights) == 0
    assert motion_losses.velocity(truth, truth + 1.0, weights) < 1e-10
    assert motion_losses.lip_gap(truth, truth) == 0
    assert motion_losses.kl_divergence(torch.zeros(2, 3, 4), torch.zeros(2, 3, 4)) == 0
    assert motion_losses.reconstruction(truth, truth + 1.0, weights) == pytest.approx(1.0)


def test_an_open_lip_costs_more_where_lips_should_meet():
    closed = torch.zeros(1, 204, 1)
    opened = closed.clone().unflatten(1, (68, 3))
    opened[:, [61, 62, 63], 1] = 0.008
    opened = opened.flatten(1, 2)
    more = torch.zeros(1, 68, 3, 1)
    more[:, [61, 62, 63], 1] = 0.002
    more = more.flatten(1, 2)
    missed = motion_losses.lip_gap(closed + more, closed)
    wide = motion_losses.lip_gap(opened + more, opened)
    assert missed > 5 * wide > 0


def test_less_sure_features_are_still_probabilities():
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.dirichlet(np.ones(4), 20), rng.dirichlet(np.ones(4), 20), np.zeros((20, 3))], 1)
    changed = less_sure(features.astype(np.float32), rng)
    np.testing.assert_allclose(changed[:, :4].sum(1), 1.0, rtol=1e-4)
    np.testing.assert_allclose(changed[:, 4:8].sum(1), 1.0, rtol=1e-4)
    assert (changed[:, :4].argmax(1) == features[:, :4].argmax(1)).all()


def test_trained_on_tones_the_mouth_opens_for_the_right_one(landmark_corpus, tiny_corpora, tmp_path):
    """The encoder is random here: even so its answers tell two tones apart."""
    save_speech_encoder(untrained(EncoderConfig(("a", "b", "sil"), 16, (1, 2))), tmp_path / "e.safetensors")
    config = TrainingConfig(tmp_path / "run", 100, threads=1, quiet=True)
    size = VaeConfig(9, hidden=16, audio_width=16, latent=2, encoder_layers=2, decoder_layers=2)
    train_audio2motion(landmark_corpus, tmp_path / "e.safetensors", config, size=size)
    model = load_audio2motion(tmp_path / "run/audio2motion.safetensors")
    audio, spans = tiny_corpora.tones(np.random.default_rng(77), 4.8)
    features = load_speech_encoder(tmp_path / "e.safetensors").encode(audio)
    landmarks = model.generate(features, np.zeros((68, 3), np.float32), temperature=0.0)
    lowered = -landmarks[:, 57, 1]
    opened = np.zeros(120, bool)
    for symbol, start, end in spans:
        opened[round(start * 25) : round(end * 25)] = symbol == "aa"
    # 8 mm apart in the corpus; a short training finds a good part of them.
    assert lowered[opened].mean() - lowered[~opened].mean() > 0.001
