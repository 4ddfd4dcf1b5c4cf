"""Empty space skipped by many rays at once: where a bundle may first meet something, by its middle ray's clearance."""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL
from emogene.render.occupancy import OCCUPIED
from emogene.render.rays import BEND_MARGIN

from .cpu_bends import inverse, turned_back
from .cpu_march import bent_room, cell_of

_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_MARGIN, _TINY, _FAR = np.float32(BEND_MARGIN), np.float32(1e-9), np.float32(1e9)


@njit(**KERNEL)
def slab(pose, box, margin, ox, oy, oz, dx, dy, dz):
    """Entry and exit distance of a ray through a canonical box (2, 3) under one pose; entry >= exit where it misses."""
    sx, sy, sz = inverse(pose, ox, oy, oz)
    ux, uy, uz = turned_back(pose, dx, dy, dz)
    near, far = _ZERO, _FAR
    for axis in range(3):
        s, u = (sx, ux) if axis == 0 else ((sy, uy) if axis == 1 else (sz, uz))
        if abs(u) < _TINY:
            u = _TINY
        a, b = (box[0, axis] - margin - s) / u, (box[1, axis] + margin - s) / u
        near, far = max(near, min(a, b)), min(far, max(a, b))
    return near, far


@njit(**KERNEL)
def reach_of(pose, box, ox, oy, oz):
    """Metres from a point to the farthest that a box (2, 3) under a pose comes, and a little more."""
    x, y, z = inverse(pose, ox, oy, oz)
    total, half = _ZERO, _ZERO
    for axis in range(3):
        from_middle = (x if axis == 0 else (y if axis == 1 else z)) - _HALF * (box[0, axis] + box[1, axis])
        total += from_middle * from_middle
        half += (box[1, axis] - box[0, axis]) * (box[1, axis] - box[0, axis])
    return np.sqrt(total) + _HALF * np.sqrt(half) + _TWO * _MARGIN


@njit(**KERNEL)
def bundle_span(kind, places, space, spread, ray):
    """First and end step at which rays about this one may be inside the box of what is occupied; equal where none is.

    Args:
        kind: 0 for the head, 1 for the torso.
        spread: as in `bundle_start`.
    """
    step, box = space[4], space[6]
    head, torso = places[0], places[1]
    ox, oy, oz, dx, dy, dz = ray[0], ray[1], ray[2], ray[3], ray[4], ray[5]
    first, end = _FAR, _ZERO
    for part in range(kind + 1):
        pose = head if part == 0 else torso
        margin = (step if kind == 0 else _MARGIN) + spread * reach_of(pose, box, ox, oy, oz)
        near, far = slab(pose, box, margin, ox, oy, oz, dx, dy, dz)
        if far > near:
            first, end = min(first, near), max(end, far)
    if end <= first:
        return 0, 0
    return int(np.floor(first / step)), int(np.ceil(end / step))


@njit(**KERNEL)
def bundle_start(kind, k, end, spread, ray, space, bent):
    """First step at which rays about this one may come upon an occupied cell; `end` if none does.

    Args:
        kind: 0 for the head, 1 for the torso.
        spread: how far directions of the bundle lie from this ray's at most, so they part by spread metres a metre.
    """
    free, low, side, step = space[0], space[2], space[3], space[4]
    per_cell = np.float32(free.shape[0]) / side
    while k < end:
        t = (np.float32(k) + _HALF) * step
        if kind == 1:
            room = bent_room(ray, t, bent)
            if room < _ZERO:
                return k
        else:
            x, y, z = ray[6] + t * ray[9], ray[7] + t * ray[10], ray[8] + t * ray[11]
            steps = cell_of(free, (x - low[0]) * per_cell, (y - low[1]) * per_cell, (z - low[2]) * per_cell)
            if steps == OCCUPIED:
                return k
            room = np.float32(steps) * step
        # Going on by n steps, the bundle has spread to (t + n * step) * spread; all of that must lie in the room.
        free_here = room - t * spread
        if free_here < _ZERO:
            return k
        k += int(free_here / (step * (_ONE + spread))) + 1
    return end
