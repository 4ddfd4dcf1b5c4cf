"""One training step of a field: rays, samples, networks, losses, occupancy, moving average of the weights."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from emogene.training.loop import numpy_seed

from .carving import cell_centres
from .composite import Composed
from .field import DENSITY_SHIFT, RadianceField
from .field_autograd import geometry_at
from .field_training_config import FieldTrainingConfig
from .finished_occupancy import measured_grids, random_head_colours
from .kernels.cpu_encode import BLOCK
from .occupancy import dilate
from .perceptual import PatchLoss, structure_loss
from .picture_rays import PictureSet, PixelBatch, draw_patch, draw_pixels, joined
from .sample_makers import Maker, sample_maker, surface_cells
from .training_samples import FrameBatch, RayBatch, SampleMaker, Samples

EARLY = 1000
"""Until this step occupancy is looked at three times as often as later."""
MARKED = 40
"""Frames in which the untrained field's possible surface is looked for."""
STILL_SAMPLES = 2048
"""Looked at for stillness in each step."""
STILL = 0.01
"""Samples whose scaled displacement is less than this lie outside of what the landmarks move."""


class FieldTrainer(nn.Module):
    """A field in training. All that a resumed run needs is in parameters and buffers."""

    possible: torch.Tensor
    opacity: torch.Tensor
    surface_opacity: torch.Tensor
    samples_per_ray: torch.Tensor

    def __init__(
        self,
        field: RadianceField,
        pictures: PictureSet,
        config: FieldTrainingConfig,
        possible: np.ndarray,
        steps: int,
        patch_loss: PatchLoss | None = None,
    ):
        """`possible` (G, G, G) bool: cells that may show something; `steps` in all, which says when patches begin."""
        super().__init__()
        self.field, self.pictures, self.config, self.steps = field, pictures, config, steps
        self.patch_loss = patch_loss
        self.register_buffer("possible", torch.from_numpy(possible.reshape(-1)))
        field.occupied.copy_(torch.from_numpy(possible.astype(np.uint8)))
        self.register_buffer("opacity", torch.from_numpy(possible.reshape(-1).astype(np.float32)))
        self.register_buffer("surface_opacity", torch.zeros(field.config.surface**3))
        self.register_buffer("samples_per_ray", torch.tensor(48.0))
        for name, parameter in field.named_parameters():
            self.register_buffer(f"average_{name}", parameter.detach().clone())
        corpus, index = pictures.corpus, pictures.index
        with torch.no_grad():
            self._inputs = field.frame_inputs(corpus.landmarks[index], corpus.gaze[index], corpus.poses[index])
        self._warps: dict[int, Any] = {}
        self._maker: Maker | None = None

    @cached_property
    def _possible(self) -> np.ndarray:
        """(P,) numbers of the cells that may show something; first asked for when a resumed run has its own."""
        return np.nonzero(self.possible.cpu().numpy())[0]

    @cached_property
    def _centres(self) -> np.ndarray:
        """(P, 3) canonical metres."""
        return cell_centres(self.field.config)[self._possible]

    @property
    def device(self) -> torch.device:
        """Where the field is now."""
        return self.field.table.device

    @property
    def maker(self) -> Maker:
        """Made when first needed: by then a resumed run has its weights and grids, and is on its device."""
        if self._maker is None:
            self._maker = sample_maker(self.field, self.config.longest)
        return self._maker

    def seen(
        self, rays: RayBatch, rows: np.ndarray, frames: FrameBatch, biases: tuple[torch.Tensor, torch.Tensor],
        true_distance: torch.Tensor, chance: np.random.Generator,
    ) -> tuple[Composed, Samples]:  # fmt: skip
        """The whole picture along rays, and the samples of the trained field; see compose."""
        raise NotImplementedError

    def shown(self, pixels: PixelBatch) -> np.ndarray:
        """(R,) bool: pixels that show nothing but the trained field."""
        raise NotImplementedError

    def wanted(self, pixels: PixelBatch) -> tuple[torch.Tensor, torch.Tensor]:
        """(R, 3) premultiplied colour and (R,) alpha that rays should show."""
        raise NotImplementedError

    def optimiser(self) -> torch.optim.Optimizer:
        """Adam, faster on the hash table."""
        tables = [self.field.table, self.field.detail_table]
        networks = [p for name, p in self.field.named_parameters() if not name.endswith("table")]
        groups = [
            {"params": tables, "lr": self.config.table_rate},
            {"params": networks, "lr": self.config.network_rate},
        ]
        return torch.optim.Adam(groups, betas=(0.9, 0.99), eps=1e-12, fused=True)

    def step(self, number: int, seed: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        """Losses of one step."""
        chance = np.random.default_rng(numpy_seed(generator))
        if number:
            self._follow_average(number)
        else:
            self._mark_surface(chance)
        rows = self._frames_of(number, seed)
        frames = self._frame_batch(rows)
        inputs = self._inputs[rows].to(self.device)
        components = self.field.config.components
        inputs[:, :components] += self.config.noise * torch.from_numpy(
            chance.standard_normal((len(rows), components), np.float32)
        ).to(self.device)
        biases = self.field.biases(inputs)
        often = self.config.occupancy_every if number < EARLY else 3 * self.config.occupancy_every
        if number and number % often == 0:
            self._update_occupancy(rows, frames, biases[0], chance)
        pixels, patch = self._pixels(number, rows, chance)
        rays = RayBatch(pixels.frame, pixels.origins, pixels.directions, chance.random(len(pixels.frame), np.float32))
        true_distance = torch.from_numpy(np.where(self.shown(pixels), pixels.distance, np.float32(0.0)))
        composed, samples = self.seen(rays, rows, frames, biases, true_distance.to(self.device), chance)
        self.samples_per_ray.lerp_(self.samples_per_ray.new_tensor(len(samples.ray) / len(pixels.frame)), 0.05)
        losses = self._losses(composed, pixels, patch, chance)
        still = self._stillness(samples, inputs, biases[0], chance)
        losses["loss"] = losses["loss"] + self.config.stillness_weight * still
        return {**losses, "still": still, "samples": self.samples_per_ray.clone()}

    def _pixels(
        self, number: int, rows: np.ndarray, chance: np.random.Generator
    ) -> tuple[PixelBatch, np.ndarray | None]:
        """The step's pixels, and (side^2,) the places of a patch among them, row by row."""
        rays = max(256, min(self.config.rays, int(self.config.samples / float(self.samples_per_ray))))
        side = self.config.patch_side
        if number < self.config.patch_from * self.steps or side > min(self.pictures.pixels.shape[1:3]):
            return draw_pixels(self.pictures, rows, rays, self.config.shares, chance), None
        rest = draw_pixels(self.pictures, rows, max(256, rays - side * side), self.config.shares, chance)
        patch = draw_patch(self.pictures, rows, side, self.config.patch_regions, chance)
        # Sorted by frame, a batch's own rays keep their order, those of the patch last within its frame.
        end = int(np.searchsorted(rest.frame, patch.frame[0], "right"))
        return joined([rest, patch]), np.arange(end, end + side * side)

    def _losses(
        self, composed: Composed, pixels: PixelBatch, patch: np.ndarray | None, chance: np.random.Generator
    ) -> dict[str, torch.Tensor]:
        """Equation 9 over random backgrounds, opacity, the entropy of opacity, fog; and structure on a patch."""
        config = self.config
        background = torch.from_numpy(chance.random((len(pixels.frame), 3), np.float32)).to(self.device)
        if patch is not None:
            background[patch] = background[patch[0]].clone()
        true_colour, true_alpha = (values.to(self.device) for values in self.wanted(pixels))
        made = composed.colour + (1.0 - composed.alpha[:, None]) * background
        truth = true_colour + (1.0 - true_alpha[:, None]) * background
        picture = ((made - truth) ** 2).mean()
        opacity = ((composed.alpha - true_alpha) ** 2).mean()
        certain = composed.alpha.clamp(1e-5, 1.0 - 1e-5)
        entropy = -(certain * certain.log2() + (1.0 - certain) * (1.0 - certain).log2()).mean()
        loss = picture + config.alpha_weight * opacity + config.entropy_weight * entropy
        losses = {
            "picture": picture, "opacity": opacity, "fog": composed.fog, "hollow": composed.hollow,
            "spread": composed.spread, "astray": composed.astray,
        }  # fmt: skip
        if patch is not None:
            side = config.patch_side
            shape = (1, side, side, 3)
            a, b = (values[patch].reshape(shape).permute(0, 3, 1, 2) for values in (made, truth))
            losses["patch"] = structure_loss(a, b) + (self.patch_loss(a, b) if self.patch_loss else 0.0)
            loss = loss + config.patch_weight * losses["patch"]
        loss = loss + config.fog_weight * composed.fog + config.hollow_weight * composed.hollow
        loss = loss + config.spread_weight * composed.spread + config.astray_weight * composed.astray
        return {"loss": loss, **losses}

    def _stillness(
        self, samples: Samples, inputs: torch.Tensor, bias: torch.Tensor, chance: np.random.Generator
    ) -> torch.Tensor:
        """What the expression of another frame would change in samples that no landmark moves."""
        config = self.field.config
        blocks = chance.permutation(len(samples.block_frame))[: STILL_SAMPLES // BLOCK]
        columns = (blocks[:, None] * BLOCK + np.arange(BLOCK)).reshape(-1)
        unit, direct = samples.unit[:, columns], samples.direct[:, columns]
        first = 5 if self.field.RAY_TERMS == 0 else 4
        moved = torch.as_tensor(direct[first : first + 3]).abs().amax(0)
        used = torch.zeros(samples.unit.shape[1], dtype=torch.bool, device=self.device)
        used[torch.as_tensor(samples.column)] = True
        still = (moved < STILL) & used[torch.from_numpy(columns).to(self.device)]
        if not still.any():
            return bias.new_zeros(())
        other = inputs.clone()
        shuffled = chance.permutation(len(inputs))
        other[:, : config.components] = inputs[shuffled, : config.components]
        frame = samples.block_frame[blocks]
        both = [geometry_at(self.field, unit, direct, frame, b) for b in (bias, self.field.biases(other)[0])]
        change = (both[0][1:] - both[1][1:])[:, still]
        alpha = [torch.sigmoid(g[0] + DENSITY_SHIFT)[still] for g in both]
        return (change**2).mean() + ((alpha[0] - alpha[1]) ** 2).mean()

    def _frames_of(self, number: int, seed: int) -> np.ndarray:
        """(F,) rows of the frames of a step: new ones, and those of the steps before."""
        steps = [max(0, number - back) for back in range(self.config.kept_steps)]
        count = len(self.pictures.index)
        chosen = [np.random.default_rng([seed, step]).integers(0, count, self.config.fresh_frames) for step in steps]
        return np.unique(np.concatenate(chosen))

    def _frame_batch(self, rows: np.ndarray) -> FrameBatch:
        corpus, index = self.pictures.corpus, self.pictures.index[rows]
        kept = {int(row): self._warps[int(row)] for row in rows if int(row) in self._warps}
        for row, i in zip(rows, index, strict=True):
            if int(row) not in kept:
                kept[int(row)] = self.maker.warp_values(corpus.landmarks[i])
        self._warps = kept
        return self.maker.frames(corpus.poses[index], corpus.gaze[index], [kept[int(row)] for row in rows])

    @torch.no_grad()
    def _follow_average(self, number: int) -> None:
        share = max(1.0 - self.config.average, 9.0 / (10.0 + number))
        for name, parameter in self.field.named_parameters():
            self.get_buffer(f"average_{name}").lerp_(parameter, share)

    def _mark_surface(self, chance: np.random.Generator) -> None:
        """Before the first step: all of the reference face that possible cells come to in some frames may show."""
        corpus, side = self.pictures.corpus, self.field.config.surface
        cell = np.float32(self.field.config.box_side / self.field.config.occupancy)
        centres = np.resize(self._centres, (-(-len(self._centres) // BLOCK) * BLOCK, 3))
        one = np.zeros(len(centres) // BLOCK, np.int32)
        for i in self.pictures.index[chance.permutation(len(self.pictures.index))[:MARKED]]:
            warp = self.maker.warp_values(corpus.landmarks[i])
            frame = self.maker.frames(corpus.poses[i][None], corpus.gaze[i][None], [warp])  # pyright: ignore[reportArgumentType]
            inside = chance.random((len(centres), 3), np.float32) - np.float32(0.5)
            unit, _ = self.maker.at_points(centres + inside * cell, frame, one)
            self.surface_opacity[surface_cells(torch.as_tensor(unit), side)] = 1.0
        shown = (self.surface_opacity.cpu().numpy() > 0).astype(np.uint8).reshape((side,) * 3)
        self._set_grids(self.field.occupied.cpu().numpy().copy(), dilate(shown))

    @torch.no_grad()
    def _update_occupancy(
        self, rows: np.ndarray, frames: FrameBatch, bias: torch.Tensor, chance: np.random.Generator
    ) -> None:
        """Look at half of the possible cells, each in one of the step's frames, and set the field's grids anew."""
        cells = chance.permutation(len(self._possible))[: len(self._possible) // 2]
        cells = cells[: len(cells) // BLOCK * BLOCK]
        block_frame = chance.integers(0, len(rows), len(cells) // BLOCK).astype(np.int32)
        config = self.field.config
        inside = chance.random((len(cells), 3), np.float32) - np.float32(0.5)
        points = self._centres[cells] + inside * np.float32(config.box_side / config.occupancy)
        colours = random_head_colours(len(block_frame), chance)
        unit, direct = self.maker.at_points(points, frames, block_frame, colours)
        seen = torch.as_tensor(self.maker.opacity(unit, direct, block_frame, bias))  # pyright: ignore[reportArgumentType]
        decay = self.config.occupancy_decay
        at = torch.from_numpy(self._possible[cells]).to(self.device)
        self.opacity[at] = torch.maximum(self.opacity[at] * decay, seen)
        place = surface_cells(torch.as_tensor(unit), config.surface)
        visited = torch.unique(place)
        self.surface_opacity[visited] *= decay
        self.surface_opacity.scatter_reduce_(0, place, seen, "amax")
        self._set_grids(
            *(
                dilate((values.cpu().numpy() > self.config.occupied).astype(np.uint8).reshape((side,) * 3))
                for values, side in ((self.opacity, config.occupancy), (self.surface_opacity, config.surface))
            )
        )

    def _set_grids(self, occupied: np.ndarray, surface: np.ndarray) -> None:
        self.field.occupied.copy_(torch.from_numpy(occupied))
        self.field.surface.copy_(torch.from_numpy(surface))
        self.maker.refresh_occupancy()

    @torch.no_grad()
    def save_average(self, path: Path, measured: bool = True) -> None:
        """Write the field with its averaged weights; `measured` finds its grids afresh (finished_occupancy.py)."""
        kept = {name: parameter.detach().clone() for name, parameter in self.field.named_parameters()}
        grids = self.field.occupied.clone(), self.field.surface.clone()
        for name, parameter in self.field.named_parameters():
            parameter.copy_(self.get_buffer(f"average_{name}"))
        if measured:
            maker = self.maker if isinstance(self.maker, SampleMaker) else SampleMaker(self.field, self.config.longest)
            frames, least = self.config.final_frames, self.config.occupied
            self._set_grids(*measured_grids(maker, self._possible, self.pictures, frames, least))
        self.field.save(path)
        for name, parameter in self.field.named_parameters():
            parameter.copy_(kept[name])
        self._set_grids(*(grid.cpu().numpy() for grid in grids))
