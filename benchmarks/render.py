"""Time the render engines on an actor, both in one run, and the memory and training that pictures take.

    python benchmarks/render.py [--actor bundled] [--corpus PICTURES] [--json FILE] [--quick] [--train]

Faces are held-out ones of the corpus, each emotion in turn; without --corpus, moments of the demo's voice spoken with
emotions. --train also trains a head field on the corpus until it is good, which takes half an hour. Ends with status 1
where a figure misses its reach.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numba
import torch
from report import report

from emogene.actors.pack import Actor, load_actor
from emogene.corpus.pictures import read_pictures
from emogene.evaluation import render_speed, training_speed
from emogene.evaluation.figures import Evaluation, Figure, Input, this_machine
from emogene.evaluation.picture_engine import engine_of
from emogene.evaluation.render_speed import SpeedMaterial, corpus_faces, spoken_faces
from emogene.evaluation.suite import Measured, Values
from emogene_proto.errors import EmoGeneError

VOICE = Path(__file__).parents[1] / "demo" / "voice.flac"
FACES, PLAIN_FACES = 16, 3
"""Faces that the fast engine is timed with, and how many of them the slow one renders too."""
QUICK_FACES, QUICK_PLAIN_FACES, QUICK_SIZES = 3, 1, (256,)
ON_GPU = {"fps_512_gpu": Measured("1/s", "higher", 200.0), "train_minutes_gpu": Measured("min", "lower", 10.0)}
ALL = {**render_speed.FIGURES, **training_speed.FIGURES, **ON_GPU}
NO_CUDA = "Not measured: torch finds no CUDA device on this computer."
NOT_ASKED = "Not measured: give --train and --corpus."


def material_of(actor: Actor, corpus: Path | None, quick: bool) -> SpeedMaterial:
    """The faces to render."""
    count, plain = (QUICK_FACES, QUICK_PLAIN_FACES) if quick else (FACES, PLAIN_FACES)
    if corpus is not None:
        about = f"{count} held-out faces of '{corpus.name}'"
        return SpeedMaterial(actor, corpus_faces(read_pictures(corpus), count), about, plain)
    about = f"{count} moments of '{VOICE.name}' spoken with emotions"
    return SpeedMaterial(actor, spoken_faces(actor, VOICE, count), about, plain)


def on_gpu(material: SpeedMaterial) -> tuple[Values, str]:
    """Figures of a GPU, and what they were measured on or why they were not."""
    if not torch.cuda.is_available():
        return dict.fromkeys(ON_GPU), NO_CUDA
    reference = engine_of(material.actor, "torch")
    engine = type(reference)(reference.fields, device="cuda")  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue]
    camera = material.camera(512)
    seconds = render_speed.timed(lambda face: engine.render(face, camera), material.faces)
    values: Values = {"fps_512_gpu": 1.0 / statistics.median(seconds), "train_minutes_gpu": None}
    about = f"{torch.cuda.get_device_name()}: {material.about}, by engine 'torch'. Training: not measured, "
    return values, about + "since heads are trained by kernels for processors."


def training(corpus: Path | None, wanted: bool, tell) -> tuple[Values, str]:
    """Minutes of training, and what they were measured on or why they were not."""
    if not wanted or corpus is None:
        return dict.fromkeys(training_speed.FIGURES), NOT_ASKED
    with tempfile.TemporaryDirectory(prefix="emogene-") as out:
        command = training_speed.training_command(corpus, Path(out))
        minutes = training_speed.minutes_to(command, tell=tell)
    about = (
        f"`emogene train head` on '{corpus.name}' at {training_speed.SIZE}x{training_speed.SIZE}, from its start until "
        f"a preview of held-out pictures has {training_speed.WANTED_DECIBELS:g} dB."
    )
    return {"train_minutes": minutes}, about


def measure(actor: Actor, corpus: Path | None, quick: bool, train: bool, tell) -> Evaluation:
    """Every figure; None for those that this run does not measure."""
    material = material_of(actor, corpus, quick)
    sizes = QUICK_SIZES if quick else render_speed.SIZES
    values: Values = dict.fromkeys(ALL)
    speeds = render_speed.measure(material, sizes, tell)
    tell("Rendering in a process of its own")
    memory = {"peak_gb": render_speed.peak_gigabytes(actor)}
    trained, trained_on = training(corpus, train, tell)
    gpu, gpu_about = on_gpu(material)
    values |= speeds | memory | trained | gpu
    camera = f"the actor '{actor.name}', its own camera, head and shoulders"
    inputs = (
        Input(tuple(speeds), f"{material.about}, {camera}; medians; the reference on the first {material.plain}."),
        Input(tuple(memory), f"{camera}; a second of sound planned, one frame of 512x512 rendered as a shot does."),
        Input(tuple(trained), trained_on),
        Input(tuple(gpu), gpu_about),
    )
    figures = tuple(Figure(name, values[name], one.unit, one.reach, one.better) for name, one in ALL.items())
    machine = this_machine() | {"numba_threads": numba.get_num_threads(), "torch_threads": torch.get_num_threads()}
    return Evaluation(figures, machine, inputs)


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the render engines on an actor.")
    parser.add_argument("--actor", default="bundled", help="'bundled', an actor's folder, or an .actor file")
    parser.add_argument("--corpus", type=Path, help="a picture corpus: its held-out faces, and training data")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--quick", action="store_true", help="few frames of 256x256 only")
    parser.add_argument("--train", action="store_true", help="train a head too, on --corpus")
    asked = parser.parse_args()
    try:
        evaluation = measure(
            load_actor(asked.actor), asked.corpus, asked.quick, asked.train, lambda text: print(text, file=sys.stderr)
        )
    except EmoGeneError as error:
        print(error, file=sys.stderr)
        return 1
    return report(evaluation, asked.json)


if __name__ == "__main__":
    sys.exit(main())
