"""`emogene train ...`: every model from a corpus to its safetensors file."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from emogene.training.loop import TrainingConfig
from emogene.training.precision import Precision, asked_device, training_device

HEAD_STEPS, TORSO_STEPS = 6000, 3000

train_app = typer.Typer(help="Train the models of an actor pack.", no_args_is_help=True)

Corpus = Annotated[Path, typer.Option(help="Folder of the corpus, made by 'emogene corpus'.")]
Out = Annotated[Path, typer.Option(help="Folder of this run: checkpoint, loss log and curve, and the finished model.")]
Steps = Annotated[int, typer.Option(min=1, help="Optimiser steps.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed and corpus give the same model.")]
Resume = Annotated[bool, typer.Option(help="Go on from the checkpoint in --out, or start anew.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads; all of them if not given.")]
Bits = Annotated[
    Precision,
    typer.Option(
        "--precision",
        help="Of the networks' products. auto: bf16 where GPU or CPU has it, fp16 on an older GPU, else fp32.",
    ),
]
Encoder = Annotated[Path | None, typer.Option(help="speech_encoder.safetensors, for the built-in features.")]
Features = Annotated[
    str, typer.Option(help="What the model hears: built-in, or hubert: and a folder or hub name, #9 for a layer.")
]
Download = Annotated[
    bool, typer.Option("--download", help="Fetch HuBERT from the hub if it is not here; else nothing is.")
]
Heard = Annotated[
    Path | None, typer.Option(help="Folder that keeps the features of the clips; --out if not given. May be shared.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar.")]


@train_app.command("speech-encoder")
def speech_encoder(
    corpus: Annotated[
        list[Path], typer.Option(help="Folder of a speech corpus; give more than one, each is heard equally often.")
    ],
    out: Out,
    steps: Steps = 6500,
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    precision: Bits = "auto",
    quiet: Quiet = False,
) -> None:
    """Train the built-in speech encoder on speech corpora; writes speech_encoder.safetensors."""
    from emogene.training.speech_encoder import train_speech_encoder

    train_speech_encoder(corpus, _config(out, steps, seed, resume, 200, threads, quiet, precision))
    _say(out / "speech_encoder.safetensors", quiet)


@train_app.command("syncnet")
def syncnet(
    corpus: Corpus,
    out: Out,
    encoder: Encoder = None,
    features: Features = "built-in",
    download: Download = False,
    heard: Heard = None,
    window: Annotated[int, typer.Option(min=3, help="Frames at 25 Hz that it looks at together, odd.")] = 5,
    steps: Steps = 1500,
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    precision: Bits = "auto",
    quiet: Quiet = False,
) -> None:
    """Train SyncNet on a landmark corpus; writes syncnet.safetensors, for 'train audio2motion' and for evaluation."""
    from emogene.motion.syncnet import SyncConfig
    from emogene.training.heard_clips import FeatureSource
    from emogene.training.syncnet import train_syncnet

    sound = FeatureSource(features, encoder, download)
    config = _config(out, steps, seed, resume, 200, threads, quiet, precision)
    trained = train_syncnet(corpus, sound, config, SyncConfig(sound.load().feature_count, window), heard)
    if not quiet:
        typer.echo(f"Its loss on clips that it has not seen is {trained.validation_loss:.3f}.")
    _say(out / "syncnet.safetensors", quiet)


@train_app.command("audio2motion")
def audio2motion(
    corpus: Corpus,
    out: Out,
    encoder: Encoder = None,
    features: Features = "built-in",
    download: Download = False,
    syncnet: Annotated[
        Path | None, typer.Option(help="syncnet.safetensors, trained before on the same features.")
    ] = None,
    heard: Heard = None,
    no_sync: Annotated[bool, typer.Option("--no-sync", help="Leave SyncNet out of the loss.")] = False,
    no_pitch: Annotated[bool, typer.Option("--no-pitch", help="Do not let the model hear pitch and voicing.")] = False,
    no_velocity: Annotated[bool, typer.Option("--no-velocity", help="Leave velocity out of the loss.")] = False,
    plain_prior: Annotated[bool, typer.Option("--plain-prior", help="N(0, 1) in place of the flow.")] = False,
    steps: Steps = 4000,
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    precision: Bits = "auto",
    quiet: Quiet = False,
) -> None:
    """Train the audio-to-motion VAE on a landmark corpus; writes audio2motion.safetensors, the decoder alone."""
    from emogene.motion.vae import VaeConfig
    from emogene.training.audio2motion import MotionTraining, train_audio2motion
    from emogene.training.heard_clips import FeatureSource

    sound = FeatureSource(features, encoder, download)
    training = MotionTraining(corpus, sound, syncnet, heard=heard).without(sync=no_sync, velocity=no_velocity)
    size = VaeConfig(
        sound.load().feature_count,
        pitch="none" if no_pitch else "embedded",
        prior="normal" if plain_prior else "flow",
    )
    train_audio2motion(training, _config(out, steps, seed, resume, 200, threads, quiet, precision), size)
    _say(out / "audio2motion.safetensors", quiet)


@train_app.command("ldm")
def ldm(
    corpus: Corpus,
    out: Out,
    steps: Steps = 10_000,
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train the landmark deformation model on a landmark corpus; writes ldm.safetensors."""
    from emogene.training.ldm import train_ldm

    train_ldm(corpus, TrainingConfig(out, steps, seed, resume, 500, threads=threads, quiet=quiet))
    _say(out / "ldm.safetensors", quiet)


