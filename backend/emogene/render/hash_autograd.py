"""Hash encoding for training on a CPU: numba kernels behind torch's autograd.

The backward pass runs one level a thread, so that no two threads add to the same entry and sums always come in the same order.
"""

from typing import Any

import numpy as np
import torch
from numba import njit, prange

from .hash_grid import GridLayout
from .kernels.cache import KERNEL
from .kernels.cpu_encode import BLOCK, corner_weights, encode_block, kernel_layout, level_corners


@njit(parallel=True, **KERNEL)
def _forward(unit, table, layout, features):
    """features (2 L, N) of unit-cube points (3, N), N a multiple of BLOCK."""
    levels = len(layout[0])
    for block in prange(unit.shape[1] // BLOCK):
        corners = np.empty((8, BLOCK), np.uint32)
        weights = np.empty((8, BLOCK), np.float32)
        part = np.empty((2 * levels, BLOCK), np.float32)
        encode_block(unit, block * BLOCK, table, layout, corners, weights, part)
        features[:, block * BLOCK : (block + 1) * BLOCK] = part


@njit(parallel=True, **KERNEL)
def _backward(unit, layout, gradient, table_gradient):
    """Add the gradient (2 L, N) of features to that of the table (entries, 2)."""
    levels = len(layout[0])
    for level in prange(levels):
        corners = np.empty((8, BLOCK), np.uint32)
        weights = np.empty((8, BLOCK), np.float32)
        for start in range(0, unit.shape[1], BLOCK):
            corner_weights(unit, start, layout[0][level], weights)
            level_corners(unit, start, level, layout, corners)
            for s in range(BLOCK):
                first, second = gradient[2 * level, start + s], gradient[2 * level + 1, start + s]
                for corner in range(8):
                    w, at = weights[corner, s], corners[corner, s]
                    table_gradient[at, 0] += w * first
                    table_gradient[at, 1] += w * second


class _HashEncoding(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: torch.Tensor, unit: torch.Tensor, layout: GridLayout) -> torch.Tensor:  # type: ignore[override]
        points = unit.numpy()
        features = np.empty((2 * layout.levels, points.shape[1]), np.float32)
        complex_table = table.detach().numpy().view(np.complex64).reshape(-1)
        _forward(points, complex_table, kernel_layout(layout), features)
        ctx.points, ctx.layout, ctx.entries = points, layout, len(table)
        return torch.from_numpy(features)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # type: ignore[override]
        table_gradient = np.zeros((ctx.entries, 2), np.float32)
        values = np.ascontiguousarray(gradient.numpy())
        _backward(ctx.points, kernel_layout(ctx.layout), values, table_gradient)
        return torch.from_numpy(table_gradient), None, None


def encode_columns(table: torch.Tensor, unit: torch.Tensor, layout: GridLayout) -> torch.Tensor:
    """(2 L, N) features of (3, N) float32 points of the unit cube, N a multiple of 256; differentiable in the table."""
    return _HashEncoding.apply(table, unit, layout)  # type: ignore[no-any-return]
