import numpy as np
import pytest
import torch

from emogene.audio.speech_features import FeaturesNeeded
from emogene.motion.syncnet import (
    MOUTH_ROWS,
    SyncConfig,
    SyncNet,
    SyncNetwork,
    load_syncnet,
    match_loss,
    mouth_motion,
    save_syncnet,
)


def a_syncnet(window=5):
    torch.manual_seed(0)
    network = SyncNetwork(SyncConfig(9, window, width=12, vector=16))
    return SyncNet(network, np.zeros(60, np.float32), np.full(60, 1e-3, np.float32), validation_loss=0.25)


def sound_and_mouth(frames=75):
    rng = np.random.default_rng(0)
    return rng.standard_normal((frames, 9)), rng.standard_normal((frames, 60)) * 1e-3


@pytest.mark.parametrize("window", [3, 5, 9])
def test_one_vector_for_each_window_and_all_of_length_one(window):
    network = a_syncnet(window).network
    heard, seen = network.hear(torch.randn(2, 9, 20)), network.see(torch.randn(2, 60, 20))
    assert heard.shape == seen.shape == (2, 16, 21 - window)
    torch.testing.assert_close(heard.norm(dim=1), torch.ones(2, 21 - window))


def test_scores_are_probabilities_of_every_delay():
    score = a_syncnet().score(*sound_and_mouth(), largest=6)
    assert score.shape == (13,) and ((score >= 0) & (score <= 1)).all()


def test_a_delayed_mouth_moves_the_score_by_its_delay():
    sync, (features, motion) = a_syncnet(), sound_and_mouth(90)
    late = np.roll(motion, 3, 0)
    base, moved = sync.score(features, motion, 20), sync.score(features, late, 20)
    np.testing.assert_allclose(moved[8:-5], base[5:-8], atol=0.02)


def test_too_short_a_clip_is_refused():
    with pytest.raises(ValueError, match="too few"):
        a_syncnet().score(*sound_and_mouth(30))


def test_loss_is_low_where_pairs_agree():
    same = torch.nn.functional.normalize(torch.rand(1, 4, 6), dim=1)
    assert match_loss(same, same, 1.0) < 0.01 < match_loss(same, same, 0.0)


def test_saved_and_loaded_it_judges_the_same(tmp_path):
    sync = a_syncnet()
    sync.features = FeaturesNeeded("hubert", "somebody/hubert", 9)
    save_syncnet(sync, tmp_path / "s.safetensors")
    loaded = load_syncnet(tmp_path / "s.safetensors")
    np.testing.assert_allclose(loaded.score(*sound_and_mouth()), sync.score(*sound_and_mouth()), atol=2e-3)
    assert loaded.features == sync.features and loaded.validation_loss == 0.25 and loaded.usable


def test_the_mouth_is_seen_from_its_rest():
    landmarks, rest = np.random.default_rng(0).standard_normal((2, 4, 68, 3)).astype(np.float32)
    seen = mouth_motion(landmarks, rest[0])
    assert np.array_equal(seen, (landmarks - rest[0]).reshape(4, 204)[:, MOUTH_ROWS])
