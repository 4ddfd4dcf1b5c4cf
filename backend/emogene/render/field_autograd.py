"""Encoding and density network for training on a CPU: fused numba kernels behind torch's autograd.

Blocks of samples of one frame go through them in cache; the backward pass computes a block's
activations again rather than keeping them. Each worker adds up its own gradients, which are summed at the end; there
are as many workers on every computer, so the number of threads does not show. The table's gradient is added one level
a thread: no two threads write to the same entry.
"""

from typing import Any

import numpy as np
import torch
from numba import njit, prange

from emogene.compiled_kernels import KERNEL, SUMMING

from .field import RadianceField
from .hash_grid import FEATURES
from .kernels.cpu_encode import BLOCK, corner_weights, encode_block, kernel_layout, level_corners
from .kernels.cpu_networks import layer, rectify
from .torch_geometry import encoded, geometry_on_device

WORKERS = 16
"""Partial sums of the gradients; more threads than these find nothing to do."""
_ZERO = np.float32(0)


@njit(parallel=True, **KERNEL)
def _forward(unit, direct, block_frame, bias, density_in, density_out, zeros, table, layout, workers, inputs, geometry):
    """Fill inputs (I, N) and geometry (G, N)."""
    hashed = density_in.shape[1] - direct.shape[0]
    for worker in prange(workers):
        corners = np.empty((8, BLOCK), np.uint32)
        shares = np.empty((8, BLOCK), np.float32)
        part = np.empty((density_in.shape[1], BLOCK), np.float32)
        hidden = np.empty((density_in.shape[0], BLOCK), np.float32)
        outputs = np.empty((density_out.shape[0], BLOCK), np.float32)
        for block in range(worker, len(block_frame), workers):
            start = block * BLOCK
            encode_block(unit, start, table, layout, corners, shares, part)
            for row in range(direct.shape[0]):
                for s in range(BLOCK):
                    part[hashed + row, s] = direct[row, start + s]
            layer(density_in, bias[block_frame[block]], part, hidden)
            rectify(hidden)
            layer(density_out, zeros, hidden, outputs)
            inputs[:, start : start + BLOCK] = part
            geometry[:, start : start + BLOCK] = outputs


@njit(**SUMMING)
def _add_outer(outputs, inputs, sums):
    """sums (J, I) += outputs (J, BLOCK) @ inputs (I, BLOCK).T"""
    for j in range(0, outputs.shape[0], 4):
        o0, o1, o2, o3 = outputs[j], outputs[j + 1], outputs[j + 2], outputs[j + 3]
        for i in range(0, inputs.shape[0], 2):
            x0, x1 = inputs[i], inputs[i + 1]
            a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = _ZERO
            for s in range(BLOCK):
                a0 += o0[s] * x0[s]
                a1 += o1[s] * x0[s]
                a2 += o2[s] * x0[s]
                a3 += o3[s] * x0[s]
                b0 += o0[s] * x1[s]
                b1 += o1[s] * x1[s]
                b2 += o2[s] * x1[s]
                b3 += o3[s] * x1[s]
            sums[j, i] += a0
            sums[j + 1, i] += a1
            sums[j + 2, i] += a2
            sums[j + 3, i] += a3
            sums[j, i + 1] += b0
            sums[j + 1, i + 1] += b1
            sums[j + 2, i + 1] += b2
            sums[j + 3, i + 1] += b3


@njit(**SUMMING)
def _add_rows(values, sums):
    """sums (J,) += values (J, BLOCK) over samples."""
    for j in range(values.shape[0]):
        row = values[j]
        total = _ZERO
        for s in range(BLOCK):
            total += row[s]
        sums[j] += total


@njit(**KERNEL)
def _through_relu(gradient, activation):
    for j in range(gradient.shape[0]):
        g, a = gradient[j], activation[j]
        for s in range(BLOCK):
            g[s] = g[s] if a[s] > _ZERO else _ZERO


