import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from emogene.audio.encoder import EncoderConfig, save_speech_encoder, untrained
from emogene.motion.syncnet import SyncConfig, SyncNetwork, load_syncnet
from emogene.training.heard_clips import FeatureSource, MotionClip
from emogene.training.loop import TrainingConfig
from emogene.training.loss_log import read_log
from emogene.training.syncnet import LARGEST_WINDOW, SyncBatches, sync_losses, train_syncnet
from emogene_proto.errors import CorpusError, EmoGeneError

SIZE = SyncConfig(9, width=12, vector=8)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    path = tmp_path_factory.mktemp("encoder") / "e.safetensors"
    save_speech_encoder(untrained(EncoderConfig(("a", "b", "sil"), 16, (1, 2))), path)
    return FeatureSource("built-in", path)


def test_killed_and_resumed_it_gives_the_same_weights(landmark_corpus, sound, tmp_path):
    """A process dies by SIGKILL in a step; the next one goes on from the last checkpoint."""
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGKILL")
    program = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from emogene.motion.syncnet import SyncConfig
        from emogene.training import syncnet
        from emogene.training.heard_clips import FeatureSource
        from emogene.training.loop import TrainingConfig
        steps = []
        losses = syncnet.sync_losses
        def dies(*given):
            steps.append(1)
            if len(steps) == 6:
                os.kill(os.getpid(), signal.SIGKILL)
            return losses(*given)
        syncnet.sync_losses = dies
        corpus, encoder, out = map(Path, sys.argv[1:])
        config = TrainingConfig(out, 8, checkpoint_every=3, log_every=1, validate_every=100, quiet=True, threads=1)
        syncnet.train_syncnet(corpus, FeatureSource("built-in", encoder), config, SyncConfig(9, width=12, vector=8))
    """)
    command = [sys.executable, "-c", program, landmark_corpus, sound.encoder, tmp_path / "killed"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "killed/syncnet.safetensors").exists()
    for name in ("killed", "whole"):
        config = TrainingConfig(
            tmp_path / name, 8, checkpoint_every=3, log_every=1, validate_every=100, quiet=True, threads=1
        )
        train_syncnet(landmark_corpus, sound, config, SIZE)
    killed, whole = ((tmp_path / name / "syncnet.safetensors").read_bytes() for name in ("killed", "whole"))
    assert killed == whole
    assert [line["step"] for line in read_log(tmp_path / "killed/losses.jsonl")] == list(range(1, 9))


def test_the_file_tells_how_much_it_has_learned(landmark_corpus, sound, tmp_path):
    config = TrainingConfig(tmp_path, 2, validate_every=1, log_every=1, threads=1, quiet=True)
    trained = train_syncnet(landmark_corpus, sound, config, SIZE)
    loaded = load_syncnet(tmp_path / "syncnet.safetensors")
    assert loaded.validation_loss == pytest.approx(trained.validation_loss)
    assert read_log(tmp_path / "losses.jsonl")[-1]["val_loss"] == pytest.approx(trained.validation_loss, rel=1e-4)


def echoing_clips(count=30, frames=160):
    """The mouth does what six columns of the features say."""
    clips = []
    for i in range(count):
        rng = np.random.default_rng(i)
        said = np.cumsum(rng.standard_normal((frames, 9)), 0)
        said = (said - said.mean(0)) / said.std(0)
        motion = np.zeros((frames, 204), np.float32)
        motion[:, 144:150] = said[:, :6]
        contacts, rest = np.zeros((frames, 2), np.float32), np.zeros(204, np.float32)
        clips.append(MotionClip((said.astype(np.float16),), (1.0,), motion, contacts, rest))
    return clips


def test_it_learns_to_find_the_moment():
    from emogene.motion.syncnet import SyncNet

    torch.set_num_threads(1)
    torch.manual_seed(0)
    network, clips = SyncNetwork(SyncConfig(9, width=24, vector=24)), echoing_clips()
    optimiser = torch.optim.Adam(network.parameters(), 5e-3)
    batches, generator = SyncBatches(clips[:24], "hubert", 0), torch.Generator().manual_seed(0)
    for step in range(60):
        loss = sync_losses(network, *batches(step), generator)["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.6
    model = SyncNet(network, np.zeros(60, np.float32), np.ones(60, np.float32))
    found = [model.offset_of(clip.features[0], clip.motion[:, 144:204]) for clip in clips[24:]]
    assert np.mean(np.abs(found) <= 1) > 0.8
    late = clips[25].motion[:, 144:204]
    assert abs(model.offset_of(clips[25].features[0][:-4], np.roll(late, 4, 0)[:-4]) - 4) <= 1


def test_a_clip_alone_is_not_set_apart_from_itself():
    torch.manual_seed(0)
    network = SyncNetwork(SIZE).eval()
    pair, generator = (torch.rand(1, 9, 64), torch.rand(1, 60, 64)), torch.Generator().manual_seed(0)
    assert set(sync_losses(network, *pair, generator)) == {"loss", "together", "near", "far"}


@pytest.mark.parametrize("window", [4, LARGEST_WINDOW + 2])
def test_windows_that_cannot_be_are_told(window, landmark_corpus, sound, tmp_path):
    config = TrainingConfig(tmp_path, 1, threads=1, quiet=True)
    with pytest.raises(EmoGeneError, match=f"cannot look at {window} frames") as told:
        train_syncnet(landmark_corpus, sound, config, SyncConfig(9, window=window, width=4, vector=4))
    assert f"odd number from 3 to {LARGEST_WINDOW}" in told.value.hint


def test_the_largest_window_has_room_for_every_shift():
    network = SyncNetwork(SyncConfig(9, window=LARGEST_WINDOW, width=4, vector=4)).eval()
    features, mouths = SyncBatches(echoing_clips(2), "hubert", 0)(0)
    for seed in range(60):
        found = sync_losses(network, features, mouths, torch.Generator().manual_seed(seed))
        assert bool(found["loss"].isfinite())


def test_one_clip_is_too_few(landmark_corpus, sound, tmp_path):
    import shutil

    import msgspec

    from emogene.corpus.landmark_corpus import LandmarkIndex, read_index

    shutil.copytree(landmark_corpus, tmp_path / "c")
    index = LandmarkIndex(25, 0, (), read_index(landmark_corpus).clips[:1])
    (tmp_path / "c/index.json").write_bytes(msgspec.json.encode(index))
    with pytest.raises(CorpusError, match="two training clips"):
        train_syncnet(tmp_path / "c", sound, TrainingConfig(tmp_path, 1, threads=1, quiet=True), SIZE)
