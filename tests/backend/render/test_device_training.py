"""Training by torch's path, as on a GPU, here on the CPU: the same losses at first, and they fall."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from emogene.corpus.pictures import read_pictures
from emogene.render import torso_field
from emogene.render.field_trainer import FieldTrainer
from emogene.render.head_field import HeadField, tiny_config
from emogene.render.head_trainer import HeadTrainer, head_training_config
from emogene.render.picture_rays import load_pictures
from emogene.render.torch_samples import TorchSampleMaker
from emogene.render.torso_field import TorsoField
from emogene.render.torso_trainer import TorsoTrainer, torso_training_config
from emogene.training.precision import asked_device
from emogene_proto.errors import EmoGeneError

from .picture_scene import FRAMES, write_scene

SMALL = {"rays": 256, "samples": 4096, "longest": 48, "fresh_frames": 2, "kept_steps": 2, "patch_side": 16}
FAST = replace(head_training_config(), **SMALL)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("scene"))


def trainer_of(folder: Path, by_torch: bool) -> HeadTrainer:
    data = read_pictures(folder)
    pictures = load_pictures(data, np.arange(FRAMES - 1), lambda text: None)
    trainer = HeadTrainer(HeadField(tiny_config(), data.rest), pictures, FAST, 100)
    if by_torch:
        trainer._maker = TorchSampleMaker(trainer.field, FAST.longest)
    return trainer


def losses_of(trainer: FieldTrainer, steps: int) -> list[float]:
    optimiser, generator = trainer.optimiser(), torch.Generator().manual_seed(0)
    told = []
    for number in range(steps):
        loss = trainer.step(number, 0, generator)["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        told.append(float(loss.detach()))
    return told


def test_the_first_step_is_the_cpus(corpus: Path):
    fast, plain = (losses_of(trainer_of(corpus, by_torch), 1)[0] for by_torch in (False, True))
    assert plain == pytest.approx(fast, rel=1e-3)


def test_losses_fall(corpus: Path):
    trainer = trainer_of(corpus, True)
    told = losses_of(trainer, 40)
    assert np.mean(told[-5:]) < 0.6 * np.mean(told[:5])
    assert 0 < int(trainer.field.occupied.sum()) < trainer.field.occupied.numel()


def test_a_gpu_that_is_not_there_is_refused():
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert asked_device("auto") == torch.device("cpu")
    with pytest.raises(EmoGeneError) as refused:
        asked_device("cuda")
    assert "--device cpu" in refused.value.hint


def test_a_torso_is_trained_the_same_way(corpus: Path):
    data = read_pictures(corpus)
    pictures = load_pictures(data, np.arange(FRAMES - 1), lambda text: None)
    told = []
    for by_torch in (False, True):
        head = HeadField(tiny_config(), data.rest).requires_grad_(False)
        field = TorsoField(torso_field.tiny_config(), data.rest, seed=1)
        config = replace(torso_training_config(), **SMALL)
        trainer = TorsoTrainer(field, head, pictures, config, 100)
        if by_torch:
            trainer._maker = TorchSampleMaker(field, config.longest)
            trainer._head_maker = TorchSampleMaker(head, head.config.max_samples)
        told.append(losses_of(trainer, 2))
    assert told[1] == pytest.approx(told[0], rel=2e-3)