@njit(parallel=True, **KERNEL)
def _backward(
    inputs, block_frame, bias, density_in, hashed_back, out_back, zeros, d_geometry, sums_in, sums_out, bias_sums,
    d_features,
):  # fmt: skip
    """Add weight gradients to each worker's sums, and write the hash features' gradient (H, N).

    Args:
        hashed_back: density_in's hash columns, transposed; out_back: density_out, transposed.
        sums_in, sums_out: (workers, J, I) each; bias_sums: (workers, F, width).
    """
    workers, width = sums_in.shape[0], density_in.shape[0]
    for worker in prange(workers):
        hidden, d_hidden = np.empty((width, BLOCK), np.float32), np.empty((width, BLOCK), np.float32)
        d_outputs = np.empty((d_geometry.shape[0], BLOCK), np.float32)
        part = np.empty((inputs.shape[0], BLOCK), np.float32)
        d_part = np.empty((d_features.shape[0], BLOCK), np.float32)
        for block in range(worker, len(block_frame), workers):
            start, f = block * BLOCK, block_frame[block]
            part[:] = inputs[:, start : start + BLOCK]
            d_outputs[:] = d_geometry[:, start : start + BLOCK]
            layer(density_in, bias[f], part, hidden)
            rectify(hidden)
            _add_outer(d_outputs, hidden, sums_out[worker])
            layer(out_back, zeros, d_outputs, d_hidden)
            _through_relu(d_hidden, hidden)
            _add_outer(d_hidden, part, sums_in[worker])
            _add_rows(d_hidden, bias_sums[worker, f])
            layer(hashed_back, zeros, d_hidden, d_part)
            d_features[:, start : start + BLOCK] = d_part


@njit(parallel=True, **KERNEL)
def _encode(unit, table, layout, features):
    """Fill features (4 L, N) of unit-cube points (3, N), N a multiple of BLOCK."""
    for block in prange(unit.shape[1] // BLOCK):
        corners = np.empty((8, BLOCK), np.uint32)
        shares = np.empty((8, BLOCK), np.float32)
        part = np.empty((features.shape[0], BLOCK), np.float32)
        encode_block(unit, block * BLOCK, table, layout, corners, shares, part)
        features[:, block * BLOCK : (block + 1) * BLOCK] = part


@njit(parallel=True, **KERNEL)
def _add_to_table(unit, layout, gradient, table_gradient):
    """Add the gradient (4 L, N) of hash features to that of the table (entries, 4)."""
    for level in prange(len(layout[0])):
        corners = np.empty((8, BLOCK), np.uint32)
        shares = np.empty((8, BLOCK), np.float32)
        rows = gradient[4 * level : 4 * level + 4]
        for start in range(0, unit.shape[1], BLOCK):
            corner_weights(unit, start, layout[0][level], shares)
            level_corners(unit, start, level, layout, corners)
            for s in range(BLOCK):
                g0, g1 = rows[0, start + s], rows[1, start + s]
                g2, g3 = rows[2, start + s], rows[3, start + s]
                for corner in range(8):
                    w, entry = shares[corner, s], table_gradient[corners[corner, s]]
                    entry[0] += w * g0
                    entry[1] += w * g1
                    entry[2] += w * g2
                    entry[3] += w * g3


class _GeometryFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, samples, layout, table, bias, density_in, density_out):  # type: ignore[override]  # noqa: ANN205
        unit, direct, block_frame = samples
        first, last = density_in.detach().numpy(), density_out.detach().numpy()
        offsets = bias.detach().numpy()
        zeros = np.zeros(max(first.shape[0], first.shape[1], last.shape[0]), np.float32)
        inputs = np.empty((first.shape[1], unit.shape[1]), np.float32)
        geometry = np.empty((last.shape[0], unit.shape[1]), np.float32)
        kernel = kernel_layout(layout)
        entries = table.detach().numpy()
        _forward(unit, direct, block_frame, offsets, first, last, zeros, entries, kernel, WORKERS, inputs, geometry)
        ctx.kept = (unit, block_frame, kernel, len(table), first, last, offsets, zeros, inputs)
        return torch.from_numpy(geometry)

    @staticmethod
    def backward(ctx: Any, d_geometry):  # type: ignore[override]  # noqa: ANN205
        unit, block_frame, kernel, entries, first, last, offsets, zeros, inputs = ctx.kept
        hashed = FEATURES * len(kernel[0])
        hashed_back, out_back = np.ascontiguousarray(first[:, :hashed].T), np.ascontiguousarray(last.T)
        sums_in, sums_out = np.zeros((WORKERS, *first.shape), np.float32), np.zeros((WORKERS, *last.shape), np.float32)
        bias_sums = np.zeros((WORKERS, *offsets.shape), np.float32)
        d_features = np.empty((hashed, unit.shape[1]), np.float32)
        _backward(
            inputs, block_frame, offsets, first, hashed_back, out_back, zeros,
            np.ascontiguousarray(d_geometry.numpy()), sums_in, sums_out, bias_sums, d_features,
        )  # fmt: skip
        table_gradient = np.zeros((entries, FEATURES), np.float32)
        _add_to_table(unit, kernel, d_features, table_gradient)
        summed = (table_gradient, bias_sums.sum(0), sums_in.sum(0), sums_out.sum(0))
        return None, None, *(torch.from_numpy(values) for values in summed)


