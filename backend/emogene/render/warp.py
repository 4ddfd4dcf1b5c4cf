"""The landmark warp: where a point of this frame's face lies on the field's reference face.

Landmark displacements are spread through space by radial basis functions (1 - r / R)^2, centred on this frame's
landmarks, which are positive definite, never reach beyond R, and do not overshoot between lips or lids that nearly
touch. They are evaluated once a frame on a coarse grid and read by trilinear interpolation. So geometry follows the
landmarks, and the field only learns appearance.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numba import njit, prange

from emogene.compiled_kernels import KERNEL

from .limits import require

CHIN = (7, 8, 9)
INNER_UPPER_LIP = 62
INNER_LOWER_LIP = 66
MARGIN_LOW = np.array([0.035, 0.060, 0.035])
"""Metres that the grid reaches beyond the reference landmarks, downwards far enough for a dropped jaw."""
MARGIN_HIGH = np.array([0.035, 0.035, 0.030])
FADE_CELLS = 3.0
"""The displacement fades to nothing over this many cells at the grid's border."""
TEETH = np.array([[0.0, 0.0, -0.010], [0.020, 0.0, -0.020], [-0.020, 0.0, -0.020]], np.float32)
"""Incisors and canines from the middle of the inner lip at rest: metres."""
TEETH_HEIGHT = 0.006
JAW_SHARE = 0.8
"""Lower teeth move by this share of the chin's displacement."""


@dataclass(frozen=True)
class WarpConfig:
    """How far and how stiffly landmarks pull."""

    cell: float = 0.005
    """Grid spacing in metres."""
    reach: float = 0.09
    """R: the radius of the basis functions, metres."""
    smoothing: float = 0.005
    """Added to the diagonal, more than 0: the less, the nearer landmarks come to the reference; two that coincide share
    the way between them."""

    def __post_init__(self) -> None:
        """Refuse, by ValueError, what no grid can be made of."""
        require(1e-3 <= self.cell <= 0.1, "cell must lie between 1 mm and 10 cm")
        require(0.0 < self.reach <= 1.0, "reach must lie between 0 and 1 m")
        require(1e-6 <= self.smoothing <= 1.0, "smoothing must lie between 1e-6 and 1")


@dataclass(frozen=True)
class WarpGrid:
    """One frame's displacement field."""

    values: np.ndarray
    """(nx, ny, nz, 4) float32 metres: add the first three to a canonical point to find it on the reference face. The
    fourth is 0: kernels take a point of the grid by one vector load."""
    origin: np.ndarray
    """(3,) float32 metres: canonical position of values[0, 0, 0]."""
    cell: float


class LandmarkWarp:
    """Makes warp grids for one actor."""

    def __init__(self, reference: np.ndarray, rest: np.ndarray, config: WarpConfig | None = None):
        """Take the (68, 3) landmarks of the reference face (mouth somewhat open) and of the actor at rest."""
        self.config = config or WarpConfig()
        self.reference = np.ascontiguousarray(reference, np.float32)
        self.rest = np.ascontiguousarray(rest, np.float32)
        self._targets = self._with_teeth(self.reference)
        low = self.reference.min(0) - MARGIN_LOW
        high = self.reference.max(0) + MARGIN_HIGH
        self.origin = low.astype(np.float32)
        self.shape = tuple(int(n) for n in np.ceil((high - low) / self.config.cell) + 1)

    def _with_teeth(self, landmarks: np.ndarray) -> np.ndarray:
        """(74, 3): the landmarks, upper teeth which stand still, and lower teeth which follow the chin."""
        middle = 0.5 * (self.rest[INNER_UPPER_LIP] + self.rest[INNER_LOWER_LIP]) + TEETH
        drop = JAW_SHARE * (landmarks[list(CHIN)] - self.rest[list(CHIN)]).mean(0)
        up = np.array([0.0, TEETH_HEIGHT, 0.0], np.float32)
        return np.concatenate([landmarks, middle + up, middle - up + drop]).astype(np.float64)

    def grid(self, landmarks: np.ndarray) -> WarpGrid:
        """The displacement grid of a frame with these (68, 3) landmarks."""
        values = np.empty((*self.shape, 4), np.float32)
        self.fill(landmarks, values)
        return WarpGrid(values, self.origin, self.config.cell)

    def basis(self, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(C, 3) centres and (C, 3) weights, float64, of a frame's basis functions."""
        centres = self._with_teeth(np.asarray(landmarks, np.float32))
        return centres, basis_weights(centres, self._targets - centres, self.config.reach, self.config.smoothing)

    def fill(self, landmarks: np.ndarray, values: np.ndarray) -> None:
        """Write a frame's displacements into a (nx, ny, nz, 4) float32 array."""
        centres, weights = self.basis(landmarks)
        _evaluate(
            np.ascontiguousarray(centres.T, np.float32),
            np.ascontiguousarray(weights.T, np.float32),
            self.origin,
            np.float32(self.config.cell),
            np.float32(1.0 / self.config.reach),
            np.float32(1.0 / FADE_CELLS),
            values,
        )


@njit(**KERNEL)
def basis_weights(centres, displacements, reach, smoothing):
    """(C, 3) weights of the basis functions, by Cholesky in float64: the same bytes whatever the number of threads."""
    count = len(centres)
    low = np.zeros((count, count))
    for i in range(count):
        for j in range(i + 1):
            d = centres[i] - centres[j]
            q = max(0.0, 1.0 - np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) / reach)
            total = q * q + (smoothing if i == j else 0.0)
            for k in range(j):
                total -= low[i, k] * low[j, k]
            low[i, j] = np.sqrt(total) if i == j else total / low[j, j]
    weights = displacements.copy()
    for axis in range(3):
        for i in range(count):
            for k in range(i):
                weights[i, axis] -= low[i, k] * weights[k, axis]
            weights[i, axis] /= low[i, i]
        for i in range(count - 1, -1, -1):
            for k in range(i + 1, count):
                weights[i, axis] -= low[k, i] * weights[k, axis]
            weights[i, axis] /= low[i, i]
    return weights


