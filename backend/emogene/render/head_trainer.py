"""One training step of the head field: rays, samples, networks, losses, occupancy, moving average of the weights."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from emogene.training.loop import numpy_seed

from .carving import cell_centres, possible_cells
from .field_autograd import field_at
from .finished_occupancy import measured_occupancy
from .head_field import DENSITY_SHIFT, HeadField, head_rotation, save_head_field
from .kernels.cpu_encode import BLOCK
from .occupancy import dilate
from .picture_rays import PictureSet, draw_pixels
from .training_samples import FrameBatch, RayBatch, SampleMaker, Samples, frame_batch

EARLY = 1000
"""Until this step occupancy is looked at three times as often as later."""


@dataclass(frozen=True)
class HeadTrainingConfig:
    """What is special to the head field's training."""

    rays: int = 4096
    """At most; fewer while they have many samples each."""
    samples: int = 24576
    """Samples that a step aims at."""
    fresh_frames: int = 4
    """New frames in each step; a step also uses those of the steps before, `kept_steps` in all."""
    kept_steps: int = 4
    longest: int = 160
    """Samples inside occupied space that a ray takes at most."""
    table_rate: float = 1e-2
    network_rate: float = 2e-3
    final_rate: float = 0.03
    """Share of the learning rates left at the end."""
    alpha_weight: float = 0.2
    entropy_weight: float = 1e-4
    fog_weight: float = 2e-3
    """On alpha (1 - alpha) of the samples: fog is clear or solid in the end, which also ends rays sooner."""
    noise: float = 0.03
    """Deviation of the noise on the landmarks' components, so that the field bears landmarks that no picture has."""
    average: float = 0.998
    """Decay of the moving average of the weights."""
    occupancy_every: int = 16
    occupancy_decay: float = 0.8
    occupied: float = 0.01
    """Opacity of one step from which a cell counts as occupied."""
    final_frames: int = 160
    """Random frames over which the finished field's occupancy is measured, beside the extreme ones."""
    preview_every: int = 500


