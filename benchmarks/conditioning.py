"""Compare ways in which the landmarks can enter the head field: quality on held-out pictures against time a sample.

    python benchmarks/conditioning.py --corpus PICTURES --out FOLDER [--steps N] [--size N] [--json FILE]

Each way trains a field of the product's sizes on the same pictures with the same seed; docs/render.md has the table.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from emogene.render import train_fields
from emogene.render.field_preview import evaluate
from emogene.render.fields import ActorFields
from emogene.render.head_field import HeadField
from emogene.render.kernels.cpu_engine import CpuEngine
from emogene.render.torso_field import no_torso
from emogene.render.warp import LandmarkWarp
from emogene.training.loop import TrainingConfig
from emogene.values import FaceState

TIMED = 12
"""Frames that are timed, of 512x512."""


class StillWarp(LandmarkWarp):
    """A landmark warp that moves nothing."""

    def fill(self, landmarks: np.ndarray, values: np.ndarray) -> None:  # noqa: ARG002 - the faces do not matter
        values[:] = 0.0


class Folded(HeadField):
    """The condition is folded into the first layers; geometry does not follow the landmarks."""

    def landmark_warp(self) -> LandmarkWarp:
        return StillWarp(self.reference.numpy(), self.rest.numpy(), self.config.warp)


class WarpOnly(HeadField):
    """Geometry follows the landmarks; the networks are told gaze and rotation alone."""

    def frame_inputs(self, landmarks: np.ndarray, gaze: np.ndarray, poses: np.ndarray) -> torch.Tensor:
        inputs = super().frame_inputs(landmarks, gaze, poses).clone()
        inputs[:, : self.config.components] = 0.0
        return inputs


WAYS = {"folded": Folded, "warp": WarpOnly, "both": HeadField}


def trained(way: str, corpus: Path, out: Path, steps: int, size: int) -> ActorFields:
    """The head of one way, and nothing below it."""
    kind = WAYS[way]
    before, train_fields.HeadField = train_fields.HeadField, kind
    try:
        path = train_fields.train_head(corpus, TrainingConfig(out / way, steps), picture_size=size)
    finally:
        train_fields.HeadField = before
    head = kind.load(path)
    return ActorFields(head, no_torso(head))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--only", nargs="*", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    for way in arguments.only:
        fields = trained(way, arguments.corpus, arguments.out, arguments.steps, arguments.size)
        material = train_fields.read_material(arguments.corpus, TrainingConfig(arguments.out, 1), arguments.size)
        scores = evaluate(fields, material.checked, head_only=True)
        engine = CpuEngine(fields)
        seconds = []
        for i in material.checked.index[:TIMED]:
            corpus = material.corpus
            face = FaceState(corpus.landmarks[i], corpus.gaze[i].astype(np.float32), corpus.poses[i])
            start = time.perf_counter()
            engine.render(face, corpus.camera(int(i)).resized(512, 512))
            seconds.append(time.perf_counter() - start)
        effort = engine.effort
        rows.append(
            {
                "way": way, "psnr": scores.whole, "psnr_mouth": scores.mouth, "psnr_eyes": scores.eyes,
                "ms_512": float(np.median(seconds)) * 1e3, "samples_a_ray": effort.head_samples / effort.head_rays,
            }
        )  # fmt: skip
        print({name: value if isinstance(value, str) else round(value, 2) for name, value in rows[-1].items()})
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"rows": rows, "steps": arguments.steps, "size": arguments.size}, indent=1)
        )


if __name__ == "__main__":
    main()
