"""Hash-grid encoding of a block of samples (see hash_grid.py for the layout), feature-major.

Each level takes three passes, so that the arithmetic vectorises over samples; the table's entries come by vector loads.
"""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL
from emogene.render.hash_grid import BLOCK

from .cpu_blend import blend

_PRIME_Y = np.uint32(2654435761)
_PRIME_Z = np.uint32(805459861)
_HALF = np.float32(0.5)
_ONE = np.float32(1.0)
_U1 = np.uint32(1)


@njit(**KERNEL)
def corner_weights(unit, start, scale, weights):
    """Trilinear weights (8, BLOCK) of unit-cube points (3, N) from column `start`, at one level's scale."""
    x, y, z = unit[0, start : start + BLOCK], unit[1, start : start + BLOCK], unit[2, start : start + BLOCK]
    w0, w1, w2, w3, w4, w5, w6, w7 = (
        weights[0], weights[1], weights[2], weights[3], weights[4], weights[5], weights[6], weights[7],
    )  # fmt: skip
    for s in range(BLOCK):
        px, py, pz = x[s] * scale + _HALF, y[s] * scale + _HALF, z[s] * scale + _HALF
        fx, fy, fz = px - np.float32(np.int32(px)), py - np.float32(np.int32(py)), pz - np.float32(np.int32(pz))
        gx, gy, gz = _ONE - fx, _ONE - fy, _ONE - fz
        a, b, c, d = gy * gz, fy * gz, gy * fz, fy * fz
        w0[s] = gx * a
        w1[s] = fx * a
        w2[s] = gx * b
        w3[s] = fx * b
        w4[s] = gx * c
        w5[s] = fx * c
        w6[s] = gx * d
        w7[s] = fx * d


@njit(**KERNEL)
def dense_corners(unit, start, scale, resolution, size, offset, corners):
    """Entries (8, BLOCK) of a densely indexed level; an index past the end wraps round, as the layout says."""
    x, y, z = unit[0, start : start + BLOCK], unit[1, start : start + BLOCK], unit[2, start : start + BLOCK]
    i0, i1, i2, i3, i4, i5, i6, i7 = (
        corners[0], corners[1], corners[2], corners[3], corners[4], corners[5], corners[6], corners[7],
    )  # fmt: skip
    layer = np.uint32(resolution * resolution)
    for s in range(BLOCK):
        ix = np.uint32(np.int32(x[s] * scale + _HALF))
        iy = np.uint32(np.int32(y[s] * scale + _HALF))
        iz = np.uint32(np.int32(z[s] * scale + _HALF))
        q0 = np.uint32(ix + np.uint32(np.uint32(iy * resolution) + np.uint32(iz * layer)))
        q1, q2, q4 = np.uint32(q0 + _U1), np.uint32(q0 + resolution), np.uint32(q0 + layer)
        q3, q5, q6 = np.uint32(q2 + _U1), np.uint32(q4 + _U1), np.uint32(q4 + resolution)
        q7 = np.uint32(q6 + _U1)
        # Unsigned subtraction wraps to a huge number while q < size, so the smaller one is q modulo size.
        i0[s] = np.uint32(min(q0, np.uint32(q0 - size)) + offset)
        i1[s] = np.uint32(min(q1, np.uint32(q1 - size)) + offset)
        i2[s] = np.uint32(min(q2, np.uint32(q2 - size)) + offset)
        i3[s] = np.uint32(min(q3, np.uint32(q3 - size)) + offset)
        i4[s] = np.uint32(min(q4, np.uint32(q4 - size)) + offset)
        i5[s] = np.uint32(min(q5, np.uint32(q5 - size)) + offset)
        i6[s] = np.uint32(min(q6, np.uint32(q6 - size)) + offset)
        i7[s] = np.uint32(min(q7, np.uint32(q7 - size)) + offset)