class HeadTrainer(nn.Module):
    """A field in training. All that a resumed run needs is in parameters and buffers."""

    opacity: torch.Tensor
    samples_per_ray: torch.Tensor

    def __init__(self, field: HeadField, pictures: PictureSet, config: HeadTrainingConfig):
        super().__init__()
        self.field, self.pictures, self.config = field, pictures, config
        possible = possible_cells(field.config, pictures)
        self._possible = np.nonzero(possible.reshape(-1))[0]
        self._centres = cell_centres(field.config)[self._possible]
        field.occupied.copy_(torch.from_numpy(possible.astype(np.uint8)))
        self.register_buffer("opacity", torch.from_numpy(possible.reshape(-1).astype(np.float32)))
        self.register_buffer("samples_per_ray", torch.tensor(48.0))
        for name, parameter in field.named_parameters():
            self.register_buffer(f"average_{name}", parameter.detach().clone())
        corpus, index = pictures.corpus, pictures.index
        rotations = np.stack([head_rotation(corpus.poses[i]) for i in index])
        with torch.no_grad():
            self._inputs = field.frame_inputs(
                torch.from_numpy(corpus.landmarks[index]),
                torch.from_numpy(corpus.gaze[index]).float(),
                torch.from_numpy(rotations),
            )
        self._warps: dict[int, np.ndarray] = {}
        self._maker: SampleMaker | None = None

    def optimiser(self) -> torch.optim.Optimizer:
        """Adam, faster on the hash table."""
        networks = [p for name, p in self.field.named_parameters() if name != "table"]
        groups = [
            {"params": [self.field.table], "lr": self.config.table_rate},
            {"params": networks, "lr": self.config.network_rate},
        ]
        return torch.optim.Adam(groups, betas=(0.9, 0.99), eps=1e-12, fused=True)

    def step(self, number: int, seed: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        """Losses of one step."""
        if self._maker is None:
            self._maker = SampleMaker(self.field, self.config.longest)
        if number:
            self._follow_average(number)
        chance = np.random.default_rng(numpy_seed(generator))
        rows = self._frames_of(number, seed)
        frames = self._frame_batch(rows)
        inputs = self._inputs[rows]
        noisy = inputs.clone()
        components = self.field.config.components
        noisy[:, :components] += self.config.noise * torch.from_numpy(
            chance.standard_normal((len(rows), components), np.float32)
        )
        biases = self.field.biases(noisy)
        often = self.config.occupancy_every if number < EARLY else 3 * self.config.occupancy_every
        if number and number % often == 0:
            self._update_occupancy(rows, frames, biases[0], chance)
        rays_now = max(256, min(self.config.rays, int(self.config.samples / float(self.samples_per_ray))))
        pixels = draw_pixels(self.pictures, rows, rays_now, chance)
        shift = chance.random(len(pixels.frame), np.float32)
        rays = RayBatch(pixels.frame, pixels.origins, pixels.directions, shift)
        samples = self._maker.samples(rays, frames, biases[0])
        self.samples_per_ray.lerp_(torch.tensor(len(samples.ray) / len(shift)), 0.05)
        background = torch.from_numpy(chance.random((len(pixels.frame), 3), np.float32))
        colour, alpha, fog = composite(self.field, samples, len(shift), biases)
        return self._losses(colour, alpha, fog, torch.from_numpy(pixels.rgba), background)

    def _losses(
        self,
        colour: torch.Tensor,
        alpha: torch.Tensor,
        fog: torch.Tensor,
        truth: torch.Tensor,
        background: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """Equation 9 over random backgrounds, opacity, and the entropy of opacity, which drives it to 0 or 1."""
        seen = colour + (1.0 - alpha[:, None]) * background
        wanted = truth[:, :3] * truth[:, 3:] + (1.0 - truth[:, 3:]) * background
        picture = ((seen - wanted) ** 2).mean()
        opacity = ((alpha - truth[:, 3]) ** 2).mean()
        certain = alpha.clamp(1e-5, 1.0 - 1e-5)
        entropy = -(certain * certain.log2() + (1.0 - certain) * (1.0 - certain).log2()).mean()
        loss = picture + self.config.alpha_weight * opacity + self.config.entropy_weight * entropy
        loss = loss + self.config.fog_weight * fog
        return {
            "loss": loss, "picture": picture, "opacity": opacity, "fog": fog, "samples": self.samples_per_ray.clone(),
        }  # fmt: skip

    def _frames_of(self, number: int, seed: int) -> np.ndarray:
        """(F,) rows of the frames of a step: new ones, and those of the steps before."""
        steps = [max(0, number - back) for back in range(self.config.kept_steps)]
        count = len(self.pictures.index)
        chosen = [np.random.default_rng([seed, step]).integers(0, count, self.config.fresh_frames) for step in steps]
        return np.unique(np.concatenate(chosen))

    def _frame_batch(self, rows: np.ndarray) -> FrameBatch:
        assert self._maker is not None
        corpus, index = self.pictures.corpus, self.pictures.index[rows]
        kept = {int(row): self._warps[int(row)] for row in rows if int(row) in self._warps}
        for row, i in zip(rows, index, strict=True):
            if int(row) not in kept:
                kept[int(row)] = self._maker.warp.grid(corpus.landmarks[i]).values
        self._warps = kept
        warps = np.stack([kept[int(row)] for row in rows])
        return frame_batch(corpus.poses[index], corpus.gaze[index], warps)

    @torch.no_grad()
    def _follow_average(self, number: int) -> None:
        share = max(1.0 - self.config.average, 9.0 / (10.0 + number))
        for name, parameter in self.field.named_parameters():
            self.get_buffer(f"average_{name}").lerp_(parameter, share)

    @torch.no_grad()
    def _update_occupancy(
        self, rows: np.ndarray, frames: FrameBatch, biases: torch.Tensor, chance: np.random.Generator
    ) -> None:
        """Look at half of the possible cells, each in one of the step's frames, and set the field's grid anew."""
        cells = chance.permutation(len(self._possible))[: len(self._possible) // 2]
        cells = cells[: len(cells) // BLOCK * BLOCK]
        block_frame = chance.integers(0, len(rows), len(cells) // BLOCK).astype(np.int32)
        seen = torch.from_numpy(self._opacity_at(cells, frames, block_frame, biases, chance))
        at = torch.from_numpy(self._possible[cells])
        self.opacity[at] = torch.maximum(self.opacity[at] * self.config.occupancy_decay, seen)
        side = self.field.config.occupancy
        grid = np.zeros(side**3, np.uint8)
        grid[self._possible[self.opacity.numpy()[self._possible] > self.config.occupied]] = 1
        self._set_occupied(dilate(grid.reshape((side,) * 3)))

    def _opacity_at(self, cells, frames: FrameBatch, block_frame, biases: torch.Tensor, chance) -> np.ndarray:
        """(N,) opacity at random points of cells, N a multiple of 256."""
        assert self._maker is not None
        config = self.field.config
        inside = chance.random((len(cells), 3), np.float32) - np.float32(0.5)
        points = self._centres[cells] + inside * np.float32(config.box_side / config.occupancy)
        unit, direct = self._maker.at_points(points, frames, block_frame)
        return self._maker.opacity(unit, direct, block_frame, biases)

    def _set_occupied(self, grid: np.ndarray) -> None:
        assert self._maker is not None
        self.field.occupied.copy_(torch.from_numpy(grid))
        self._maker.refresh_occupancy()

    @torch.no_grad()
    def save_average(self, path: Path, measured: bool = True) -> None:
        """Write the field with its averaged weights; `measured` finds its occupancy afresh (finished_occupancy.py)."""
        kept = {name: parameter.detach().clone() for name, parameter in self.field.named_parameters()}
        occupied = self.field.occupied.clone()
        for name, parameter in self.field.named_parameters():
            parameter.copy_(self.get_buffer(f"average_{name}"))
        if measured:
            self._maker = self._maker or SampleMaker(self.field, self.config.longest)
            frames, least = self.config.final_frames, self.config.occupied
            self._set_occupied(measured_occupancy(self._maker, self._possible, self.pictures, frames, least))
        save_head_field(path, self.field)
        for name, parameter in self.field.named_parameters():
            parameter.copy_(kept[name])
        self.field.occupied.copy_(occupied)
        if self._maker is not None:
            self._maker.refresh_occupancy()


def composite(
    field: HeadField, samples: Samples, rays: int, biases: tuple[torch.Tensor, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Premultiplied colours (R, 3) and alpha (R,) of rays, and their samples' mean fog; equations 6 and 7."""
    raw, colours = field_at(field, samples.unit, samples.direct, samples.block_frame, biases)
    ray, order, column = (torch.from_numpy(a) for a in (samples.ray, samples.order, samples.column))
    longest = int(order.max()) + 1 if len(order) else 1
    opaque = torch.zeros(rays, longest).index_put((ray, order), torch.sigmoid(raw[column] + DENSITY_SHIFT))
    through = torch.cumprod(1.0 - opaque, 1)
    before = torch.cat([torch.ones(rays, 1), through[:, :-1]], 1)
    weight = (opaque * before)[ray, order]
    seen = torch.cat([colours[:, column], torch.ones(1, len(column))]) * weight
    summed = torch.zeros(4, rays).index_add(1, ray, seen).T
    return summed[:, :3], summed[:, 3], (opaque * (1.0 - opaque)).sum() / max(len(order), 1)
