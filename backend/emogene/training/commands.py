"""`emogene train ...`: every model from a corpus to its safetensors file."""

from pathlib import Path
from typing import Annotated

import typer

from emogene.training.loop import TrainingConfig

train_app = typer.Typer(help="Train the models of an actor pack.", no_args_is_help=True)

Corpus = Annotated[Path, typer.Option(help="Folder of the corpus, made by 'emogene corpus'.")]
Out = Annotated[Path, typer.Option(help="Folder of this run: checkpoint, loss log and curve, and the finished model.")]
Steps = Annotated[int, typer.Option(min=1, help="Optimiser steps.")]
Seed = Annotated[int, typer.Option(help="The same seed and corpus give the same model.")]
Resume = Annotated[bool, typer.Option(help="Go on from the checkpoint in --out, or start anew.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads; all of them if not given.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar.")]


@train_app.command("speech-encoder")
def speech_encoder(
    corpus: Corpus,
    out: Out,
    steps: Steps = 4500,
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train the built-in speech encoder on a speech corpus; writes speech_encoder.safetensors."""
    from emogene.training.speech_encoder import train_speech_encoder

    train_speech_encoder(corpus, TrainingConfig(out, steps, seed, resume, 200, threads=threads, quiet=quiet))
    _say(out / "speech_encoder.safetensors", quiet)


@train_app.command("audio2motion")
def audio2motion(
    corpus: Corpus,
    encoder: Annotated[Path, typer.Option(help="speech_encoder.safetensors, trained before.")],
    out: Out,
    steps: Steps = 1800,
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train the audio-to-motion VAE on a landmark corpus; writes audio2motion.safetensors, the decoder alone."""
    from emogene.training.audio2motion import train_audio2motion

    train_audio2motion(corpus, encoder, TrainingConfig(out, steps, seed, resume, 200, threads=threads, quiet=quiet))
    _say(out / "audio2motion.safetensors", quiet)


@train_app.command("ldm")
def ldm(
    corpus: Corpus,
    out: Out,
    steps: Steps = 5000,
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train the landmark deformation model on a landmark corpus; writes ldm.safetensors."""
    from emogene.training.ldm import train_ldm

    train_ldm(corpus, TrainingConfig(out, steps, seed, resume, 500, threads=threads, quiet=quiet))
    _say(out / "ldm.safetensors", quiet)


@train_app.command("head")
def head(
    corpus: Corpus,
    out: Out,
    steps: Steps = 20000,
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train the head field on a picture corpus; writes head_field.safetensors, and a preview every 500 steps."""
    from emogene.render.train_head import train_head

    _say(train_head(corpus, TrainingConfig(out, steps, seed, resume, 500, threads=threads, quiet=quiet)), quiet)


def _say(model: Path, quiet: bool) -> None:
    if not quiet:
        typer.echo(f"The model is in {model}, {model.stat().st_size / 1e6:.1f} MB.")
