import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest
import torch

from emogene.audio.encoder import EncoderConfig, load_speech_encoder, save_speech_encoder, untrained
from emogene.motion.audio2motion import load_audio2motion
from emogene.motion.syncnet import SyncConfig, SyncNet, SyncNetwork, save_syncnet
from emogene.motion.vae import MotionVae, VaeConfig
from emogene.training.audio2motion import MotionObjective, MotionTraining, train_audio2motion
from emogene.training.heard_clips import FeatureSource
from emogene.training.loop import TrainingConfig
from emogene.training.motion_data import MotionBatch
from emogene.training.motion_losses import MotionLossWeights
from emogene_proto.errors import ActorError, EmoGeneError

SIZE = VaeConfig(9, 16, 16, latent=2, encoder_layers=2, decoder_layers=2, contact_width=8, contact_layers=2)


def a_syncnet(feature_count=9, validation_loss=0.3, features=None):
    torch.manual_seed(0)
    network = SyncNetwork(SyncConfig(feature_count, width=8, vector=8))
    return SyncNet(network, np.zeros(60, np.float32), np.full(60, 1e-3, np.float32), features, validation_loss)


@pytest.fixture(scope="module")
def trained_before(tmp_path_factory):
    """Random weights: an encoder that even so tells two tones apart, and a SyncNet."""
    folder = tmp_path_factory.mktemp("models")
    save_speech_encoder(untrained(EncoderConfig(("a", "b", "sil"), 16, (1, 2))), folder / "e.safetensors")
    save_syncnet(a_syncnet(), folder / "s.safetensors")
    return folder


@pytest.fixture
def training(landmark_corpus, trained_before):
    sound = FeatureSource("built-in", trained_before / "e.safetensors")
    return MotionTraining(landmark_corpus, sound, trained_before / "s.safetensors")


def test_trained_on_tones_the_mouth_opens_for_the_right_one(training, tiny_corpora, trained_before, tmp_path):
    wide = replace(SIZE, hidden=48, audio_width=32)
    train_audio2motion(training, TrainingConfig(tmp_path, 100, threads=1, quiet=True), wide)
    model = load_audio2motion(tmp_path / "audio2motion.safetensors")
    audio, spans = tiny_corpora.tones(np.random.default_rng(77), 4.8)
    features = load_speech_encoder(trained_before / "e.safetensors").encode(audio)
    motion = model.generate(features, np.zeros((68, 3), np.float32), temperature=0.0)
    lowered = -motion.landmarks[:, 57, 1]
    opened = np.zeros(120, bool)
    for symbol, start, end in spans:
        opened[round(start * 25) : round(end * 25)] = symbol == "aa"
    # 8 mm apart in the corpus; a short training finds a good part of them.
    assert lowered[opened].mean() - lowered[~opened].mean() > 0.001


def test_the_same_seed_gives_the_same_file(training, tmp_path):
    for name in ("a", "b"):
        train_audio2motion(training, TrainingConfig(tmp_path / name, 3, threads=1, quiet=True, precision="auto"), SIZE)
    a, b = ((tmp_path / name / "audio2motion.safetensors").read_bytes() for name in ("a", "b"))
    assert a == b


def a_batch():
    generator = torch.Generator().manual_seed(0)

    def some(channels, scale):
        return torch.randn(3, channels, 32, generator=generator) * scale

    return MotionBatch(some(9, 1.0), some(204, 1e-3), torch.rand(3, 2, 32), torch.zeros(3, 204, 1))


def losses(weights=MotionLossWeights(), size=SIZE, judge=None):  # noqa: B008 - frozen
    torch.manual_seed(1)
    scale = (np.zeros(204, np.float32), np.full(204, 1e-3, np.float32))
    objective = MotionObjective(MotionVae(size), scale, weights, judge, "cpu")
    return objective(a_batch(), torch.Generator().manual_seed(0))


def test_the_loss_is_the_sum_of_its_weighted_terms():
    weights = MotionLossWeights()
    found = losses(weights, judge=a_syncnet())
    counted = {name: getattr(weights, name) for name in ("kl", "sync", "velocity", "gap", "contact", "spoken")} | {
        "mse": 1.0
    }
    assert set(found) == {"loss", *counted}
    total = sum(weight * found[name].item() for name, weight in counted.items())
    assert found["loss"].item() == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("term", ["sync", "velocity"])
def test_what_is_left_out_does_not_count(term):
    whole, without = (
        losses(replace(MotionLossWeights(), **{term: weight}), judge=a_syncnet() if term != "sync" or weight else None)
        for weight in (0.5, 0.0)
    )
    assert term in whole and term not in without
    assert (whole["loss"] - without["loss"]).item() == pytest.approx(0.5 * whole[term].item(), rel=1e-3)


def test_a_model_without_contacts_has_no_loss_of_them():
    assert "contact" not in losses(size=replace(SIZE, contacts=False))


