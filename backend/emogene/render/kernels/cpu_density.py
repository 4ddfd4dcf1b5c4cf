"""Density network on a wave's samples: hash features and direct inputs to opacity and features, in full blocks."""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL
from emogene.render.field import DENSITY_SHIFT, DIRECT, DISPLACEMENT_SCALE

from .cpu_encode import BLOCK, encode_block
from .cpu_eyes import eye_features, near_eye
from .cpu_networks import layer, rectify, sigmoid

_SHIFT, _SCALE = np.float32(DENSITY_SHIFT), np.float32(DISPLACEMENT_SCALE)
_ZERO, _ONE = np.float32(0), np.float32(1)


@njit(**KERNEL)
def block_buffers(networks, capacity):
    """Room for one field: unit, inputs, corners, their weights, hidden, second; geometry (capacity, G); colours."""
    density_in, _, density_out, colour_in = networks[0], networks[1], networks[2], networks[3]
    width = max(density_in.shape[0], colour_in.shape[0])
    return (
        np.empty((3, BLOCK), np.float32),
        np.zeros((max(density_in.shape[1], colour_in.shape[1]), BLOCK), np.float32),
        np.empty((8, BLOCK), np.uint32),
        np.empty((8, BLOCK), np.float32),
        np.empty((width, BLOCK), np.float32),
        np.empty((width, BLOCK), np.float32),
        np.empty((capacity, density_out.shape[0]), np.float32),
        np.empty((max(density_out.shape[0], 4), BLOCK), np.float32),
    )


@njit(**KERNEL)
def head_inputs_of(found, start, n, centres, axes, direct):
    """head_inputs of a block of samples from column `start` of found (9, N) on, the last of n samples repeated.

    Most samples are far from the eyes, and what does not depend on them vectorises.
    """
    for row in range(5):
        direct[row, :] = _ZERO
    last = min(BLOCK, n - start)
    for s in range(last):
        at = start + s
        x, y, z = found[0, at], found[1, at], found[2, at]
        if near_eye(centres, x, y, z):
            direct[0, s], direct[1, s], direct[2, s], direct[3, s], direct[4, s] = eye_features(centres, axes, x, y, z)
    _displacements(found, start, last, direct[5:8])
    for row in range(5):
        direct[row, last:] = direct[row, last - 1]


@njit(**KERNEL)
def _displacements(found, start, last, rows):
    """Write the scaled displacements of `last` samples to rows (3, BLOCK), the last one's to the rest."""
    for axis in range(3):
        source, row = found[6 + axis, start : start + last], rows[axis]
        for s in range(last):
            row[s] = source[s] * _SCALE
        row[last:] = row[last - 1]


@njit(**KERNEL)
def torso_inputs_of(found, start, n, head_colour, sample_ray, direct):
    """torso_inputs of a block of samples; head_colour (R, 4) by rays, sample_ray (N,)."""
    last = min(BLOCK, n - start)
    for s in range(BLOCK):
        colour = head_colour[sample_ray[start + min(s, last - 1)]]
        direct[0, s], direct[1, s], direct[2, s], direct[3, s] = colour[0], colour[1], colour[2], colour[3]
    _displacements(found, start, last, direct[4:7])
    direct[7, :] = _ONE


@njit(**KERNEL)
def head_inputs(found, at, centres, axes, direct, s):
    """Write the head's direct inputs of one sample into column s of (DIRECT, N)."""
    u, v, iris, pupil, window = eye_features(centres, axes, found[0, at], found[1, at], found[2, at])
    direct[0, s] = u
    direct[1, s] = v
    direct[2, s] = iris
    direct[3, s] = pupil
    direct[4, s] = window
    direct[5, s] = found[6, at] * _SCALE
    direct[6, s] = found[7, at] * _SCALE
    direct[7, s] = found[8, at] * _SCALE


@njit(**KERNEL)
def torso_inputs(found, at, colour, direct, s):
    """Write the torso's direct inputs of one sample into column s of (DIRECT, N); colour (4,) is the head's."""
    direct[0, s] = colour[0]
    direct[1, s] = colour[1]
    direct[2, s] = colour[2]
    direct[3, s] = colour[3]
    direct[4, s] = found[6, at] * _SCALE
    direct[5, s] = found[7, at] * _SCALE
    direct[6, s] = found[8, at] * _SCALE
    direct[7, s] = _ONE


@njit(**KERNEL)
def run_density(kind, n, found, gaze, head_colour, sample_ray, table, layout, networks, blocks, alpha):
    """Geometry (N, G) in blocks[6] and opacity (N,) of the first n samples; kind 0 is the head, 1 the torso."""
    unit, inputs, corners, weights, hidden, _, geometry, outputs = blocks
    centres, axes = gaze
    density_in, bias, density_out, zeros = networks[0], networks[1], networks[2], networks[7]
    rows, width = density_out.shape[0], density_in.shape[0]
    first = density_in.shape[1] - DIRECT
    direct = inputs[first : first + DIRECT]
    for start in range(0, n, BLOCK):
        last = min(BLOCK, n - start)
        for axis in range(3):
            unit[axis, :last] = found[3 + axis, start : start + last]
            unit[axis, last:] = unit[axis, last - 1]
        if kind == 0:
            head_inputs_of(found, start, n, centres, axes, direct)
        else:
            torso_inputs_of(found, start, n, head_colour, sample_ray, direct)
        encode_block(unit, 0, table, layout, corners, weights, inputs)
        layer(density_in, bias, inputs, hidden)
        rectify(hidden[:width])
        layer(density_out, zeros, hidden, outputs)
        for s in range(last):
            for g in range(rows):
                geometry[start + s, g] = outputs[g, s]
        sigmoid(outputs[0], _SHIFT, outputs[0])
        alpha[start : start + last] = outputs[0, :last]
