"""The head field (paper, equation 5): all that moves rigidly with the head, seen from the head's own frame."""

import numpy as np
import torch

from .eyes import eye_centres
from .field import DIRECTION_SCALE, FieldConfig, RadianceField, rotation_vector
from .hash_grid import GridLayout
from .neck import TORSO_POSE
from .unbend import turned_back
from .warp import WarpConfig

GAZE_SCALE = 3.0
ROTATION_SCALE = 3.0


def head_config() -> FieldConfig:
    """Sizes of a head field as it ships."""
    return FieldConfig(grid=GridLayout(levels=6, base=16, finest=256, log2_table=15))


def tiny_config() -> FieldConfig:
    """A field small enough for tests."""
    grid = GridLayout(levels=3, base=8, finest=32, log2_table=10)
    return FieldConfig(
        grid=grid, detail=GridLayout(levels=2, base=16, finest=64, log2_table=11), warp=WarpConfig(cell=0.01),
        width=16, colour_width=16, condition=16, components=8, occupancy=32, surface=40,
    )  # fmt: skip


class HeadField(RadianceField):
    """Direct inputs: 5 eye features (eyes.py), 3 of the displacement. Frame terms: gaze, rotation against the torso.

    Buffer eyes: (2, 3) eyeball centres.
    """

    KIND = "head_field"
    FRAME_TERMS = 5

    eyes: torch.Tensor

    def __init__(self, config: FieldConfig, rest: np.ndarray, reference: np.ndarray | None = None, seed: int = 0):
        super().__init__(config, rest, reference, seed)
        self.register_buffer("eyes", torch.from_numpy(eye_centres(np.asarray(rest, np.float32))))

    def frame_terms(self, gaze: np.ndarray, poses: np.ndarray) -> np.ndarray:
        rotations = np.stack([rotation_vector(pose, TORSO_POSE) for pose in poses])
        return np.concatenate([np.asarray(gaze) * GAZE_SCALE, rotations * ROTATION_SCALE], 1).astype(np.float32)

    def own_directions(self, directions: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        return turned_back(pose, directions) * DIRECTION_SCALE
