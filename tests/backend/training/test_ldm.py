import numpy as np

from emogene.corpus.landmark_corpus import read_clips
from emogene.emotion.ldm import load_ldm
from emogene.training.ldm import train_ldm
from emogene.training.loop import TrainingConfig


def test_trained_on_a_lift_it_lifts_in_proportion(landmark_corpus, tmp_path):
    train_ldm(landmark_corpus, TrainingConfig(tmp_path, 120, threads=1, quiet=True))
    model = load_ldm(tmp_path / "ldm.safetensors")
    (clip,) = read_clips(landmark_corpus, "test")
    error = np.abs(model.deform(clip.neutral, clip.rest, clip.weights) - clip.emotional).max()
    assert error < 0.0005
    for weight in (0.25, 0.75):
        weights = np.zeros_like(clip.weights)
        weights[:, 0], weights[:, 5] = 1 - weight, weight
        lifted = (model.deform(clip.neutral, clip.rest, weights) - clip.neutral)[..., 1].mean()
        assert abs(lifted - 0.004 * weight) < 0.0006
