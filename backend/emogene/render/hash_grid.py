"""The multi-resolution hash grid, laid out as tinycudann does, and its plain torch encoding.

Level l has scale = base * growth^l - 1, resolution = ceil(scale) + 1, and reads at scale * x + 0.5, x in [0, 1]^3.
A level whose dense size fits in the table is indexed densely (x fastest), else by a spatial hash modulo the table
size.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from .limits import require, require_whole

PRIMES = (1, 2654435761, 805459861)
BLOCK = 64
"""Samples that every network and encoding kernel takes at a time, always full; in training, all of one frame."""
FEATURES = 4
"""Of each level: one vector load takes an entry, so four cost hardly more than two (docs/render.md)."""


@dataclass(frozen=True)
class GridLayout:
    """Where each level lies in one array of (entries, FEATURES) features."""

    levels: int = 8
    base: int = 16
    finest: int = 512
    log2_table: int = 16

    def __post_init__(self) -> None:
        """Refuse, by ValueError, what kernels would read outside the table for."""
        require_whole(self, "levels", "base", "finest", "log2_table")
        require(0 < self.levels <= 32, "levels must lie between 1 and 32")
        require(2 <= self.base <= self.finest <= 2**14, "base must be 2 at least, finest not less, nor over 16384")
        require(4 <= self.log2_table <= 24, "log2_table must lie between 4 and 24")

    @property
    def growth(self) -> float:
        return (self.finest / self.base) ** (1.0 / max(self.levels - 1, 1))

    @cached_property
    def scales(self) -> np.ndarray:
        """(L,) float32."""
        return np.array([self.base * self.growth**level - 1.0 for level in range(self.levels)], np.float32)

    @cached_property
    def resolutions(self) -> np.ndarray:
        """(L,) uint32 grid points a side."""
        return np.ceil(self.scales).astype(np.uint32) + 1

    @cached_property
    def sizes(self) -> np.ndarray:
        """(L,) uint32 entries of each level."""
        dense = self.resolutions.astype(np.int64) ** 3
        return np.minimum((dense + 7) // 8 * 8, 1 << self.log2_table).astype(np.uint32)

    @cached_property
    def dense(self) -> np.ndarray:
        """(L,) bool: the level is not hashed."""
        return self.resolutions.astype(np.int64) ** 3 <= (1 << self.log2_table)

    @cached_property
    def offsets(self) -> np.ndarray:
        """(L,) uint32 first entry of each level."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.uint32)

    @property
    def entries(self) -> int:
        return int(self.sizes.sum())


def corner_index(layout: GridLayout, level: int, x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(N,) entries within a level of integer grid corners."""
    resolution, size = int(layout.resolutions[level]), int(layout.sizes[level])
    if layout.dense[level]:
        return (x + y * resolution + z * resolution**2) % size
    hashed = x ^ ((y * PRIMES[1]) & 0xFFFFFFFF) ^ ((z * PRIMES[2]) & 0xFFFFFFFF)
    return hashed % size


def encode(layout: GridLayout, table: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """(N, FEATURES L) features of (N, 3) points in [0, 1], trilinear in an (entries, FEATURES) table."""
    features = []
    for level in range(layout.levels):
        position = points * float(layout.scales[level]) + 0.5
        low = position.floor()
        fraction = position - low
        low = low.to(torch.int64)
        total = torch.zeros(len(points), FEATURES, dtype=table.dtype, device=table.device)
        for corner in range(8):
            bits = [(corner >> axis) & 1 for axis in range(3)]
            index = corner_index(layout, level, low[:, 0] + bits[0], low[:, 1] + bits[1], low[:, 2] + bits[2])
            weight = torch.ones_like(fraction[:, 0])
            for axis in range(3):
                weight = weight * (fraction[:, axis] if bits[axis] else 1.0 - fraction[:, axis])
            total = total + weight[:, None] * table[int(layout.offsets[level]) + index]
        features.append(total)
    return torch.cat(features, 1)
