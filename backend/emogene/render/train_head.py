"""Training of the head field on a picture corpus (paper, equation 9), on a CPU."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from emogene.corpus.pictures import PictureCorpus, read_pictures
from emogene.training.loop import TrainingConfig, TrainingRun, cosine

from .head_field import HeadField, HeadFieldConfig
from .head_preview import evaluate, write_preview
from .head_trainer import HeadTrainer, HeadTrainingConfig
from .landmark_basis import fit_landmarks, reference_face
from .picture_rays import load_pictures

HELD_OUT = 40
"""Held-out pictures that are looked at, spread evenly."""


def train_head(
    corpus: Path, training: TrainingConfig, field: HeadFieldConfig | None = None, head: HeadTrainingConfig | None = None
) -> Path:
    """Train the head field of the actor in a picture corpus; returns the path of head_field.safetensors in the run's folder.

    Raises:
        CorpusError: there are no pictures.
    """
    data = read_pictures(corpus)
    head = head or HeadTrainingConfig()
    told = (lambda text: None) if training.quiet else print
    pictures = load_pictures(data, np.nonzero(~data.test)[0], told)
    held_out = np.nonzero(data.test)[0]
    spread = np.linspace(0, len(held_out) - 1, min(HELD_OUT, len(held_out))).astype(int)
    checked = load_pictures(data, held_out[spread], told)
    trainer = HeadTrainer(new_field(field or HeadFieldConfig(), data, training.seed), pictures, head)
    training.out.mkdir(parents=True, exist_ok=True)
    path = training.out / "head_field.safetensors"

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        if number and number % head.preview_every == 0:
            trainer.save_average(path)
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


def new_field(config: HeadFieldConfig, corpus: PictureCorpus, seed: int) -> HeadField:
    """An untrained field for the actor of a corpus: its reference face and landmark components are those of the training frames."""
    mine = ~corpus.test
    reference = reference_face(corpus.landmarks[mine], corpus.blink[mine])
    field = HeadField(config, corpus.rest, reference, seed)
    fit_landmarks(field, corpus.landmarks[mine])
    return field
