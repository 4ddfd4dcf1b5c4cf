"""A landmark-conditioned radiance field (paper, equations 5 to 8): what head and torso have in common.

A sample's point is taken to the reference face by the landmark warp and encoded by a hash grid there. The density
network turns that, and a few direct inputs, into an opacity and features. Features are composited along the ray first
and coloured once a ray: colour is a function of what the ray sees, which costs a tenth of colouring every sample. So is
the place of what it sees, which a second, finer hash grid turns into the detail of skin, hair and cloth, and so
are the direction of the ray (d of equation 5) and, for a torso, the head's colour.

Networks follow tinycudann's conventions: no biases, widths in multiples of 16, inputs filled up with ones. The
condition of a frame is constant over it, so its product with the first layers is a bias there. Density is kept as
opacity of one step: alpha = sigmoid(raw + DENSITY_SHIFT), which is 1 - exp(-softplus(raw + DENSITY_SHIFT)), equation 6
and 7 over one step.
"""

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import nn

from emogene.values import FaceState
from emogene.weights import load_weights, rebuilding, save_weights
from emogene_proto.names import LANDMARK_COUNT

from . import hash_grid
from .hash_grid import GridLayout
from .limits import require, require_whole
from .warp import LandmarkWarp, WarpConfig

DENSITY_SHIFT = -3.0
DISPLACEMENT_SCALE = 50.0
"""The landmark warp's displacement enters the networks times this: 2 cm is 1."""
DIRECT = 8
"""Inputs of the density network beside the hash features: each kind of field has its own, of the same number."""
HIDDEN = 64
"""Width of the condition network."""
DIRECTION_SCALE = 3.0
FARTHEST_AIM = 2.0
"""Steps by which a ray's samples may say at most that what it sees lies farther or nearer than they do."""
MOST_WARP_POINTS = 1 << 24
"""Points of a warp grid that a file may ask for, 256 MB; cells of a millimetre make half of it."""


@dataclass(frozen=True)
class FieldConfig:
    """Sizes of a field."""

    grid: GridLayout = field(default_factory=GridLayout)
    """Of each sample: shape, and what the surface is like."""
    detail: GridLayout = field(default_factory=lambda: GridLayout(levels=4, base=128, finest=768, log2_table=17))
    """Of each ray, where its light comes from: what the surface shows."""
    warp: WarpConfig = field(default_factory=WarpConfig)
    width: int = 32
    """Hidden width of the density network; a multiple of 16."""
    geometry: int = 16
    """Outputs of the density network, raw density and features; a multiple of 4."""
    colour_width: int = 64
    """Hidden width of the colour network; a multiple of 16."""
    condition: int = 32
    components: int = 32
    """Principal components of the landmarks that condition the field."""
    box_low: tuple[float, float, float] = (-0.17, -0.145, -0.19)
    """Lower corner of the canonical cube that holds the field, metres."""
    box_side: float = 0.34
    step: float = 0.0025
    """Metres between samples."""
    max_samples: int = 96
    """Samples inside occupied space that a ray takes at most."""
    occupancy: int = 128
    """Cells a side of the grid that says where something may be in any frame; a multiple of 4."""
    surface: int = 256
    """Cells a side of the grid that says where something is on the reference face; a multiple of 8."""
    aims: bool = False
    """The first feature says by how many steps the surface lies beyond a sample, so that places are finer than steps.
    It is learnt from true distances, where a corpus knows them."""

    def __post_init__(self) -> None:
        """Refuse, by ValueError, what kernels cannot run or would read outside their arrays for."""
        require_whole(self, "width", "geometry", "colour_width", "condition", "components", "max_samples")
        require_whole(self, "occupancy", "surface")
        require(isinstance(self.aims, bool), "aims must be true or false")
        for name in ("width", "colour_width"):
            value = getattr(self, name)
            require(16 <= value <= 512 and value % 16 == 0, f"{name} must be a multiple of 16, up to 512")
        require(4 <= self.geometry <= 64 and self.geometry % 4 == 0, "geometry must be a multiple of 4, up to 64")
        require(1 <= self.condition <= 512, "condition must lie between 1 and 512")
        require(1 <= self.components <= 3 * LANDMARK_COUNT, "components must lie between 1 and 204")
        require(len(self.box_low) == 3 and all(abs(low) <= 10.0 for low in self.box_low), "box_low must be a point")
        require(0.01 <= self.box_side <= 10.0, "box_side must lie between 1 cm and 10 m")
        require(1e-4 <= self.step <= self.box_side, "step must lie between 0.1 mm and box_side")
        require(1 <= self.max_samples <= 4096, "max_samples must lie between 1 and 4096")
        for name, unit in (("occupancy", 4), ("surface", 8)):
            value = getattr(self, name)
            require(unit <= value <= 512 and value % unit == 0, f"{name} must be a multiple of {unit}, up to 512")

    @property
    def inputs(self) -> int:
        """Inputs of the density network: hash features and direct ones."""
        return hash_grid.FEATURES * self.grid.levels + DIRECT

    @property
    def ray_inputs(self) -> int:
        """Inputs of the colour network that every kind of field has: features, detail, direction."""
        return self.geometry + hash_grid.FEATURES * self.detail.levels + 3


