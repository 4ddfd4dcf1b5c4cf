"""Compositing of samples into rays (equations 6 and 7) and colour, once a ray; torso in front of and behind the head.

The head is composited alone, then counts as one layer at its distance: torso samples nearer than that lie over it,
others show through what it leaves. sums (R, G + 4) hold each ray's weight, weighted features, weighted distance,
weighted place in the unit cube.
"""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL
from emogene.render.field import DIRECTION_SCALE, FARTHEST_AIM
from emogene.render.rays import ALPHA_FLOOR, STOP_TRANSMITTANCE

from .cpu_encode import BLOCK, encode_block
from .cpu_networks import layer, rectify, sigmoid

_FLOOR, _STOP = np.float32(ALPHA_FLOOR), np.float32(STOP_TRANSMITTANCE)
_DIRECTION, _AIM = np.float32(DIRECTION_SCALE), np.float32(FARTHEST_AIM)
_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)


@njit(**KERNEL)
def add_samples(
    n, alpha, geometry, found, sample_ray, sample_step, step, head_colour, head_distance, through, front, sums
):  # fmt: skip
    """Take the first n samples in order; for the head's own, head_colour is 0 and head_distance infinite.

    Args:
        found: (9, N) of cpu_march.head_steps.
        through: (R,) transmittance of this field alone.
        front: (R,) what samples before the head leave of it.
    """
    rows = geometry.shape[1]
    for i in range(n):
        r, a = sample_ray[i], alpha[i]
        distance = (np.float32(sample_step[i]) + _HALF) * step
        behind = distance > head_distance[r]
        left = through[r] * (_ONE - head_colour[r, 3]) if behind else through[r]
        if left < _STOP or a < _FLOOR:
            continue
        w = left * a
        through[r] *= _ONE - a
        if not behind:
            front[r] = through[r]
        ray, values = sums[r], geometry[i]
        ray[0] += w
        for g in range(1, rows):
            ray[g] += w * values[g]
        ray[rows] += w * distance
        ray[rows + 1] += w * found[3, i]
        ray[rows + 2] += w * found[4, i]
        ray[rows + 3] += w * found[5, i]


@njit(**KERNEL)
def shade(sums, rays, space, table, layout, networks, blocks, head_colour, front, colour, distance, kind):
    """Colour every ray from its sums, in full blocks; returns how many rays showed something of this field.

    Args:
        rays: (R, 19) of cpu_frame.start_rays.
        space: of cpu_march.head_steps.
        table, layout: of the detail grid.
        front: (R,) share of the head that is left; 1 for the head itself.
        colour: (R, 4) premultiplied, to be written: this field's alone (kind 0), or over and under the head's (kind 1).
        distance: (R,) metres along the ray, to be written; for kind 1 it holds the head's.
    """
    unit, inputs, corners, weights, hidden, second, colours = (
        blocks[0], blocks[1], blocks[2], blocks[3], blocks[4], blocks[5], blocks[7],
    )  # fmt: skip
    colour_in, bias, colour_hidden, colour_out, zeros = networks[3], networks[4], networks[5], networks[6], networks[7]
    width, rows, terms = colour_in.shape[0], sums.shape[1] - 4, colour_in.shape[1]
    way, toward = rows + 4 * len(layout[0]), 9 if kind == 0 else 15
    shown = np.empty(BLOCK, np.int32)
    per_side, aim = _ONE / space[3], space[7]
    shaded, r, total = 0, 0, sums.shape[0]
    while r < total:
        n = 0
        while r < total and n < BLOCK:
            if sums[r, 0] > _ZERO:
                shown[n] = r
                n += 1
            else:
                place(r, sums[r, 0], _ZERO, _ZERO, _ZERO, sums[r, rows], head_colour, front, colour, distance, kind)
            r += 1
        if n == 0:
            break
        shaded += n
        for s in range(BLOCK):
            q = shown[min(s, n - 1)]
            mean = _ONE / sums[q, 0]
            ahead = min(max(sums[q, 1] * mean, -_AIM), _AIM) * aim
            inputs[0, s] = _ONE
            for g in range(1, rows):
                inputs[g, s] = sums[q, g] * mean
            for axis in range(3):
                moved = sums[q, rows + 1 + axis] * mean + rays[q, toward + axis] * (ahead * per_side)
                unit[axis, s] = min(max(moved, _ZERO), _ONE)
                inputs[way + axis, s] = rays[q, toward + axis] * _DIRECTION
            for g in range(way + 3, min(terms, way + 7)):
                inputs[g, s] = head_colour[q, g - way - 3]
        encode_block(unit, 0, table, layout, corners, weights, inputs[rows:way])
        layer(colour_in, bias, inputs, hidden)
        rectify(hidden[:width])
        layer(colour_hidden, zeros, hidden, second)
        rectify(second[:width])
        layer(colour_out, zeros, second, colours)
        for channel in range(3):
            sigmoid(colours[channel], _ZERO, colours[channel])
        for s in range(n):
            q = shown[s]
            ahead = min(max(sums[q, 1], -_AIM * sums[q, 0]), _AIM * sums[q, 0]) * aim
            place(
                q, sums[q, 0], colours[0, s], colours[1, s], colours[2, s], sums[q, rows] + ahead,
                head_colour, front, colour, distance, kind,
            )  # fmt: skip
    return shaded


@njit(**KERNEL)
def place(r, weight, red, green, blue, far, head_colour, front, colour, distance, kind):
    """Write one ray's colour and distance; where hardly anything is left it counts as opaque."""
    under = front[r] if kind == 1 else _ZERO
    head_alpha = head_colour[r, 3] * under if kind == 1 else _ZERO
    alpha = weight + head_alpha
    scale = _ONE / alpha if alpha > _ONE - _STOP else _ONE
    if kind == 1:
        far = far + head_alpha * distance[r] if head_alpha > _ZERO else far
        red = weight * red + under * head_colour[r, 0]
        green = weight * green + under * head_colour[r, 1]
        blue = weight * blue + under * head_colour[r, 2]
    else:
        red, green, blue = weight * red, weight * green, weight * blue
    colour[r, 0] = red * scale
    colour[r, 1] = green * scale
    colour[r, 2] = blue * scale
    colour[r, 3] = alpha * scale
    distance[r] = far / alpha if alpha > _ZERO else np.float32(np.inf)
