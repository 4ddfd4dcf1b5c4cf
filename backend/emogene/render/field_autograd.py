"""The field's networks and encoding for training on a CPU: fused numba kernels behind torch's autograd.

Blocks of 256 samples of one frame go through both networks in cache; the backward pass computes a block's
activations again rather than keeping them. Each worker adds up its own gradients, which are summed at the end; there
are as many workers on every computer, so the number of threads does not show. The table's gradient is added one level
a thread: no two threads write to the same entry.
"""

from typing import Any

import numpy as np
import torch
from numba import njit, prange

from .head_field import HeadField
from .kernels.cache import KERNEL, SUMMING
from .kernels.cpu_encode import BLOCK, corner_weights, encode_block, kernel_layout, level_corners
from .kernels.cpu_networks import layer, rectify, sigmoid

WORKERS = 16
"""Partial sums of the gradients; more threads than these find nothing to do."""
_ZERO, _ONE = np.float32(0), np.float32(1)


@njit(**KERNEL)
def _activate(features, density_bias, colour_bias, weights, zeros, hidden, geometry, second, third, colour):
    """Both networks on a block of features (I, BLOCK); fills all activations."""
    density_in, density_out, colour_in, colour_hidden, colour_out = weights
    layer(density_in, density_bias, features, hidden)
    rectify(hidden)
    layer(density_out, zeros, hidden, geometry)
    layer(colour_in, colour_bias, geometry, second)
    rectify(second)
    layer(colour_hidden, zeros, second, third)
    rectify(third)
    layer(colour_out, zeros, third, colour)
    for channel in range(4):
        sigmoid(colour[channel], _ZERO, colour[channel])


@njit(parallel=True, **KERNEL)
def _forward(unit, direct, block_frame, biases, weights, zeros, table, layout, workers, features, raw, colour):
    """Fill features (I, N), raw density (N,) and colour (4, N)."""
    density_in, density_out = weights[0], weights[1]
    levels = len(layout[0])
    for worker in prange(workers):
        corners = np.empty((8, BLOCK), np.uint32)
        shares = np.empty((8, BLOCK), np.float32)
        part = np.empty((density_in.shape[1], BLOCK), np.float32)
        hidden = np.empty((density_in.shape[0], BLOCK), np.float32)
        second = np.empty((density_in.shape[0], BLOCK), np.float32)
        third = np.empty((density_in.shape[0], BLOCK), np.float32)
        geometry = np.empty((density_out.shape[0], BLOCK), np.float32)
        colours = np.empty((4, BLOCK), np.float32)
        for block in range(worker, len(block_frame), workers):
            start = block * BLOCK
            encode_block(unit, start, table, layout, corners, shares, part)
            for row in range(direct.shape[0]):
                for s in range(BLOCK):
                    part[2 * levels + row, s] = direct[row, start + s]
            f = block_frame[block]
            _activate(part, biases[0][f], biases[1][f], weights, zeros, hidden, geometry, second, third, colours)
            features[:, start : start + BLOCK] = part
            raw[start : start + BLOCK] = geometry[0]
            colour[:, start : start + BLOCK] = colours


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


@njit(**KERNEL)
def _back_through_colour(worker, f, activations, transposed, zeros, sums, bias_sums, d_one, d_two, d_geometry):
    """Add the colour network's gradients and write that of the geometry; `colours` hold their own gradient."""
    hidden, geometry, second, third, colours = activations
    _add_outer(colours, third, sums[4][worker])
    layer(transposed[4], zeros, colours, d_one)
    _through_relu(d_one, third)
    _add_outer(d_one, second, sums[3][worker])
    layer(transposed[3], zeros, d_one, d_two)
    _through_relu(d_two, second)
    _add_outer(d_two, geometry, sums[2][worker])
    _add_rows(d_two, bias_sums[1][worker, f])
    layer(transposed[2], zeros, d_two, d_geometry)


@njit(**KERNEL)
def _back_through_density(worker, f, part, hidden, transposed, zeros, sums, bias_sums, d_geometry, d_one, d_part):
    """Add the density network's gradients and write that of the hash features."""
    _add_outer(d_geometry, hidden, sums[1][worker])
    layer(transposed[1], zeros, d_geometry, d_one)
    _through_relu(d_one, hidden)
    _add_outer(d_one, part, sums[0][worker])
    _add_rows(d_one, bias_sums[0][worker, f])
    layer(transposed[0], zeros, d_one, d_part)


