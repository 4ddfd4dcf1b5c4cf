"""Training of the torso field: the whole picture, over and under a finished head that stays as it is."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch

from .carving import torso_cells
from .composite import Composed, HeadLayer, compose
from .field_trainer import FieldTrainer
from .field_training_config import FieldTrainingConfig
from .head_field import HeadField
from .head_trainer import WHOLLY
from .perceptual import PatchLoss
from .picture_rays import TORSO_SHARES, PictureSet, PixelBatch
from .rays import STOP_TRANSMITTANCE
from .sample_makers import Maker, sample_maker
from .torso_field import TorsoField
from .training_samples import FrameBatch, RayBatch, Samples

BLIND = 0.5
"""Share of the frames of a step that are trained without the head's colour, as the reference implementation does:
the torso must not live on it alone."""


def torso_training_config() -> FieldTrainingConfig:
    return FieldTrainingConfig(shares=TORSO_SHARES, patch_regions=("neck", "picture"), longest=64)


class TorsoTrainer(FieldTrainer):
    """See FieldTrainer; `head` is finished."""

    def __init__(
        self, field: TorsoField, head: HeadField, pictures: PictureSet, config: FieldTrainingConfig, steps: int,
        patch_loss: PatchLoss | None = None,
    ):  # fmt: skip
        super().__init__(field, pictures, config, torso_cells(field.config, pictures), steps, patch_loss)
        # In a list, so that the head is no part of what is trained and kept.
        self._head = [head]
        corpus, index = pictures.corpus, pictures.index
        with torch.no_grad():
            inputs = head.frame_inputs(corpus.landmarks[index], corpus.gaze[index], corpus.poses[index])
            self._head_biases = head.biases(inputs)
        self._head_maker: Maker | None = None

    def seen(
        self, rays: RayBatch, rows: np.ndarray, frames: FrameBatch, biases: tuple[torch.Tensor, torch.Tensor],
        true_distance: torch.Tensor, chance: np.random.Generator,
    ) -> tuple[Composed, Samples]:  # fmt: skip
        head = self._head_layer(rays, rows, frames)
        blind = (chance.random(len(rows)) < BLIND)[rays.frame]
        seeing = torch.from_numpy(~blind).to(self.device)[:, None]
        told = HeadLayer(seeing * head.rgba, head.distance)
        samples = self.maker.samples(rays, frames, biases[0], told.rgba)
        torso = compose(self.field, samples, rays, frames, biases, head, told.rgba, true_distance)
        colour = torso.colour + torso.front[:, None] * head.rgba[:, :3]
        return replace(torso, colour=colour, alpha=torso.alpha + torso.front * head.rgba[:, 3]), samples

    def shown(self, pixels: PixelBatch) -> np.ndarray:
        return (pixels.head < 1.0 - WHOLLY) & (pixels.rgba[:, 3] > WHOLLY)

    @torch.no_grad()
    def _head_layer(self, rays: RayBatch, rows: np.ndarray, frames: FrameBatch) -> HeadLayer:
        if self._head_maker is None:
            # A copy: previews go on with the head on the CPU.
            head = self._head[0] if self.device.type == "cpu" else deepcopy(self._head[0]).to(self.device)
            self._head_maker = sample_maker(head, head.config.max_samples)
        density, colour = (values[rows].to(self.device) for values in self._head_biases)
        samples = self._head_maker.samples(rays, frames, density)
        seen = compose(self._head_maker.field, samples, rays, frames, (density, colour))
        rgba = torch.cat([seen.colour, seen.alpha[:, None]], 1)
        opaque = seen.alpha[:, None] > 1.0 - STOP_TRANSMITTANCE
        return HeadLayer(torch.where(opaque, rgba / seen.alpha[:, None], rgba), seen.distance)

    def wanted(self, pixels: PixelBatch) -> tuple[torch.Tensor, torch.Tensor]:
        rgba = torch.from_numpy(pixels.rgba)
        return rgba[:, :3] * rgba[:, 3:], rgba[:, 3]
