"""Training of the head field on a picture corpus (paper, equation 9), on a CPU."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from emogene.corpus.pictures import PictureCorpus, picture_path, read_pictures
from emogene.training.loop import TrainingConfig, TrainingRun, cosine

from .head_field import HeadField, HeadFieldConfig
from .head_preview import evaluate, write_preview
from .head_trainer import HeadTrainer, HeadTrainingConfig
from .landmark_basis import fit_landmarks, reference_face
from .picture_rays import load_pictures

HELD_OUT = 40
"""Held-out pictures that are looked at, spread evenly."""

HELD_OUT_EVERY = 20
"""While a corpus lacks its held-out pictures, one in so many of the others stands in."""


def train_head(
    corpus: Path, training: TrainingConfig, field: HeadFieldConfig | None = None, head: HeadTrainingConfig | None = None
) -> Path:
    """Train the head field of the actor in a picture corpus; returns the path of head_field.safetensors in the run.

    Raises:
        CorpusError: there are no pictures.
    """
    data = read_pictures(corpus)
    head = head or HeadTrainingConfig()
    told = (lambda text: None) if training.quiet else print
    chosen, held_out = split_frames(data, told)
    pictures = load_pictures(data, chosen, told)
    spread = np.linspace(0, len(held_out) - 1, min(HELD_OUT, len(held_out))).astype(int)
    checked = load_pictures(data, held_out[spread], told)
    trainer = HeadTrainer(new_field(field or HeadFieldConfig(), data, training.seed), pictures, head)
    training.out.mkdir(parents=True, exist_ok=True)
    path = training.out / "head_field.safetensors"

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        if number and number % head.preview_every == 0:
            trainer.save_average(path, measured=False)
            write_preview(path, checked, training.out / f"preview_{number:06d}.png", told)
        return trainer.step(number, training.seed, generator)

    run = TrainingRun(
        replace(training, clip_norm=None), trainer, trainer.optimiser(), step,
        cosine(training.steps, warmup=50, floor=head.final_rate), "head field",
    )  # fmt: skip
    run.run()
    trainer.save_average(path)
    write_preview(path, checked, training.out / "preview.png", told)
    for line in evaluate(path, checked).lines():
        told(line)
    return path


def split_frames(corpus: PictureCorpus, told: Callable[[str], None]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the frames to train on and of those held out; others stand in while the corpus' own are not made."""
    there = np.array([picture_path(corpus.folder, i).is_file() for i in range(len(corpus))])
    if (corpus.test & there).any():
        return np.nonzero(~corpus.test)[0], np.nonzero(corpus.test & there)[0]
    told(f"The held-out pictures have not been made; every {HELD_OUT_EVERY}th of the others is held out instead.")
    spare = np.arange(len(corpus)) % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
    return np.nonzero(~corpus.test & ~spare)[0], np.nonzero(there & spare)[0]


def new_field(config: HeadFieldConfig, corpus: PictureCorpus, seed: int) -> HeadField:
    """An untrained field for the actor of a corpus, with reference face and components of the training frames."""
    mine = ~corpus.test
    reference = reference_face(corpus.landmarks[mine], corpus.blink[mine])
    field = HeadField(config, corpus.rest, reference, seed)
    fit_landmarks(field, corpus.landmarks[mine])
    return field