PictureSize = Annotated[
    int | None,
    typer.Option("--size", help="Average the pictures to so many pixels a side.", show_default="as they are"),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda"], typer.Option("--device", help="auto: the GPU if PyTorch can use one, else the CPU.")
]
Vgg = Annotated[
    Path | None, typer.Option(help="torchvision's VGG-16 weights, for the loss on patches.", show_default=False)
]


@train_app.command("head")
def head(
    corpus: Corpus,
    out: Out,
    steps: Steps = HEAD_STEPS,
    size: PictureSize = None,
    vgg: Vgg = None,
    device: Device = "auto",
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train the head field on a picture corpus; writes head_field.safetensors, and a preview every 500 steps."""
    from emogene.render.train_fields import train_head

    run = _field_config(out, steps, seed, resume, threads, quiet, device)
    _say(train_head(corpus, run, picture_size=size, vgg=vgg), quiet)


@train_app.command("torso")
def torso(
    corpus: Corpus,
    out: Out,
    head: Annotated[Path, typer.Option(help="The finished head_field.safetensors.", show_default=False)],
    steps: Steps = TORSO_STEPS,
    size: PictureSize = None,
    vgg: Vgg = None,
    device: Device = "auto",
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train the torso field under a finished head; writes torso_field.safetensors, and a preview every 500 steps."""
    from emogene.render.train_fields import train_torso

    run = _field_config(out, steps, seed, resume, threads, quiet, device)
    _say(train_torso(corpus, head, run, picture_size=size, vgg=vgg), quiet)


def _config(
    out: Path,
    steps: int,
    seed: int,
    resume: bool,
    checkpoint_every: int,
    threads: int | None,
    quiet: bool,
    precision: Precision,
) -> TrainingConfig:
    """Of a model that can be trained on a GPU."""
    return TrainingConfig(
        out,
        steps,
        seed,
        resume,
        checkpoint_every,
        threads=threads,
        quiet=quiet,
        precision=precision,
        device=str(training_device()),
    )


def _field_config(
    out: Path, steps: int, seed: int, resume: bool, threads: int | None, quiet: bool, device: str
) -> TrainingConfig:
    """Of a radiance field, which is trained in single precision on the device that is asked for."""
    where = str(asked_device(device))
    return TrainingConfig(out, steps, seed, resume, 500, threads=threads, quiet=quiet, device=where)


def _say(model: Path, quiet: bool) -> None:
    if not quiet:
        typer.echo(f"The model is in {model}, {model.stat().st_size / 1e6:.1f} MB.")
