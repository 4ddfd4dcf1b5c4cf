"""Training of an actor's fields on a picture corpus (paper, equation 9), on CPU or GPU: the head, then the torso."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numba
import numpy as np
import torch
from numba.core import config as numba_options

from emogene.corpus.pictures import FRAMES, PictureCorpus, picture_path, read_pictures
from emogene.training.loop import TrainingConfig, TrainingRun, cosine
from emogene.training.run_inputs import inputs_digest

from .field import FieldConfig
from .field_preview import evaluate, write_preview
from .field_trainer import FieldTrainer
from .field_training_config import FieldTrainingConfig
from .fields import ActorFields
from .head_field import HeadField, head_config
from .head_trainer import HeadTrainer, head_training_config
from .landmark_basis import fit_landmarks, reference_face
from .perceptual import load_vgg
from .picture_rays import PictureSet, load_pictures
from .torso_field import TorsoField, no_torso, torso_config
from .torso_trainer import TorsoTrainer, torso_training_config

HELD_OUT = 40
"""Held-out pictures that are looked at, spread evenly."""

HELD_OUT_EVERY = 20
"""While a corpus lacks its held-out pictures, one in so many of the others stands in."""


@dataclass(frozen=True)
class Material:
    """What a field is trained on, and what it is looked at with."""

    corpus: PictureCorpus
    pictures: PictureSet
    checked: PictureSet
    """Held out."""


def train_head(
    corpus: Path,
    training: TrainingConfig,
    sizes: FieldConfig | None = None,
    config: FieldTrainingConfig | None = None,
    picture_size: int | None = None,
    vgg: Path | None = None,
) -> Path:
    """Train the head field of the actor in a picture corpus; returns the path of head_field.safetensors in the run.

    Args:
        picture_size: pixels a side to which pictures are averaged; None keeps them.
        vgg: torchvision's VGG-16 weights for the loss on patches, beside the structure loss.

    Raises:
        CorpusError: there are no pictures.
    """
    sizes, config = sizes or head_config(), config or head_training_config()
    material = read_material(corpus, training, picture_size)
    data, pictures = material.corpus, material.pictures
    reference = reference_face(data.landmarks[pictures.index], data.blink[pictures.index])
    sizes = replace(sizes, aims=pictures.depths is not None)
    field = HeadField(sizes, data.rest, reference, training.seed)
    fit_landmarks(field, data.landmarks[pictures.index])
    patch_loss = load_vgg(vgg) if vgg else None
    trainer = HeadTrainer(field, pictures, config, training.steps, patch_loss)
    inputs = inputs_digest(frames=corpus / FRAMES, field=sizes, head=config, size=picture_size, vgg=vgg)

    def fields(path: Path) -> ActorFields:
        head = HeadField.load(path)
        return ActorFields(head, no_torso(head))

    return _run(training, trainer, material, inputs, fields, head_only=True)


def train_torso(
    corpus: Path,
    head_path: Path,
    training: TrainingConfig,
    sizes: FieldConfig | None = None,
    config: FieldTrainingConfig | None = None,
    picture_size: int | None = None,
    vgg: Path | None = None,
) -> Path:
    """Train the torso field over a finished head; returns the path of torso_field.safetensors in the run.

    Raises:
        CorpusError: there are no pictures.
        ActorError: `head_path` is no head field.
    """
    sizes, config = sizes or torso_config(), config or torso_training_config()
    head = HeadField.load(head_path)
    sizes = replace(sizes, warp=head.config.warp)
    material = read_material(corpus, training, picture_size)
    data, pictures = material.corpus, material.pictures
    sizes = replace(sizes, aims=pictures.depths is not None)
    field = TorsoField(sizes, head.rest.numpy(), head.reference.numpy(), training.seed)
    fit_landmarks(field, data.landmarks[pictures.index])
    patch_loss = load_vgg(vgg) if vgg else None
    trainer = TorsoTrainer(field, head, pictures, config, training.steps, patch_loss)
    inputs = inputs_digest(
        frames=corpus / FRAMES, field=sizes, torso=config, head=head_path, size=picture_size, vgg=vgg
    )
    return _run(training, trainer, material, inputs, lambda path: ActorFields(head, TorsoField.load(path)), False)


def _run(
    training: TrainingConfig,
    trainer: FieldTrainer,
    material: Material,
    inputs: str,
    fields: Callable[[Path], ActorFields],
    head_only: bool,
) -> Path:
    told = _teller(training)
    training.out.mkdir(parents=True, exist_ok=True)
    kind, every = trainer.field.KIND, trainer.config.preview_every
    path, draft = training.out / f"{kind}.safetensors", training.out / "preview.safetensors"

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        if number and number % every == 0:
            trainer.save_average(draft, measured=False)
            out = training.out / f"preview_{number:06d}.png"
            write_preview(fields(draft), material.checked, head_only, out, told)
        return trainer.step(number, training.seed, generator)

    run = TrainingRun(
        replace(training, clip_norm=None), trainer, trainer.optimiser(), step,
        cosine(training.steps, warmup=50, floor=trainer.config.final_rate), kind.replace("_", " "),
        # Without the pictures: more of them may be made while a run is stopped.
        inputs=inputs,
    )  # fmt: skip
    with numba_threads(training.threads):
        run.run()
        trainer.save_average(path)
        draft.unlink(missing_ok=True)
        finished = fields(path)
        write_preview(finished, material.checked, head_only, training.out / "preview.png", told)
        for line in evaluate(finished, material.checked, head_only).lines():
            told(line)
    return path


def _teller(training: TrainingConfig) -> Callable[[str], None]:
    return (lambda text: None) if training.quiet else print


@contextmanager
def numba_threads(count: int | None) -> Iterator[None]:
    """Run kernels on so many threads, if the computer has them; None leaves numba's choice."""
    before = numba.get_num_threads()
    # Numba sets its options by name, so type checkers do not see them.
    most = numba_options.NUMBA_NUM_THREADS  # pyright: ignore[reportAttributeAccessIssue]
    numba.set_num_threads(before if count is None else min(count, most))
    try:
        yield
    finally:
        numba.set_num_threads(before)


def read_material(corpus: Path, training: TrainingConfig, picture_size: int | None) -> Material:
    """The pictures to train on and those held out.

    Raises:
        CorpusError: there are no pictures.
    """
    data, told = read_pictures(corpus), _teller(training)
    chosen, held_out = split_frames(data, told)
    spread = np.linspace(0, len(held_out) - 1, min(HELD_OUT, len(held_out))).astype(int)
    pictures = load_pictures(data, chosen, told, picture_size)
    return Material(data, pictures, load_pictures(data, held_out[spread], told, picture_size))


def split_frames(corpus: PictureCorpus, told: Callable[[str], None]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the frames to train on and of those held out; others stand in while the corpus' own are not made."""
    there = np.array([picture_path(corpus.folder, i).is_file() for i in range(len(corpus))])
    if (corpus.test & there).any():
        return np.nonzero(~corpus.test)[0], np.nonzero(corpus.test & there)[0]
    told(f"The held-out pictures have not been made; every {HELD_OUT_EVERY}th of the others is held out instead.")
    spare = np.arange(len(corpus)) % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
    return np.nonzero(~corpus.test & ~spare)[0], np.nonzero(there & spare)[0]
