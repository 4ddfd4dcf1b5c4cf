"""Density network on a wave's samples: hash features and direct inputs to opacity and features, in full blocks."""

import numpy as np
from numba import njit

from emogene.render.field import DENSITY_SHIFT, DIRECT, DISPLACEMENT_SCALE

from .cache import KERNEL
from .cpu_encode import BLOCK, encode_block
from .cpu_march import eye_features
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
        for s in range(BLOCK):
            at = min(start + s, n - 1)
            unit[0, s], unit[1, s], unit[2, s] = found[3, at], found[4, at], found[5, at]
            if kind == 0:
                head_inputs(found, at, centres, axes, direct, s)
            else:
                torso_inputs(found, at, head_colour[sample_ray[at]], direct, s)
        encode_block(unit, 0, table, layout, corners, weights, inputs)
        layer(density_in, bias, inputs, hidden)
        rectify(hidden[:width])
        layer(density_out, zeros, hidden, outputs)
        for s in range(min(BLOCK, n - start)):
            for g in range(rows):
                geometry[start + s, g] = outputs[g, s]
        sigmoid(outputs[0], _SHIFT, outputs[0])
        for s in range(min(BLOCK, n - start)):
            alpha[start + s] = outputs[0, s]
