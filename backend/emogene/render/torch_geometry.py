"""Encoding and density network for training on any device, through torch's autograd. Twin of field_autograd.py.

On a GPU where Triton runs, its kernels encode; the networks are torch's products.
"""

import torch

from . import hash_grid
from .field import RadianceField
from .hash_grid import GridLayout
from .kernels.gpu.ways import asked_way, why_no_triton

BLOCK = 256
"""Samples of a block, which belong to one frame; as in the kernels for a CPU."""


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
        unit: (3, N) unit-cube points, N a multiple of 256; direct (DIRECT, N).
        block_frame: (N / 256,) row of `bias` (F, width) for each block.
    """
    inputs = torch.cat([encoded(field.config.grid, field.table, unit.T), direct.T], 1)
    hidden = inputs.reshape(len(block_frame), BLOCK, -1) @ field.density_in.T + bias[block_frame][:, None]
    return (torch.relu(hidden) @ field.density_out.T).reshape(unit.shape[1], -1).T