@njit(parallel=True, **KERNEL)
def _backward(features, block_frame, biases, weights, transposed, zeros, d_raw, d_colour, sums, bias_sums, d_features):
    """Add weight gradients to each worker's sums, and write the features' gradient (2 L, N).

    Args:
        transposed: density_in (its hash columns alone), density_out, colour_in, colour_hidden, colour_out, transposed.
        sums: five (workers, J, I) arrays; bias_sums: two (workers, F, width) arrays.
    """
    workers, width, outputs = sums[0].shape[0], weights[0].shape[0], weights[1].shape[0]
    for worker in prange(workers):
        hidden, second = np.empty((width, BLOCK), np.float32), np.empty((width, BLOCK), np.float32)
        third, d_one = np.empty((width, BLOCK), np.float32), np.empty((width, BLOCK), np.float32)
        d_two, colours = np.empty((width, BLOCK), np.float32), np.empty((4, BLOCK), np.float32)
        geometry, d_geometry = np.empty((outputs, BLOCK), np.float32), np.empty((outputs, BLOCK), np.float32)
        part = np.empty((features.shape[0], BLOCK), np.float32)
        d_part = np.empty((d_features.shape[0], BLOCK), np.float32)
        activations = (hidden, geometry, second, third, colours)
        for block in range(worker, len(block_frame), workers):
            start, f = block * BLOCK, block_frame[block]
            part[:] = features[:, start : start + BLOCK]
            _activate(part, biases[0][f], biases[1][f], weights, zeros, hidden, geometry, second, third, colours)
            for channel in range(4):
                for s in range(BLOCK):
                    c = colours[channel, s]
                    colours[channel, s] = d_colour[channel, start + s] * c * (_ONE - c)
            _back_through_colour(worker, f, activations, transposed, zeros, sums, bias_sums, d_one, d_two, d_geometry)
            for s in range(BLOCK):
                d_geometry[0, s] += d_raw[start + s]
            _back_through_density(
                worker, f, part, hidden, transposed, zeros, sums, bias_sums, d_geometry, d_one, d_part
            )
            d_features[:, start : start + BLOCK] = d_part


@njit(parallel=True, **KERNEL)
def _add_to_table(unit, layout, gradient, table_gradient):
    """Add the gradient (2 L, N) of hash features to that of the table (entries, 2)."""
    for level in prange(len(layout[0])):
        corners = np.empty((8, BLOCK), np.uint32)
        shares = np.empty((8, BLOCK), np.float32)
        for start in range(0, unit.shape[1], BLOCK):
            corner_weights(unit, start, layout[0][level], shares)
            level_corners(unit, start, level, layout, corners)
            for s in range(BLOCK):
                first, second = gradient[2 * level, start + s], gradient[2 * level + 1, start + s]
                for corner in range(8):
                    w, at = shares[corner, s], corners[corner, s]
                    table_gradient[at, 0] += w * first
                    table_gradient[at, 1] += w * second


class _FieldFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, samples, layout, table, density_bias, colour_bias, *matrices):  # type: ignore[override]  # noqa: ANN205
        unit, direct, block_frame = samples
        weights = tuple(_four_rows(matrix.detach().numpy()) for matrix in matrices)
        biases = (density_bias.detach().numpy(), colour_bias.detach().numpy())
        zeros = np.zeros(max(len(w) for w in weights), np.float32)
        features = np.empty((weights[0].shape[1], unit.shape[1]), np.float32)
        raw, colour = np.empty(unit.shape[1], np.float32), np.empty((4, unit.shape[1]), np.float32)
        flat = table.detach().numpy().view(np.complex64).reshape(-1)
        kernel = kernel_layout(layout)
        _forward(unit, direct, block_frame, biases, weights, zeros, flat, kernel, WORKERS, features, raw, colour)
        ctx.kept = (unit, block_frame, kernel, len(table), weights, biases, zeros, features)
        return torch.from_numpy(raw), torch.from_numpy(colour[:3])

    @staticmethod
    def backward(ctx: Any, d_raw, d_colour):  # type: ignore[override]  # noqa: ANN205
        unit, block_frame, kernel, entries, weights, biases, zeros, features = ctx.kept
        hashed = 2 * len(kernel[0])
        transposed = tuple(np.ascontiguousarray(w.T) for w in (weights[0][:, :hashed], *weights[1:]))
        sums = tuple(np.zeros((WORKERS, *w.shape), np.float32) for w in weights)
        bias_sums = tuple(np.zeros((WORKERS, *b.shape), np.float32) for b in biases)
        d_features = np.empty((hashed, unit.shape[1]), np.float32)
        zeros = np.zeros(max(len(t) for t in transposed) + len(zeros), np.float32)
        padded = np.zeros((4, unit.shape[1]), np.float32)
        padded[:3] = d_colour.numpy()
        _backward(
            features, block_frame, biases, weights, transposed, zeros, np.ascontiguousarray(d_raw.numpy()), padded,
            sums, bias_sums, d_features,
        )  # fmt: skip
        table_gradient = np.zeros((entries, 2), np.float32)
        _add_to_table(unit, kernel, d_features, table_gradient)
        matrices = [torch.from_numpy(s.sum(0)) for s in sums]
        matrices[-1] = matrices[-1][:3]
        return None, None, torch.from_numpy(table_gradient), *(torch.from_numpy(b.sum(0)) for b in bias_sums), *matrices


def _four_rows(matrix: np.ndarray) -> np.ndarray:
    """Rows filled up to a multiple of 4, for the colour network's three outputs."""
    missing = -len(matrix) % 4
    return np.ascontiguousarray(np.pad(matrix, ((0, missing), (0, 0))) if missing else matrix)


def field_at(
    field: HeadField,
    unit: np.ndarray,
    direct: np.ndarray,
    block_frame: np.ndarray,
    biases: tuple[torch.Tensor, torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Raw density (N,) and colour (3, N), differentiable in the field's weights and in the biases.

    Args:
        unit: (3, N) float32 unit-cube points, N a multiple of 256.
        direct: (8, N) float32 eye features and scaled displacement.
        block_frame: (N / 256,) int32 row of `biases` for each block of samples.
        biases: of the density and of the colour network, (F, width) each.
    """
    f = field
    matrices = (f.density_in, f.density_out, f.colour_in, f.colour_hidden, f.colour_out)
    return _FieldFunction.apply((unit, direct, block_frame), f.config.grid, f.table, *biases, *matrices)  # type: ignore[return-value]
