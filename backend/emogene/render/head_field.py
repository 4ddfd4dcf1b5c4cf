"""The landmark-conditioned head field (paper, equation 5): hash grid, density and colour networks, condition.

Unlike the paper's, colour does not depend on the viewing direction (docs/render.md says why).
Networks follow tinycudann's conventions: no biases, widths in multiples of 16. The condition of a frame is constant
over it, so its product with the first layers is a bias there. Density is kept as opacity of one step: alpha =
sigmoid(raw + DENSITY_SHIFT), which is 1 - exp(-softplus(raw + DENSITY_SHIFT)), equation 6 and 7 over one step.
"""

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from emogene.values import FaceState
from emogene.weights import load_weights, save_weights
from emogene_proto.errors import ActorError
from emogene_proto.names import LANDMARK_COUNT

from . import hash_grid
from .eyes import FEATURES as EYE_FEATURES
from .eyes import eye_centres
from .hash_grid import GridLayout
from .limits import require
from .neck import TORSO_POSE
from .warp import LandmarkWarp, WarpConfig

KIND = "head_field"
DENSITY_SHIFT = -3.0
DISPLACEMENT_SCALE = 50.0
"""The landmark warp's displacement enters the networks times this: 2 cm is 1."""
POSE_TERMS = 5
"""Gaze (2) and head rotation (3)."""
GAZE_SCALE = 3.0
ROTATION_SCALE = 3.0


@dataclass(frozen=True)
class HeadFieldConfig:
    """Sizes of a head field."""

    grid: GridLayout = field(default_factory=GridLayout)
    warp: WarpConfig = field(default_factory=WarpConfig)
    width: int = 64
    """Hidden width of the networks; a multiple of 16."""
    geometry: int = 16
    """Outputs of the density network, the first of which is the raw density; a multiple of 4."""
    condition: int = 32
    components: int = 32
    """Principal components of the landmarks that condition the field."""
    box_low: tuple[float, float, float] = (-0.25, -0.29, -0.27)
    """Lower corner of the canonical cube that holds the field, metres."""
    box_side: float = 0.50
    step: float = 0.0025
    """Metres between samples."""
    max_samples: int = 160
    """Samples inside occupied space that a ray takes at most."""
    occupancy: int = 128
    """Cells a side of the occupancy grid; a multiple of 4."""

    def __post_init__(self) -> None:
        """Refuse, by ValueError, what kernels cannot run or would read outside their arrays for."""
        require(16 <= self.width <= 512 and self.width % 16 == 0, "width must be a multiple of 16, up to 512")
        require(
            4 <= self.geometry <= self.width and self.geometry % 4 == 0, "geometry must be a multiple of 4, up to width"
        )
        require(1 <= self.condition <= 512, "condition must lie between 1 and 512")
        require(1 <= self.components <= 3 * LANDMARK_COUNT, "components must lie between 1 and 204")
        require(len(self.box_low) == 3 and all(abs(low) <= 10.0 for low in self.box_low), "box_low must be a point")
        require(0.01 <= self.box_side <= 10.0, "box_side must lie between 1 cm and 10 m")
        require(1e-4 <= self.step <= self.box_side, "step must lie between 0.1 mm and box_side")
        require(1 <= self.max_samples <= 4096, "max_samples must lie between 1 and 4096")
        require(4 <= self.occupancy <= 512 and self.occupancy % 4 == 0, "occupancy must be a multiple of 4, up to 512")

    @property
    def inputs(self) -> int:
        """Inputs of the density network: hash features, eye features, displacement."""
        return 2 * self.grid.levels + EYE_FEATURES + 3


def tiny_config() -> HeadFieldConfig:
    """A field small enough for tests."""
    grid = GridLayout(levels=4, base=8, finest=32, log2_table=10)
    return HeadFieldConfig(grid=grid, warp=WarpConfig(cell=0.01), width=16, condition=16, components=8, occupancy=32)


