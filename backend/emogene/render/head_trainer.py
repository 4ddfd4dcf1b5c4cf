"""Training of the head field: the head alone over random backgrounds, cut out of the pictures by its matte."""

import numpy as np
import torch

from .carving import head_cells
from .composite import Composed, compose
from .field_trainer import FieldTrainer
from .field_training_config import FieldTrainingConfig
from .head_field import HeadField
from .perceptual import PatchLoss
from .picture_rays import HEAD_SHARES, PictureSet, PixelBatch
from .training_samples import FrameBatch, RayBatch, Samples

WHOLLY = 0.999
"""Share of a pixel from which on it counts as all of it."""


def head_training_config() -> FieldTrainingConfig:
    return FieldTrainingConfig(
        shares=HEAD_SHARES,
        patch_regions=("picture", "picture", "face", "mouth", "right eye", "left eye"),
    )


class HeadTrainer(FieldTrainer):
    """See FieldTrainer."""

    def __init__(
        self, field: HeadField, pictures: PictureSet, config: FieldTrainingConfig, steps: int,
        patch_loss: PatchLoss | None = None,
    ):  # fmt: skip
        super().__init__(field, pictures, config, head_cells(field.config, pictures), steps, patch_loss)

    def seen(
        self, rays: RayBatch, rows: np.ndarray, frames: FrameBatch, biases: tuple[torch.Tensor, torch.Tensor],
        true_distance: torch.Tensor, chance: np.random.Generator,
    ) -> tuple[Composed, Samples]:  # fmt: skip
        samples = self.maker.samples(rays, frames, biases[0])
        return compose(self.field, samples, rays, frames, biases, true_distance=true_distance), samples

    def shown(self, pixels: PixelBatch) -> np.ndarray:
        return pixels.head > WHOLLY

    def wanted(self, pixels: PixelBatch) -> tuple[torch.Tensor, torch.Tensor]:
        head = torch.from_numpy(pixels.head)
        return torch.from_numpy(pixels.rgba[:, :3]) * head[:, None], head
