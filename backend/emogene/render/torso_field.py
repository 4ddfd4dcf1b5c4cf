"""The torso field (paper, equation 8): neck, shoulders and clothes, conditioned on the head's colour and pose.

F_torso: (x, C_head; d_0, P, landmarks) -> (c, sigma). The canonical view direction d_0 is constant, so it is nothing to
be computed; C_head, the head's premultiplied colour and opacity at the ray, enters both networks.
"""

from dataclasses import replace

import numpy as np
import torch

from . import head_field
from .field import DIRECTION_SCALE, FieldConfig, RadianceField, rotation_vector
from .hash_grid import GridLayout
from .head_field import ROTATION_SCALE, HeadField
from .neck import HEAD_LOW, TORSO_POSE
from .unbend import turned_back

TRANSLATION_SCALE = 30.0
TOP = HEAD_LOW + 0.002
"""Height (neck.neck_height) up to which the torso may reach into the head, so that no gap opens between them."""


def torso_config() -> FieldConfig:
    """Sizes of a torso field as it ships: coarser than the head, whose clothes hold still."""
    return FieldConfig(
        grid=GridLayout(levels=6, base=12, finest=256, log2_table=15),
        detail=GridLayout(levels=4, base=192, finest=1024, log2_table=17),
        width=16, colour_width=48, condition=16, box_low=(-0.25, -0.29, -0.27), box_side=0.50, step=0.004,
        max_samples=64,
    )  # fmt: skip


def tiny_config() -> FieldConfig:
    """A field small enough for tests."""
    return replace(head_field.tiny_config(), box_low=(-0.25, -0.29, -0.27), box_side=0.50, step=0.01)


class TorsoField(RadianceField):
    """Direct inputs: 4 of the head's colour, 3 of the displacement, 1. Frame terms: the head's pose P against rest."""

    KIND = "torso_field"
    FRAME_TERMS = 6
    RAY_TERMS = 4

    def frame_terms(self, gaze: np.ndarray, poses: np.ndarray) -> np.ndarray:  # noqa: ARG002 - gaze moves no torso
        rotations = np.stack([rotation_vector(pose, TORSO_POSE) for pose in poses])
        shifts = np.asarray(poses, np.float32)[:, :3, 3] - TORSO_POSE[:3, 3]
        return np.concatenate([rotations * ROTATION_SCALE, shifts * TRANSLATION_SCALE], 1).astype(np.float32)

    def own_directions(self, directions: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:  # noqa: ARG002 - as above
        return turned_back(torch.from_numpy(TORSO_POSE).to(directions.device), directions) * DIRECTION_SCALE


def no_torso(head: HeadField) -> TorsoField:
    """A torso that shows nothing, for looking at a head alone."""
    config = replace(tiny_config(), warp=head.config.warp)
    empty = TorsoField(config, head.rest.numpy(), head.reference.numpy()).requires_grad_(False)
    empty.occupied.zero_()
    return empty