@pytest.mark.parametrize("prior", ["flow", "normal"])
def test_the_divergence_teaches_the_encoder(prior):
    vae = MotionVae(replace(SIZE, prior=prior))
    objective = MotionObjective(
        vae, (np.zeros(204, np.float32), np.ones(204, np.float32)), MotionLossWeights(), None, "cpu"
    )
    objective(a_batch(), torch.Generator().manual_seed(0))["kl"].backward()
    assert vae.encoder.leave.weight.grad is not None
    assert prior == "normal" or vae.decoder.prior.shifts[0].leave.weight.grad.abs().sum() > 0


def test_the_syncnet_is_frozen(training, tmp_path):
    before = training.syncnet.read_bytes()
    train_audio2motion(training, TrainingConfig(tmp_path, 2, threads=1, quiet=True), SIZE)
    assert training.syncnet.read_bytes() == before


def test_a_loss_with_sync_needs_a_syncnet_that_fits_and_knows_something(training, tmp_path):
    config = TrainingConfig(tmp_path / "run", 1, threads=1, quiet=True)
    with pytest.raises(EmoGeneError, match="needs a SyncNet"):
        train_audio2motion(replace(training, syncnet=None), config, SIZE)
    save_syncnet(a_syncnet(7), tmp_path / "other.safetensors")
    with pytest.raises(ActorError, match="other speech features"):
        train_audio2motion(replace(training, syncnet=tmp_path / "other.safetensors"), config, SIZE)
    # Answering 0.5 to everything.
    save_syncnet(a_syncnet(validation_loss=float(np.log(2))), tmp_path / "poor.safetensors")
    with pytest.raises(EmoGeneError, match="too little"):
        train_audio2motion(replace(training, syncnet=tmp_path / "poor.safetensors"), config, SIZE)
    train_audio2motion(replace(training, syncnet=None).without(sync=True), config, SIZE)


def test_a_syncnet_of_another_encoder_of_the_same_size_is_refused(training, tmp_path):
    config = TrainingConfig(tmp_path / "run", 1, threads=1, quiet=True)
    other = untrained(EncoderConfig(("a", "b", "sil"), 16, (1, 2)), seed=1)
    for encoder, name in ((other, "other"), (training.sound.load(), "same")):
        save_syncnet(a_syncnet(features=encoder.needed), tmp_path / f"{name}.safetensors")
    with pytest.raises(ActorError, match="other speech features"):
        train_audio2motion(replace(training, syncnet=tmp_path / "other.safetensors"), config, SIZE)
    train_audio2motion(replace(training, syncnet=tmp_path / "same.safetensors"), config, SIZE)


def test_a_finished_run_is_not_taken_for_that_of_another_training(training, tmp_path):
    config = TrainingConfig(tmp_path / "run", 2, threads=1, quiet=True)
    train_audio2motion(training, config, SIZE)
    made = (tmp_path / "run/audio2motion.safetensors").read_bytes()
    save_syncnet(a_syncnet(validation_loss=0.2), tmp_path / "later.safetensors")
    later = replace(training, syncnet=tmp_path / "later.safetensors")
    for other, size in ((training.without(velocity=True), SIZE), (later, SIZE), (training, replace(SIZE, kernel=3))):
        with pytest.raises(EmoGeneError, match="another corpus, model, loss"):
            train_audio2motion(other, config, size)
    assert (tmp_path / "run/audio2motion.safetensors").read_bytes() == made


def test_killed_and_resumed_it_gives_the_same_file(training, tmp_path):
    """A process dies by SIGKILL in a step; the next one goes on from the last checkpoint."""
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGKILL")
    program = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from emogene.motion.vae import VaeConfig
        from emogene.training import audio2motion
        from emogene.training.heard_clips import FeatureSource
        from emogene.training.loop import TrainingConfig
        steps = []
        whole = audio2motion.MotionObjective.__call__
        def dies(*given):
            steps.append(1)
            if len(steps) == 6:
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(*given)
        audio2motion.MotionObjective.__call__ = dies
        corpus, encoder, syncnet, out = map(Path, sys.argv[1:])
        training = audio2motion.MotionTraining(corpus, FeatureSource("built-in", encoder), syncnet)
        config = TrainingConfig(out, 8, checkpoint_every=3, quiet=True, threads=1)
        size = VaeConfig(
            9, 16, 16, latent=2, encoder_layers=2, decoder_layers=2, contact_width=8, contact_layers=2
        )
        audio2motion.train_audio2motion(training, config, size)
    """)
    inputs = [training.corpus, training.sound.encoder, training.syncnet]
    killed = subprocess.run([sys.executable, "-c", program, *inputs, tmp_path / "killed"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert torch.load(tmp_path / "killed/checkpoint.pt", weights_only=True)["step"] == 3
    for name in ("killed", "whole"):
        train_audio2motion(
            training, TrainingConfig(tmp_path / name, 8, checkpoint_every=3, quiet=True, threads=1), SIZE
        )
    a, b = ((tmp_path / name / "audio2motion.safetensors").read_bytes() for name in ("killed", "whole"))
    assert a == b