@njit(parallel=True, **KERNEL)
def _evaluate(centres, weights, origin, cell, inverse_reach, inverse_fade, values):
    """Sum the basis functions at every grid point; the innermost loops run along z and vectorise."""
    nx, ny, nz = values.shape[0], values.shape[1], values.shape[2]
    zero, half, one = np.float32(0), np.float32(0.5), np.float32(1)
    for ix in prange(nx):
        px = origin[0] + cell * np.float32(ix)
        x_row, y_row, z_row = np.empty(nz, np.float32), np.empty(nz, np.float32), np.empty(nz, np.float32)
        for iy in range(ny):
            py = origin[1] + cell * np.float32(iy)
            border = np.float32(min(min(ix, nx - 1 - ix), min(iy, ny - 1 - iy)))
            for iz in range(nz):
                x_row[iz], y_row[iz], z_row[iz] = zero, zero, zero
            for c in range(centres.shape[1]):
                fx, fy = (px - centres[0, c]) * inverse_reach, (py - centres[1, c]) * inverse_reach
                flat = fx * fx + fy * fy
                if flat >= one:
                    continue
                cz, step = (origin[2] - centres[2, c]) * inverse_reach, cell * inverse_reach
                w0, w1, w2 = weights[0, c], weights[1, c], weights[2, c]
                for iz in range(nz):
                    dz = cz + step * np.float32(iz)
                    q = one - np.sqrt(flat + dz * dz)
                    # max(q, 0), in a form that vectorises.
                    q = half * (q + abs(q))
                    q = q * q
                    x_row[iz] += q * w0
                    y_row[iz] += q * w1
                    z_row[iz] += q * w2
            for iz in range(nz):
                fade = min(one, min(border, np.float32(min(iz, nz - 1 - iz))) * inverse_fade)
                values[ix, iy, iz, 0] = fade * x_row[iz]
                values[ix, iy, iz, 1] = fade * y_row[iz]
                values[ix, iy, iz, 2] = fade * z_row[iz]
                values[ix, iy, iz, 3] = zero


def displacement_at(grid: WarpGrid, points: torch.Tensor) -> torch.Tensor:
    """(N, 3) displacements at (N, 3) canonical points, trilinear, 0 outside the grid."""
    values = torch.from_numpy(grid.values).to(points.device)
    upper = torch.tensor(values.shape[:3], device=points.device) - 1
    position = (points - torch.from_numpy(grid.origin).to(points.device)) * (1.0 / grid.cell)
    inside = ((position >= 0) & (position < upper)).all(1)
    low = torch.minimum(position.floor().clamp(min=0).to(torch.int64), upper - 1)
    fraction = position - low
    total = torch.zeros_like(points)
    for corner in range(8):
        bits = torch.tensor([(corner >> axis) & 1 for axis in range(3)], device=points.device)
        weight = torch.where(bits.bool(), fraction, 1.0 - fraction).prod(1)
        at = low + bits
        total = total + weight[:, None] * values[at[:, 0], at[:, 1], at[:, 2], :3]
    return torch.where(inside[:, None], total, torch.zeros_like(total))
