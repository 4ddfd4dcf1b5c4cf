"""Kernels that make training samples: rays of many frames marched, described and thinned out."""

import numpy as np
from numba import njit, prange

from emogene.compiled_kernels import KERNEL

from .field import DENSITY_SHIFT
from .kernels.cpu_bends import across_of, set_ray
from .kernels.cpu_bundles import bundle_span
from .kernels.cpu_density import head_inputs, torso_inputs
from .kernels.cpu_encode import BLOCK, encode_block
from .kernels.cpu_march import head_steps, keep, torso_steps
from .kernels.cpu_networks import layer, rectify, sigmoid

DARK = 0.004
"""Samples with less transmittance before them are not trained on, but for the first of them."""
CLEAR = 0.002
"""Samples more transparent than this are not trained on."""
_SHIFT = np.float32(DENSITY_SHIFT)
_DARK, _CLEAR = np.float32(DARK), np.float32(CLEAR)
_ONE, _ZERO = np.float32(1), np.float32(0)


@njit(parallel=True, **KERNEL)
def march(
    kind, frame, origins, directions, shift, poses, torso, space, bent, warps, origin, per_cell, found, steps, counts
):  # fmt: skip
    """Each ray's first K samples, found (R, 9, K) as in cpu_march.head_steps, and how many there are (R,)."""
    across = np.empty(poses.shape, np.float32)
    for f in range(len(poses)):
        across[f] = across_of(poses[f], torso)
    for r in prange(len(frame)):
        places = (poses[frame[r]], torso, across[frame[r]])
        o, d = origins[r], directions[r]
        ray = np.empty(18, np.float32)
        set_ray(ray, places[0], torso, o[0], o[1], o[2], d[0], d[1], d[2])
        warp = (warps[frame[r]], origin, per_cell)
        most = found.shape[2]
        k, end = bundle_span(kind, places, space, _ZERO, ray)
        if kind == 0:
            _, n = head_steps(k, end, shift[r], most, ray, places, space, warp, found[r], steps[r], 0)
        else:
            _, n = torso_steps(k, end, shift[r], most, ray, places, space, bent, warp, found[r], steps[r], 0)
        counts[r] = n


@njit(parallel=True, **KERNEL)
def place(points, block_frame, low, side, warps, origin, per_cell, surface, found, steps):
    """Fill found (9, N) of canonical points (N, 3), whatever the surface grid says."""
    for i in prange(len(points)):
        warp = (warps[block_frame[i // BLOCK]], origin, per_cell)
        keep(points[i, 0], points[i, 1], points[i, 2], 0, surface, low, side, warp, found, steps, i)


@njit(parallel=True, **KERNEL)
def describe(kind, frame, found, skipped, counts, starts, centres, axes, head_colour, unit, direct):
    """Unit-cube positions and direct inputs of samples found (R, 9, K) from number `skipped` on, `counts` of each ray,
    from column `starts` on."""
    for r in prange(len(frame)):
        for i in range(counts[r]):
            at, n = starts[r] + i, skipped + i
            unit[0, at], unit[1, at], unit[2, at] = found[r, 3, n], found[r, 4, n], found[r, 5, n]
            if kind == 0:
                head_inputs(found[r], n, centres, axes[frame[r]], direct, at)
            else:
                torso_inputs(found[r], n, head_colour[r], direct, at)


@njit(parallel=True, **KERNEL)
def opacities(unit, direct, block_frame, biases, table, layout, density_in, density_out, zeros, alpha):
    """Opacity (N,) of one step at samples in full blocks, each of one frame."""
    for block in prange(len(block_frame)):
        start = block * BLOCK
        hashed = density_in.shape[1] - direct.shape[0]
        corners = np.empty((8, BLOCK), np.uint32)
        weights = np.empty((8, BLOCK), np.float32)
        features = np.zeros((density_in.shape[1], BLOCK), np.float32)
        hidden = np.empty((density_in.shape[0], BLOCK), np.float32)
        outputs = np.empty((4, BLOCK), np.float32)
        encode_block(unit, start, table, layout, corners, weights, features)
        for row in range(direct.shape[0]):
            for s in range(BLOCK):
                features[hashed + row, s] = direct[row, start + s]
        layer(density_in, biases[block_frame[block]], features, hidden)
        rectify(hidden)
        layer(density_out, zeros, hidden, outputs)
        sigmoid(outputs[0], _SHIFT, alpha[start : start + BLOCK])


@njit(**KERNEL)
def choose(counts, starts, alpha, through, chosen, kept):
    """Mark the samples (N,) that light reaches and that are not clear; adds to how many each ray keeps (R,).

    A clear sample's gradient is its opacity's share of next to nothing, so leaving it out changes little. The first
    sample that no light reaches is marked, too: surfaces must not be hollow (composite.Composed.hollow). `through` (R,)
    is the light left before the samples, and then after them.
    """
    for r in range(len(counts)):
        for n in range(counts[r]):
            dark = through[r] <= _DARK
            a = alpha[starts[r] + n]
            through[r] *= _ONE - a
            if dark or a >= _CLEAR:
                chosen[starts[r] + n] = True
                kept[r] += 1
            if dark:
                break


@njit(parallel=True, **KERNEL)
def compact(
    skipped, chosen, counts, starts, firsts, targets, done, steps, unit, direct,
    ray, order, column, new_steps, new_unit, new_direct,
):  # fmt: skip
    """Copy the chosen samples to their new places, after the `done` (R,) that each ray has there already."""
    for r in prange(len(counts)):
        m = done[r]
        for n in range(counts[r]):
            old = starts[r] + n
            if not chosen[old]:
                continue
            at = targets[r] + m
            ray[firsts[r] + m] = r
            order[firsts[r] + m] = m
            column[firsts[r] + m] = at
            new_steps[firsts[r] + m] = steps[r, skipped + n]
            for axis in range(3):
                new_unit[axis, at] = unit[axis, old]
            for row in range(direct.shape[0]):
                new_direct[row, at] = direct[row, old]
            m += 1
        done[r] = m
