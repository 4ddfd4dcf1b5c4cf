"""Compare ways in which the landmarks can enter the head field: quality on held-out pictures against time a sample.

    python benchmarks/conditioning.py --corpus PICTURES --out FOLDER [--steps N] [--size N] [--json FILE]

Each way trains a field of the product's sizes on the same pictures with the same seed.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from emogene.render import field_preview, field_trainer, hash_grid, train_fields
from emogene.render.field import DENSITY_SHIFT, FieldConfig
from emogene.render.field_preview import evaluate
from emogene.render.fields import ActorFields
from emogene.render.hash_grid import FEATURES, GridLayout
from emogene.render.head_field import HeadField
from emogene.render.kernels.cpu_encode import BLOCK
from emogene.render.kernels.cpu_engine import CpuEngine
from emogene.render.kernels.torch_engine import TorchEngine
from emogene.render.torso_field import no_torso
from emogene.render.training_samples import SampleMaker, Samples
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


class Ambient(HeadField):
    """The condition enters by two ambient coordinates, as in RAD-NeRF (Tang et al., 2022); geometry stands still.

    A small network makes them of each sample's features and the condition; a flat grid encodes them.
    """

    GRID = GridLayout(levels=4, base=8, finest=64, log2_table=13)

    def __init__(self, config: FieldConfig, rest: np.ndarray, reference: np.ndarray | None = None, seed: int = 0):
        super().__init__(config, rest, reference, seed)
        source = torch.Generator().manual_seed(seed + 1)

        def matrix(rows: int, columns: int) -> nn.Parameter:
            return nn.Parameter((torch.rand(rows, columns, generator=source) * 2 - 1) * (6.0 / columns) ** 0.5)

        self.ambient_table = nn.Parameter(torch.rand(self.GRID.entries, FEATURES, generator=source) * 2e-2 - 1e-2)
        self.ambient_in, self.ambient_out = matrix(config.width, config.inputs), matrix(2, config.width)
        self.density_ambient = matrix(config.width, FEATURES * self.GRID.levels)

    def landmark_warp(self) -> LandmarkWarp:
        return StillWarp(self.reference.numpy(), self.rest.numpy(), self.config.warp)

    def geometry(self, inputs: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        at = torch.sigmoid(torch.relu(inputs @ self.ambient_in.T + bias) @ self.ambient_out.T).reshape(-1, 2)
        flat = torch.cat([at, torch.full_like(at[:, :1], 0.5)], 1)
        # The grid's encoding is differentiable in its points, too: they enter by the weights of the corners.
        width = FEATURES * self.GRID.levels
        features = hash_grid.encode(self.GRID, self.ambient_table, flat).reshape(*inputs.shape[:-1], width)
        return torch.relu(inputs @ self.density_in.T + features @ self.density_ambient.T) @ self.density_out.T


class AmbientMaker(SampleMaker):
    """Marches by the kernels; its field's opacities are computed by torch."""

    def opacity(self, unit: np.ndarray, direct: np.ndarray, block_frame: np.ndarray, bias: torch.Tensor) -> np.ndarray:
        with torch.no_grad():
            inputs = torch.cat([self.field.encode(torch.from_numpy(unit).T), torch.from_numpy(direct).T], 1)
            blocks = inputs.reshape(len(block_frame), BLOCK, -1)
            geometry = self.field.geometry(blocks, bias[torch.from_numpy(block_frame).long()][:, None])
            return torch.sigmoid(geometry[..., 0] + DENSITY_SHIFT).reshape(-1).numpy()

    def samples(self, rays, frames, bias, head_colour=None) -> Samples:
        made = super().samples(rays, frames, bias, head_colour)
        values = {name: torch.from_numpy(getattr(made, name)) for name in Samples.__dataclass_fields__}
        return replace(made, **{**values, "block_frame": values["block_frame"].long()})


WAYS = {"folded": Folded, "ambient": Ambient, "warp": WarpOnly, "both": HeadField}


def products(field: HeadField) -> int:
    """Multiplications of a sample's networks."""
    config = field.config
    density = config.width * (config.inputs + config.geometry)
    if isinstance(field, Ambient):
        density += config.width * (config.inputs + 2 + FEATURES * field.GRID.levels)
    return density


def trained(
    way: str, corpus: Path, out: Path, steps: int, size: int
) -> tuple[ActorFields, train_fields.Material, field_preview.PictureScores]:
    """The head of one way and nothing below it, the pictures, and how near it comes to those held out."""
    kind = WAYS[way]
    kept = train_fields.HeadField, field_trainer.sample_maker, field_preview.create_engine
    train_fields.HeadField = kind
    if kind is Ambient:  # The fused kernels do not know it.
        field_trainer.sample_maker = AmbientMaker
        field_preview.create_engine = lambda _, fields: TorchEngine(fields)
    try:
        path = train_fields.train_head(corpus, TrainingConfig(out / way, steps), picture_size=size)
        head = kind.load(path)
        fields = ActorFields(head, no_torso(head))
        material = train_fields.read_material(corpus, TrainingConfig(out, 1), size)
        return fields, material, evaluate(fields, material.checked, head_only=True)
    finally:
        train_fields.HeadField, field_trainer.sample_maker, field_preview.create_engine = kept


def milliseconds(fields: ActorFields, material: train_fields.Material) -> tuple[float | None, float | None]:
    """Of a frame of 512x512, and samples a ray; None for a way that the fused kernels do not know."""
    if isinstance(fields.head, Ambient):
        return None, None
    engine, seconds, corpus = CpuEngine(fields), [], material.corpus
    for i in material.checked.index[:TIMED]:
        face = FaceState(corpus.landmarks[i], corpus.gaze[i].astype(np.float32), corpus.poses[i])
        start = time.perf_counter()
        engine.render(face, corpus.camera(int(i)).resized(512, 512))
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)) * 1e3, engine.effort.head_samples / engine.effort.head_rays


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
        fields, material, scores = trained(way, arguments.corpus, arguments.out, arguments.steps, arguments.size)
        frame, samples = milliseconds(fields, material)
        rows.append(
            {
                "way": way, "psnr": scores.whole, "psnr_mouth": scores.mouth, "psnr_eyes": scores.eyes,
                "ms_512": frame, "samples_a_ray": samples, "products_a_sample": products(fields.head),
            }
        )  # fmt: skip
        print({name: round(value, 2) if isinstance(value, float) else value for name, value in rows[-1].items()})
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"rows": rows, "steps": arguments.steps, "size": arguments.size}, indent=1)
        )


if __name__ == "__main__":
    main()