class RadianceField(nn.Module):
    """One part of an actor.

    Buffers: rest, reference (68, 3); landmark_mean (204,), landmark_basis (204, K) whitening, landmark_limit (K,);
    occupied (G, G, G) uint8 over the canonical cube; surface (S, S, S) uint8 over the same cube of the reference face.
    """

    KIND = "field"
    FRAME_TERMS = 0
    """Inputs of the condition network beside the landmarks' components."""
    RAY_TERMS = 0
    """Inputs of the colour network beside what every field has."""

    rest: torch.Tensor
    reference: torch.Tensor
    landmark_mean: torch.Tensor
    landmark_basis: torch.Tensor
    landmark_limit: torch.Tensor
    occupied: torch.Tensor
    surface: torch.Tensor

    def __init__(self, config: FieldConfig, rest: np.ndarray, reference: np.ndarray | None = None, seed: int = 0):
        """A field with random weights, from (68, 3) landmarks of the actor at rest and of the grid's face."""
        super().__init__()
        self.config = config
        rest = np.array(rest, np.float32)
        reference = np.array(rest if reference is None else reference, np.float32)
        source = torch.Generator().manual_seed(seed)

        def matrix(rows: int, columns: int, gain: float = 1.0) -> nn.Parameter:
            bound = math.sqrt(6.0 / columns) * gain
            return nn.Parameter((torch.rand(rows, columns, generator=source) * 2 - 1) * bound)

        width, colour = config.width, config.colour_width
        self.table = nn.Parameter(
            (torch.rand(config.grid.entries, hash_grid.FEATURES, generator=source) * 2 - 1) * 1e-2
        )
        self.detail_table = nn.Parameter(
            (torch.rand(config.detail.entries, hash_grid.FEATURES, generator=source) * 2 - 1) * 1e-2
        )
        self.density_in = matrix(width, config.inputs)
        self.density_condition = matrix(width, config.condition)
        self.density_out = matrix(config.geometry, width)
        self.colour_in = matrix(colour, config.ray_inputs + self.RAY_TERMS)
        self.colour_condition = matrix(colour, config.condition)
        self.colour_hidden = matrix(colour, colour)
        self.colour_out = matrix(3, colour, 0.5)
        self.condition_in = matrix(HIDDEN, config.components + self.FRAME_TERMS)
        self.condition_in_bias = nn.Parameter(torch.zeros(HIDDEN))
        self.condition_out = matrix(config.condition, HIDDEN, 0.3)
        self.condition_out_bias = nn.Parameter(torch.zeros(config.condition))
        basis = torch.randn(204, config.components, generator=source) * 10.0
        self.register_buffer("rest", torch.from_numpy(rest))
        self.register_buffer("reference", torch.from_numpy(reference))
        self.register_buffer("landmark_mean", torch.from_numpy(rest.reshape(-1).copy()))
        self.register_buffer("landmark_basis", basis)
        self.register_buffer("landmark_limit", torch.full((config.components,), 3.0))
        self.register_buffer("occupied", torch.ones((config.occupancy,) * 3, dtype=torch.uint8))
        self.register_buffer("surface", torch.ones((config.surface,) * 3, dtype=torch.uint8))

    def landmark_warp(self) -> LandmarkWarp:
        """The warp onto this field's reference face."""
        return LandmarkWarp(self.reference.cpu().numpy(), self.rest.cpu().numpy(), self.config.warp)

    def frame_terms(self, gaze: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """(B, FRAME_TERMS) float32 of (B, 2) gaze and (B, 4, 4) head poses."""
        raise NotImplementedError

    def frame_inputs(self, landmarks: np.ndarray, gaze: np.ndarray, poses: np.ndarray) -> torch.Tensor:
        """(B, K + FRAME_TERMS) inputs of the condition network, on the field's device.

        Args:
            landmarks: (B, 68, 3) metres. Components are clamped to what training has seen.
            gaze: (B, 2) radians.
            poses: (B, 4, 4) head to world.
        """
        device = self.landmark_mean.device
        flat = torch.from_numpy(np.asarray(landmarks, np.float32).reshape(-1, 204)).to(device)
        whitened = (flat - self.landmark_mean) @ self.landmark_basis
        whitened = torch.minimum(torch.maximum(whitened, -self.landmark_limit), self.landmark_limit)
        return torch.cat([whitened, torch.from_numpy(self.frame_terms(gaze, poses)).to(device)], 1)

    def biases(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, width) and (B, colour_width) biases of both networks for (B, K + FRAME_TERMS) frame inputs."""
        hidden = torch.relu(inputs @ self.condition_in.T + self.condition_in_bias)
        condition = hidden @ self.condition_out.T + self.condition_out_bias
        return condition @ self.density_condition.T, condition @ self.colour_condition.T

    def face_biases(self, face: FaceState) -> tuple[torch.Tensor, torch.Tensor]:
        """Biases of both networks for one frame, one row each taken off."""
        inputs = self.frame_inputs(face.landmarks[None], np.asarray(face.gaze)[None], np.asarray(face.pose)[None])
        density, colour = self.biases(inputs)
        return density[0], colour[0]

    def encode(self, points: torch.Tensor) -> torch.Tensor:
        """(N, FEATURES L) hash features of (N, 3) points in the unit cube."""
        return hash_grid.encode(self.config.grid, self.table, points)

    def geometry(self, inputs: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """(..., geometry) raw density and features of (..., inputs); bias (width,) or (..., width)."""
        return torch.relu(inputs @ self.density_in.T + bias) @ self.density_out.T

    def encode_detail(self, points: torch.Tensor) -> torch.Tensor:
        """(R, FEATURES Ld) detail at (R, 3) points in the unit cube."""
        return hash_grid.encode(self.config.detail, self.detail_table, points)

    def own_directions(self, directions: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        """(R, 3) directions as the colour network takes them, of (R, 3) unit ones in the world.

        Args:
            pose: (4, 4) of the head, or (R, 4, 4).
        """
        raise NotImplementedError

    def beyond(self, features: torch.Tensor) -> torch.Tensor:
        """(R,) metres that what a ray sees lies beyond the mean of its samples, by mean features (R, geometry - 1)."""
        steps = (
            features[:, 0].clamp(-FARTHEST_AIM, FARTHEST_AIM) if self.config.aims else torch.zeros_like(features[:, 0])
        )
        return steps * self.config.step

    def aimed(self, place: torch.Tensor, beyond: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        """(R, 3) places in the unit cube, moved on by (R,) metres along (R, 3) of `own_directions`, but not out of it.

        As if the neck did not bend and no landmark moved on that way: it is some millimetres long.
        """
        moved = place + (beyond / (self.config.box_side * DIRECTION_SCALE))[:, None] * directions
        return moved.clamp(0.0, 1.0)

    def colour(
        self, features: torch.Tensor, detail: torch.Tensor, directions: torch.Tensor, ray_terms: torch.Tensor,
        bias: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """(R, 3) sRGB-encoded colours in [0, 1] of rays.

        Args:
            features: (R, geometry - 1) means over the ray, weighted by what is seen of each sample.
            detail: (R, FEATURES Ld) of `encode_detail`, at the place of what the ray sees.
            directions: (R, 3) of `own_directions`.
            ray_terms: (R, RAY_TERMS).
            bias: (colour_width,) or (R, colour_width).
        """
        ones = torch.ones_like(features[:, :1])
        inputs = torch.cat([ones, features, detail, directions, ray_terms], 1)
        hidden = torch.relu(inputs @ self.colour_in.T + bias)
        return torch.sigmoid(torch.relu(hidden @ self.colour_hidden.T) @ self.colour_out.T)

    def save(self, path: Path) -> None:
        """Write the field as one file, floats halved."""
        tensors = {name: value.detach().cpu().numpy() for name, value in self.state_dict().items()}
        for name in ("occupied", "surface"):
            tensors[name] = np.packbits(tensors[name].astype(bool))
        save_weights(path, tensors, self.KIND, asdict(self.config), half=True)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            ActorError: the file is missing, damaged or holds another kind of model.
        """
        tensors, values = load_weights(path, cls.KIND)
        with rebuilding(path, f"a {cls.KIND.replace('_', ' ')}"):
            return cls._rebuilt(tensors, values)

    @classmethod
    def _rebuilt(cls, tensors: dict[str, np.ndarray], values: dict) -> Self:
        grids = {name: GridLayout(**values[name]) for name in ("grid", "detail")}
        nested = {**grids, "warp": WarpConfig(**values["warp"])}
        config = FieldConfig(**{**values, **nested, "box_low": tuple(values["box_low"])})
        for name in ("rest", "reference"):
            require(tensors[name].shape == (LANDMARK_COUNT, 3), f"{name} must be {LANDMARK_COUNT} points")
            require(bool((np.abs(tensors[name]) < 1.0).all()), f"{name} must lie within a metre of the head's origin")
        # Before anything of these sizes is made: a damaged file must not ask for more memory than there is.
        for name, grid in (("table", config.grid), ("detail_table", config.detail)):
            require(tensors[name].shape == (grid.entries, hash_grid.FEATURES), f"{name} must have its grid's size")
        points = math.prod(LandmarkWarp(tensors["reference"], tensors["rest"], config.warp).shape)
        require(points <= MOST_WARP_POINTS, "cell must not be that small for such a face")
        for name, side in (("occupied", config.occupancy), ("surface", config.surface)):
            bits = tensors[name]
            require(
                bits.dtype == np.uint8 and bits.shape == ((side**3 + 7) // 8,), f"{name} must have a bit for a cell"
            )
        made = cls(config, tensors["rest"])
        for name, side in (("occupied", config.occupancy), ("surface", config.surface)):
            tensors[name] = np.unpackbits(tensors[name])[: side**3].reshape((side,) * 3)
        made.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in tensors.items()})
        return made.eval().requires_grad_(False)


def alpha_of(geometry: torch.Tensor) -> torch.Tensor:
    """(N,) opacity of one step."""
    return torch.sigmoid(geometry[:, 0] + DENSITY_SHIFT)


def rotation_vector(pose: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(3,) float32 rotation vector, radians, of a (4, 4) pose against a (4, 4) resting one."""
    matrix = np.asarray(rest, np.float64)[:3, :3].T @ np.asarray(pose, np.float64)[:3, :3]
    axis = np.array([matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]]) * 0.5
    sine = float(np.linalg.norm(axis))
    angle = math.atan2(sine, (np.trace(matrix) - 1.0) * 0.5)
    return (axis * (angle / sine if sine > 1e-9 else 1.0)).astype(np.float32)
