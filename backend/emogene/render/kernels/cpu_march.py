"""The steps of one ray: empty space skipped, the landmark warp, and what is kept as a sample.

Twins of torch_march.py and warp.displacement_at, which say what each number means.
"""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL
from emogene.render.occupancy import OCCUPIED

from .cpu_bends import canonical_at, world_room
from .cpu_blend import blend

_ZERO, _ONE, _LIFT = np.float32(0), np.float32(1), np.uint64(1)


@njit(**KERNEL)
def head_steps(k, end, shift, most, ray, places, space, warp, found, steps, n):
    """Write a ray's next samples on the head, at most so many, from column n on; returns the next step and column.

    Args:
        shift: where in a step the sample lies: a half, or anywhere from 0 to 1 in training.
        ray: (18,) of `set_ray`.
        space: free (G, G, G) of occupancy.free_steps, surface (S, S, S / 8) bits, low, side, step, samples at most,
            box (2, 3) that holds all that is occupied, aim (metres for a first feature of 1).
        warp: displacement grid, its origin, cells a metre.
        found: (9, N) canonical point, unit-cube point on the reference face, displacement; and steps (N,).
    """
    free, surface, low, side, step = space[0], space[1], space[2], space[3], space[4]
    per_cell = np.float32(free.shape[0]) / side
    ox, oy, oz, dx, dy, dz = ray[6], ray[7], ray[8], ray[9], ray[10], ray[11]
    last = n + most
    while k < end and n < last:
        t = (np.float32(k) + shift) * step
        x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
        room = cell_of(free, (x - low[0]) * per_cell, (y - low[1]) * per_cell, (z - low[2]) * per_cell)
        if room == OCCUPIED:
            n = keep(x, y, z, k, surface, low, side, warp, found, steps, n)
        k += jump(room)
    return k, n


@njit(**KERNEL)
def torso_steps(k, end, shift, most, ray, places, space, bent, warp, found, steps, n):
    """The same for the torso, with the neck undone; `places` of `placed`, `bent` of BentCells."""
    free, surface, low, side, step = space[0], space[1], space[2], space[3], space[4]
    across = places[2]
    per_cell = np.float32(free.shape[0]) / side
    last = n + most
    while k < end and n < last:
        t = (np.float32(k) + shift) * step
        room = bent_room(ray, t, bent)
        if room >= _ZERO:
            k += int(room / step) + 1
            continue
        x, y, z = canonical_at(ray, t, across)
        room = cell_of(free, (x - low[0]) * per_cell, (y - low[1]) * per_cell, (z - low[2]) * per_cell)
        if room == OCCUPIED:
            n = keep(x, y, z, k, surface, low, side, warp, found, steps, n)
            k += 1
        elif room == 0:
            k += 1
        else:
            k += max(1, int(world_room(np.float32(room) * step, across, x, y, z) / step) + 1)
    return k, n


@njit(**KERNEL)
def bent_room(ray, t, bent):
    """Metres that a ray may go on from t without meeting the torso, by cpu_clearance's cells; -1 where it may be."""
    cells, rooms, low, per_cell, coarse = bent
    top = cells.shape[0] - 1
    jx = min(max(int((ray[12] + t * ray[15] - low[0]) * per_cell), 0), top)
    jy = min(max(int((ray[13] + t * ray[16] - low[1]) * per_cell), 0), top)
    jz = min(max(int((ray[14] + t * ray[17] - low[2]) * per_cell), 0), top)
    room = rooms[jx >> 1, jy >> 1, jz >> 1]
    if room > 0:
        return np.float32(room - 1) * coarse
    return -_ONE if (cells[jx, jy, jz >> 6] >> np.uint64(jz & 63)) & _LIFT else _ZERO


@njit(**KERNEL)
def jump(room):
    """Steps to the next place worth a look, from the free steps of a cell: as far as they reach, and one on."""
    return 1 if room == OCCUPIED else int(room) + 1


@njit(**KERNEL)
def cell_of(free, ix, iy, iz):
    """Free steps of the cell at a place in cells; outside the nearest cell's, which is never occupied there."""
    cells = free.shape[0]
    top = np.float32(cells)
    inside = ix >= _ZERO and iy >= _ZERO and iz >= _ZERO and ix < top and iy < top and iz < top
    jx = min(max(int(ix), 0), cells - 1)
    jy = min(max(int(iy), 0), cells - 1)
    jz = min(max(int(iz), 0), cells - 1)
    room = free[jx, jy, jz]
    return room if inside or room != OCCUPIED else np.uint8(0)


@njit(**KERNEL)
def keep(x, y, z, k, surface, low, side, warp, found, steps, n):
    """Write a canonical point as sample n if something is there on the reference face; returns the next column."""
    values, origin, per_cell = warp
    mx, my, mz = displacement(values, origin, per_cell, x, y, z)
    per_side = _ONE / side
    ux = min(max((x + mx - low[0]) * per_side, _ZERO), _ONE)
    uy = min(max((y + my - low[1]) * per_side, _ZERO), _ONE)
    uz = min(max((z + mz - low[2]) * per_side, _ZERO), _ONE)
    cells = surface.shape[0]
    top = np.float32(cells)
    jx, jy, jz = min(int(ux * top), cells - 1), min(int(uy * top), cells - 1), min(int(uz * top), cells - 1)
    if (surface[jx, jy, jz >> 3] >> (7 - (jz & 7))) & 1 == 0:
        return n
    found[0, n], found[1, n], found[2, n] = x, y, z
    found[3, n], found[4, n], found[5, n] = ux, uy, uz
    found[6, n], found[7, n], found[8, n] = mx, my, mz
    steps[n] = k
    return n + 1


@njit(**KERNEL)
def displacement(values, origin, per_cell, x, y, z):
    """Trilinear displacement of a (nx, ny, nz, 4) warp grid at a canonical point; 0 outside."""
    px, py, pz = (x - origin[0]) * per_cell, (y - origin[1]) * per_cell, (z - origin[2]) * per_cell
    nx, ny, nz = values.shape[0] - 1, values.shape[1] - 1, values.shape[2] - 1
    if not (px >= _ZERO and py >= _ZERO and pz >= _ZERO):
        return _ZERO, _ZERO, _ZERO
    if not (px < np.float32(nx) and py < np.float32(ny) and pz < np.float32(nz)):
        return _ZERO, _ZERO, _ZERO
    ix, iy, iz = int(px), int(py), int(pz)
    fx, fy, fz = px - np.float32(ix), py - np.float32(iy), pz - np.float32(iz)
    gx, gy, gz = _ONE - fx, _ONE - fy, _ONE - fz
    row = values.shape[2]
    layer = row * values.shape[1]
    i0 = np.uint32(ix * layer + iy * row + iz)
    i4, i2 = np.uint32(i0 + layer), np.uint32(i0 + row)
    i6 = np.uint32(i4 + row)
    a, b, c, d = gx * gy, gx * fy, fx * gy, fx * fy
    dx, dy, dz, _ = blend(  # pyright: ignore[reportCallIssue]
        values, i0, np.uint32(i0 + 1), i2, np.uint32(i2 + 1), i4, np.uint32(i4 + 1), i6, np.uint32(i6 + 1),
        a * gz, a * fz, b * gz, b * fz, c * gz, c * fz, d * gz, d * fz,
    )  # fmt: skip
    return dx, dy, dz