@njit(**KERNEL)
def hashed_corners(unit, start, scale, size, offset, corners):
    """Entries (8, BLOCK) of a hashed level."""
    x, y, z = unit[0, start : start + BLOCK], unit[1, start : start + BLOCK], unit[2, start : start + BLOCK]
    i0, i1, i2, i3, i4, i5, i6, i7 = (
        corners[0], corners[1], corners[2], corners[3], corners[4], corners[5], corners[6], corners[7],
    )  # fmt: skip
    mask = np.uint32(size - _U1)
    for s in range(BLOCK):
        x0 = np.uint32(np.int32(x[s] * scale + _HALF))
        y0 = np.uint32(np.uint32(np.int32(y[s] * scale + _HALF)) * _PRIME_Y)
        z0 = np.uint32(np.uint32(np.int32(z[s] * scale + _HALF)) * _PRIME_Z)
        x1, y1, z1 = np.uint32(x0 + _U1), np.uint32(y0 + _PRIME_Y), np.uint32(z0 + _PRIME_Z)
        a, b, c, d = np.uint32(y0 ^ z0), np.uint32(y1 ^ z0), np.uint32(y0 ^ z1), np.uint32(y1 ^ z1)
        i0[s] = np.uint32(np.uint32(np.uint32(x0 ^ a) & mask) + offset)
        i1[s] = np.uint32(np.uint32(np.uint32(x1 ^ a) & mask) + offset)
        i2[s] = np.uint32(np.uint32(np.uint32(x0 ^ b) & mask) + offset)
        i3[s] = np.uint32(np.uint32(np.uint32(x1 ^ b) & mask) + offset)
        i4[s] = np.uint32(np.uint32(np.uint32(x0 ^ c) & mask) + offset)
        i5[s] = np.uint32(np.uint32(np.uint32(x1 ^ c) & mask) + offset)
        i6[s] = np.uint32(np.uint32(np.uint32(x0 ^ d) & mask) + offset)
        i7[s] = np.uint32(np.uint32(np.uint32(x1 ^ d) & mask) + offset)


@njit(**KERNEL)
def level_corners(unit, start, level, layout, corners):
    """Entries (8, BLOCK) of one level; layout is the tuple of `kernel_layout`."""
    scales, resolutions, offsets, sizes, dense = layout
    if dense[level]:
        dense_corners(unit, start, scales[level], resolutions[level], sizes[level], offsets[level], corners)
    else:
        hashed_corners(unit, start, scales[level], sizes[level], offsets[level], corners)


@njit(**KERNEL)
def gather(table, corners, weights, features, row):
    """Write the four features (BLOCK,) of one level from row `row` on, of an (entries, 4) table."""
    i0, i1, i2, i3, i4, i5, i6, i7 = (
        corners[0], corners[1], corners[2], corners[3], corners[4], corners[5], corners[6], corners[7],
    )  # fmt: skip
    w0, w1, w2, w3, w4, w5, w6, w7 = (
        weights[0], weights[1], weights[2], weights[3], weights[4], weights[5], weights[6], weights[7],
    )  # fmt: skip
    f0, f1, f2, f3 = features[row], features[row + 1], features[row + 2], features[row + 3]
    for s in range(BLOCK):
        f0[s], f1[s], f2[s], f3[s] = blend(  # pyright: ignore[reportCallIssue]
            table, i0[s], i1[s], i2[s], i3[s], i4[s], i5[s], i6[s], i7[s],
            w0[s], w1[s], w2[s], w3[s], w4[s], w5[s], w6[s], w7[s],
        )  # fmt: skip


@njit(**KERNEL)
def encode_block(unit, start, table, layout, corners, weights, features):
    """Write features (4 L, BLOCK) of BLOCK points of the unit cube (3, N) from column `start`."""
    for level in range(len(layout[0])):
        corner_weights(unit, start, layout[0][level], weights)
        level_corners(unit, start, level, layout, corners)
        gather(table, corners, weights, features, 4 * level)


def kernel_layout(layout) -> tuple[np.ndarray, ...]:
    """A GridLayout as the arrays that kernels take: scales, resolutions, offsets, sizes, dense."""
    return layout.scales, layout.resolutions, layout.offsets, layout.sizes, layout.dense