class _DetailFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, unit, layout, table):  # type: ignore[override]  # noqa: ANN205
        kernel = kernel_layout(layout)
        features = np.empty((FEATURES * layout.levels, unit.shape[1]), np.float32)
        _encode(unit, table.detach().numpy(), kernel, features)
        ctx.kept = unit, kernel, len(table)
        return torch.from_numpy(features)

    @staticmethod
    def backward(ctx: Any, d_features):  # type: ignore[override]  # noqa: ANN205
        unit, kernel, entries = ctx.kept
        table_gradient = np.zeros((entries, FEATURES), np.float32)
        _add_to_table(unit, kernel, np.ascontiguousarray(d_features.numpy()), table_gradient)
        return None, None, torch.from_numpy(table_gradient)


def detail_at(field: RadianceField, where: torch.Tensor) -> torch.Tensor:
    """(R, FEATURES Ld) detail at (R, 3) unit-cube points, differentiable in the field's detail table."""
    if where.device.type != "cpu":
        return encoded(field.config.detail, field.detail_table, where)
    filled = np.zeros((3, -(-len(where) // BLOCK) * BLOCK), np.float32)
    filled[:, : len(where)] = where.numpy().T
    return _DetailFunction.apply(filled, field.config.detail, field.detail_table)[:, : len(where)].T  # type: ignore[index]


def geometry_at(
    field: RadianceField,
    unit: np.ndarray | torch.Tensor,
    direct: np.ndarray | torch.Tensor,
    block_frame: np.ndarray | torch.Tensor,
    bias: torch.Tensor,
) -> torch.Tensor:
    """(G, N) raw density and features, differentiable in the field's weights and in the bias.

    Arrays go through these kernels, tensors through torch on their device.

    Args:
        unit: (3, N) float32 unit-cube points, N a multiple of BLOCK.
        direct: (DIRECT, N) float32.
        block_frame: (N / BLOCK,) int32 row of `bias` for each block of samples.
        bias: of the density network, (F, width).
    """
    if isinstance(unit, torch.Tensor):
        return geometry_on_device(field, unit, torch.as_tensor(direct), torch.as_tensor(block_frame), bias)
    f = field
    return _GeometryFunction.apply(  # type: ignore[return-value]
        (unit, direct, block_frame), f.config.grid, f.table, bias, f.density_in, f.density_out
    )
