"""Encoding and density network for training on any device, through torch's autograd. Twin of field_autograd.py.

On a GPU where Triton runs, its kernels encode; the networks are torch's products.
"""

import torch

from . import hash_grid
from .field import RadianceField
from .hash_grid import BLOCK, GridLayout
from .kernels.gpu.ways import asked_way, why_no_triton


def encoded(layout: GridLayout, table: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """(N, FEATURES L) hash features of (N, 3) points in the unit cube, differentiable in the table."""
    if points.is_cuda and asked_way() != "torch" and not why_no_triton(str(points.device)):
        from .kernels.gpu import triton_steps

        return triton_steps.encode(layout, table, points)
    return hash_grid.encode(layout, table, points)


def geometry_on_device(
    field: RadianceField, unit: torch.Tensor, direct: torch.Tensor, block_frame: torch.Tensor, bias: torch.Tensor
) -> torch.Tensor:
    """(G, N) raw density and features, differentiable in the field's weights and in the bias.

    Args:
        unit: (3, N) unit-cube points, N a multiple of BLOCK; direct (DIRECT, N).
        block_frame: (N / BLOCK,) row of `bias` (F, width) for each block.
    """
    inputs = torch.cat([encoded(field.config.grid, field.table, unit.T), direct.T], 1)
    blocks = inputs.reshape(len(block_frame), BLOCK, -1)
    return field.geometry(blocks, bias[block_frame][:, None]).reshape(unit.shape[1], -1).T
