"""Training of the head field on a picture corpus (paper, equation 9), on a CPU."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import torch
from numba.core import config as numba_options

from emogene.corpus.pictures import FRAMES, PictureCorpus, picture_path, read_pictures
from emogene.training.loop import TrainingConfig, TrainingRun, cosine
from emogene.training.run_inputs import inputs_digest

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
    trainer = HeadTrainer(new_field(field or HeadFieldConfig(), data, pictures.index, training.seed), pictures, head)
    training.out.mkdir(parents=True, exist_ok=True)
    path, draft = training.out / "head_field.safetensors", training.out / "preview.safetensors"

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        if number and number % head.preview_every == 0:
            trainer.save_average(draft, measured=False)
            write_preview(draft, checked, training.out / f"preview_{number:06d}.png", told)
        return trainer.step(number, training.seed, generator)

    run = TrainingRun(
        replace(training, clip_norm=None), trainer, trainer.optimiser(), step,
        cosine(training.steps, warmup=50, floor=head.final_rate), "head field",
        # Without the pictures: more of them may be made while a run is stopped.
        inputs=inputs_digest(frames=corpus / FRAMES, field=field or HeadFieldConfig(), head=head),
    )  # fmt: skip
    with numba_threads(training.threads):
        run.run()
        trainer.save_average(path)
        draft.unlink(missing_ok=True)
        write_preview(path, checked, training.out / "preview.png", told)
        for line in evaluate(path, checked).lines():
            told(line)
    return path


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


def split_frames(corpus: PictureCorpus, told: Callable[[str], None]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the frames to train on and of those held out; others stand in while the corpus' own are not made."""
    there = np.array([picture_path(corpus.folder, i).is_file() for i in range(len(corpus))])
    if (corpus.test & there).any():
        return np.nonzero(~corpus.test)[0], np.nonzero(corpus.test & there)[0]
    told(f"The held-out pictures have not been made; every {HELD_OUT_EVERY}th of the others is held out instead.")
    spare = np.arange(len(corpus)) % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
    return np.nonzero(~corpus.test & ~spare)[0], np.nonzero(there & spare)[0]


def new_field(config: HeadFieldConfig, corpus: PictureCorpus, mine: np.ndarray, seed: int) -> HeadField:
    """An untrained field for the actor of a corpus, with reference face and components of the frames `mine`."""
    reference = reference_face(corpus.landmarks[mine], corpus.blink[mine])
    field = HeadField(config, corpus.rest, reference, seed)
    fit_landmarks(field, corpus.landmarks[mine])
    return field