class HeadField(nn.Module):
    """Radiance field of one actor's head, neck and shoulders.

    Buffers: rest, reference (68, 3); landmark_mean (204,), landmark_basis (204, K) whitening, landmark_limit (K,);
    eyes (2, 3) eyeball centres; occupied (G, G, G) uint8.
    """

    rest: torch.Tensor
    reference: torch.Tensor
    landmark_mean: torch.Tensor
    landmark_basis: torch.Tensor
    landmark_limit: torch.Tensor
    eyes: torch.Tensor
    occupied: torch.Tensor

    def __init__(self, config: HeadFieldConfig, rest: np.ndarray, reference: np.ndarray | None = None, seed: int = 0):
        """A field with random weights, from (68, 3) landmarks of the actor at rest and of the grid's face."""
        super().__init__()
        self.config = config
        rest = np.array(rest, np.float32)
        reference = np.array(rest if reference is None else reference, np.float32)
        source = torch.Generator().manual_seed(seed)

        def matrix(rows: int, columns: int) -> nn.Parameter:
            bound = math.sqrt(6.0 / columns)
            return nn.Parameter((torch.rand(rows, columns, generator=source) * 2 - 1) * bound)

        width, inputs = config.width, config.components + POSE_TERMS
        self.table = nn.Parameter((torch.rand(config.grid.entries, 2, generator=source) * 2 - 1) * 1e-2)
        self.density_in = matrix(width, config.inputs)
        self.density_condition = matrix(width, config.condition)
        self.density_out = matrix(config.geometry, width)
        self.colour_in = matrix(width, config.geometry)
        self.colour_condition = matrix(width, config.condition)
        self.colour_hidden = matrix(width, width)
        self.colour_out = nn.Parameter(matrix(3, width).detach() * 0.5)
        self.condition_in = matrix(64, inputs)
        self.condition_in_bias = nn.Parameter(torch.zeros(64))
        self.condition_out = nn.Parameter(matrix(config.condition, 64).detach() * 0.3)
        self.condition_out_bias = nn.Parameter(torch.zeros(config.condition))
        basis = torch.randn(204, config.components, generator=source) * 10.0
        self.register_buffer("rest", torch.from_numpy(rest))
        self.register_buffer("reference", torch.from_numpy(reference))
        self.register_buffer("landmark_mean", torch.from_numpy(rest.reshape(-1).copy()))
        self.register_buffer("landmark_basis", basis)
        self.register_buffer("landmark_limit", torch.full((config.components,), 3.0))
        self.register_buffer("eyes", torch.from_numpy(eye_centres(rest)))
        self.register_buffer("occupied", torch.ones((config.occupancy,) * 3, dtype=torch.uint8))

    def landmark_warp(self) -> LandmarkWarp:
        """The warp onto this field's reference face."""
        return LandmarkWarp(self.reference.numpy(), self.rest.numpy(), self.config.warp)

    def frame_inputs(self, landmarks: torch.Tensor, gaze: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
        """(B, K + 5) inputs of the condition network.

        Args:
            landmarks: (B, 68, 3) metres. Components are clamped to what training has seen.
            gaze: (B, 2) radians.
            rotation: (B, 3) head rotation against the torso, rotation vector in radians.
        """
        whitened = (landmarks.reshape(-1, 204) - self.landmark_mean) @ self.landmark_basis
        whitened = torch.minimum(torch.maximum(whitened, -self.landmark_limit), self.landmark_limit)
        return torch.cat([whitened, gaze * GAZE_SCALE, rotation * ROTATION_SCALE], 1)

    def biases(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, width) biases of the density and of the colour network for (B, K + 5) frame inputs."""
        hidden = torch.relu(inputs @ self.condition_in.T + self.condition_in_bias)
        condition = hidden @ self.condition_out.T + self.condition_out_bias
        return condition @ self.density_condition.T, condition @ self.colour_condition.T

    def face_biases(self, face: FaceState) -> tuple[torch.Tensor, torch.Tensor]:
        """(width,) biases of both networks for one frame."""
        landmarks = torch.from_numpy(np.asarray(face.landmarks, np.float32))[None]
        gaze = torch.from_numpy(np.asarray(face.gaze, np.float32))[None]
        rotation = torch.from_numpy(head_rotation(face.pose))[None]
        density, colour = self.biases(self.frame_inputs(landmarks, gaze, rotation))
        return density[0], colour[0]

    def encode(self, points: torch.Tensor) -> torch.Tensor:
        """(N, 2 L) hash features of (N, 3) points in the unit cube."""
        return hash_grid.encode(self.config.grid, self.table, points)

    def geometry(self, features: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """(N, geometry) outputs of the density network for (N, inputs) features."""
        return torch.relu(features @ self.density_in.T + bias) @ self.density_out.T

    def colour(self, geometry: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """(N, 3) sRGB-encoded colours in [0, 1] of (N, geometry) density outputs."""
        hidden = torch.relu(geometry @ self.colour_in.T + bias)
        return torch.sigmoid(torch.relu(hidden @ self.colour_hidden.T) @ self.colour_out.T)


def alpha_of(geometry: torch.Tensor) -> torch.Tensor:
    """(N,) opacity of one step."""
    return torch.sigmoid(geometry[:, 0] + DENSITY_SHIFT)


def head_rotation(pose: np.ndarray) -> np.ndarray:
    """(3,) float32 rotation vector of a (4, 4) head pose against the resting torso."""
    matrix = TORSO_POSE[:3, :3].astype(np.float64).T @ np.asarray(pose, np.float64)[:3, :3]
    axis = np.array([matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]]) * 0.5
    sine = float(np.linalg.norm(axis))
    angle = math.atan2(sine, (np.trace(matrix) - 1.0) * 0.5)
    return (axis * (angle / sine if sine > 1e-9 else 1.0)).astype(np.float32)


def save_head_field(path: Path, field: HeadField) -> None:
    """Write a field as one file, floats halved."""
    tensors = {name: value.detach().cpu().numpy() for name, value in field.state_dict().items()}
    tensors["occupied"] = np.packbits(tensors["occupied"].astype(bool))
    save_weights(path, tensors, KIND, asdict(field.config), half=True)


def load_head_field(path: Path) -> HeadField:
    """Read what `save_head_field` wrote.

    Raises:
        ActorError: the file is missing, damaged or holds another kind of model.
    """
    tensors, values = load_weights(path, KIND)
    try:
        return _rebuilt(tensors, values)
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ActorError(f"{path.name} is not a head field.", "Install the actor pack again.") from error


def _rebuilt(tensors: dict[str, np.ndarray], values: dict) -> HeadField:
    """The field of a file's tensors and configuration; any of Python's and torch's errors where they do not fit."""
    nested = {"grid": GridLayout(**values["grid"]), "warp": WarpConfig(**values["warp"])}
    config = HeadFieldConfig(**{**values, **nested, "box_low": tuple(values["box_low"])})
    for name in ("rest", "reference"):
        require(bool((np.abs(tensors[name]) < 1.0).all()), f"{name} must lie within a metre of the head's origin")
    field = HeadField(config, tensors["rest"])
    cells = config.occupancy**3
    tensors["occupied"] = np.unpackbits(tensors["occupied"])[:cells].reshape((config.occupancy,) * 3)
    field.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in tensors.items()})
    return field.eval().requires_grad_(False)
