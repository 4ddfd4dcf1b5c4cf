"""Training on a tiny corpus of an analytic scene: the head out of the pictures by its matte, then the torso."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest
from PIL import Image

from emogene.corpus.pictures import PictureCorpus, read_pictures
from emogene.render import head_field, torso_field
from emogene.render.field_preview import evaluate
from emogene.render.field_trainer import FieldTrainer
from emogene.render.field_training_config import FieldTrainingConfig
from emogene.render.fields import ActorFields
from emogene.render.head_field import HeadField
from emogene.render.head_trainer import head_training_config
from emogene.render.kernels import create_engine
from emogene.render.picture_rays import load_pictures
from emogene.render.torso_field import TorsoField, no_torso
from emogene.render.torso_trainer import torso_training_config
from emogene.render.train_fields import split_frames, train_head, train_torso
from emogene.training.loop import TrainingConfig
from emogene.training.loss_log import read_log
from emogene.values import FaceState
from emogene_proto.errors import ActorError, CorpusError, EmoGeneError

from .picture_scene import FRAMES, GREEN, RED, SIZE, scene, write_scene

HELD_OUT = FRAMES - 1
HEAD_SIZES = replace(head_field.tiny_config(), step=0.005)
TORSO_SIZES = torso_field.tiny_config()


def quick(config: FieldTrainingConfig) -> FieldTrainingConfig:
    return replace(
        config, rays=512, samples=4096, fresh_frames=2, kept_steps=2, preview_every=1000, final_frames=4,
        occupancy_every=8, patch_side=28, patch_from=0.8, longest=48,
    )  # fmt: skip


HEAD_TRAINING, TORSO_TRAINING = quick(head_training_config()), quick(torso_training_config())


def run(out: Path, steps: int, **options) -> TrainingConfig:
    return TrainingConfig(out, steps, log_every=5, quiet=True, **options)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def head_path(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_head(corpus, run(tmp_path_factory.mktemp("head"), 120), HEAD_SIZES, HEAD_TRAINING)


@pytest.fixture(scope="module")
def torso_path(corpus: Path, head_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    before = head_path.read_bytes()
    path = train_torso(corpus, head_path, run(tmp_path_factory.mktemp("torso"), 120), TORSO_SIZES, TORSO_TRAINING)
    assert head_path.read_bytes() == before
    return path


def size_of(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as image:
        return image.size


def held_out(data: PictureCorpus, fields: ActorFields) -> np.ndarray:
    """(H, W, 4) premultiplied, as the fields show the held-out face."""
    face = FaceState(data.landmarks[HELD_OUT], data.gaze[HELD_OUT], data.poses[HELD_OUT])
    return create_engine("cpu", fields).render(face, data.camera(HELD_OUT)).rgba


def test_a_head_is_learnt_without_its_shoulders(corpus: Path, head_path: Path):
    losses = read_log(head_path.parent / "losses.jsonl")
    assert losses[-1]["picture"] < 0.3 * losses[0]["picture"]
    data, head = read_pictures(corpus), HeadField.load(head_path)
    rgba, matte = held_out(data, ActorFields(head, no_torso(head))), data.head_matte(HELD_OUT) / 255.0
    # The head covers a tenth of the picture, so an empty one is wrong by 0.1.
    assert np.abs(rgba[..., 3] - matte).mean() < 0.04
    assert rgba[matte == 1][:, 3].mean() > 0.8
    assert rgba[matte == 1][:, :3].mean(0) == pytest.approx(np.array(RED) / 255.0, abs=0.12)
    assert rgba[SIZE - 8 :, :, 3].max() < 0.1


def test_a_torso_is_learnt_under_the_finished_head(corpus: Path, head_path: Path, torso_path: Path):
    losses = read_log(torso_path.parent / "losses.jsonl")
    assert losses[-1]["picture"] < 0.3 * losses[0]["picture"]
    data = read_pictures(corpus)
    rgba = held_out(data, ActorFields(HeadField.load(head_path), TorsoField.load(torso_path)))
    alpha, matte = data.picture(HELD_OUT)[..., 3] / 255.0, data.head_matte(HELD_OUT)
    body = (alpha == 1) & (matte == 0)
    assert np.abs(rgba[..., 3] - alpha).mean() < 0.3 * alpha.mean()
    assert rgba[body][:, 3].mean() > 0.7
    straight = rgba[body][:, :3].mean(0) / rgba[body][:, 3].mean()
    assert straight == pytest.approx(np.array(GREEN) / 255.0, abs=0.12)


def test_scores_say_how_well(corpus: Path, head_path: Path, torso_path: Path):
    data = read_pictures(corpus)
    pictures = load_pictures(data, np.array([HELD_OUT]), lambda text: None)
    head = HeadField.load(head_path)
    alone, both = ActorFields(head, no_torso(head)), ActorFields(head, TorsoField.load(torso_path))
    assert evaluate(both, pictures, head_only=False).whole > evaluate(alone, pictures, head_only=False).whole + 3
    assert evaluate(alone, pictures, head_only=True).whole > 15
    assert "neck" in evaluate(both, pictures, head_only=False).lines()[0]


def test_structure_is_looked_at_in_the_last_part(head_path: Path):
    steps = {line["step"]: line for line in read_log(head_path.parent / "losses.jsonl")}
    assert all(("patch" in line) == (step >= 96) for step, line in steps.items() if not 90 < step < 102)
    assert "patch" in steps[max(steps)]


def test_the_finished_grids_hold_little_but_the_head(head_path: Path):
    head = HeadField.load(head_path)
    assert 0.001 < head.occupied.float().mean() < 0.2
    assert 0.001 < head.surface.float().mean() < 0.3


Trained = Callable[[TrainingConfig], Path]


@pytest.fixture(params=["head", "torso"])
def trained(request: pytest.FixtureRequest, corpus: Path) -> Trained:
    """Trains a field with a preview every 8 steps."""
    if request.param == "head":
        config = replace(HEAD_TRAINING, preview_every=8, patch_from=0.5)
        return lambda training: train_head(corpus, training, HEAD_SIZES, config)
    config = replace(TORSO_TRAINING, preview_every=8, patch_from=0.5)
    head_path = request.getfixturevalue("head_path")
    return lambda training: train_torso(corpus, head_path, training, TORSO_SIZES, config)


def test_a_killed_run_goes_on_to_the_same_weights(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def config(out: str) -> TrainingConfig:
        return TrainingConfig(tmp_path / out, 20, checkpoint_every=8, quiet=True, threads=1)

    whole = trained(config("whole"))
    step = FieldTrainer.step

    def dying(self, number, seed, generator):
        if number == 18:
            raise KeyboardInterrupt
        return step(self, number, seed, generator)

    monkeypatch.setattr(FieldTrainer, "step", dying)
    with pytest.raises(KeyboardInterrupt):
        trained(config("broken"))
    monkeypatch.undo()
    broken = tmp_path / "broken"
    assert size_of(broken / "preview_000016.png") == (SIZE, 4 * SIZE)
    assert not (broken / whole.name).exists(), "a field that is not finished has the finished one's name"
    resumed = trained(config("broken"))
    assert not (broken / "preview.safetensors").exists() and (broken / "preview.png").is_file()
    assert resumed.read_bytes() == whole.read_bytes()


def test_a_run_of_other_inputs_is_not_taken_up(corpus: Path, tmp_path: Path):
    train_head(corpus, run(tmp_path, 1), HEAD_SIZES, HEAD_TRAINING, SIZE // 2)
    with pytest.raises(EmoGeneError, match="other|another"):
        train_head(corpus, run(tmp_path, 2), HEAD_SIZES, HEAD_TRAINING)


def test_threads_bind_the_kernels_too(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(numba, "get_num_threads", lambda: 7)
    monkeypatch.setattr(numba, "set_num_threads", asked.append)
    train_head(corpus, run(tmp_path, 1, threads=1), HEAD_SIZES, HEAD_TRAINING)
    assert asked == [1, 7]


def test_pictures_can_be_taken_smaller(corpus: Path, tmp_path: Path):
    train_head(corpus, run(tmp_path, 1), HEAD_SIZES, HEAD_TRAINING, SIZE // 2)
    assert size_of(tmp_path / "preview.png") == (SIZE // 2, 2 * SIZE)


def test_a_size_that_divides_nothing_is_refused(corpus: Path, tmp_path: Path):
    with pytest.raises(CorpusError, match="cannot be averaged to 20"):
        train_head(corpus, run(tmp_path, 1), HEAD_SIZES, HEAD_TRAINING, 20)


def test_a_corpus_without_pictures_is_refused(corpus: Path, tmp_path: Path):
    bare = tmp_path / "bare"
    shutil.copytree(corpus, bare, ignore=lambda folder, names: [name for name in names if name.endswith(".png")])
    with pytest.raises(CorpusError):
        train_head(bare, run(tmp_path / "run", 2), HEAD_SIZES, HEAD_TRAINING)


def test_a_torso_without_a_head_is_refused(corpus: Path, tmp_path: Path):
    for path in (tmp_path / "none.safetensors", corpus / "corpus.json"):
        with pytest.raises(ActorError):
            train_torso(corpus, path, run(tmp_path / "run", 1), TORSO_SIZES, TORSO_TRAINING)


def test_others_stand_in_while_held_out_pictures_are_not_made(corpus: Path, tmp_path: Path):
    data = read_pictures(corpus)
    told: list[str] = []
    chosen, checked = split_frames(data, told.append)
    assert (chosen.tolist(), checked.tolist(), told) == (list(range(HELD_OUT)), [HELD_OUT], [])
    part = tmp_path / "part"
    shutil.copytree(corpus, part)
    (part / "rgba" / f"{HELD_OUT:06d}.png").unlink()
    chosen, _ = split_frames(read_pictures(part), told.append)
    assert HELD_OUT not in chosen and len(told) == 1


def test_the_scene_is_what_it_says():
    """Head and shoulders do not touch, and both are seen."""
    from .conftest import front_camera, turned

    rgba, matte = scene(turned(0.0, 0.0, (0, 0, 0)), front_camera(SIZE, SIZE))
    assert 0.04 < (matte > 0).mean() < 0.2 and 0.04 < ((rgba[..., 3] > 0) & (matte == 0)).mean() < 0.3
