"""Scalar geometry of the fused engine: a ray's steps, the neck undone, the landmark warp, the eye features.

Twins of rays.py, unbend.py, warp.displacement_at and eyes.eye_features, which say what each number means.
"""

import numpy as np
from numba import njit

from emogene.render import eyes
from emogene.render.neck import NECK_HIGH, NECK_LOW, NECK_SLOPE
from emogene.render.occupancy import OCCUPIED
from emogene.render.rays import BEND_MARGIN
from emogene.render.unbend import HEIGHT_SLOPE, ROUNDS, SAFETY, STEEPEST

from .cache import KERNEL
from .cpu_blend import blend

_ZERO, _HALF, _ONE, _TWO, _THREE = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2), np.float32(3)
_FOUR = np.float32(4)
_LIFT = np.uint64(1)
_SLOPE, _LOW, _PER_BAND = np.float32(NECK_SLOPE), np.float32(NECK_LOW), np.float32(1 / (NECK_HIGH - NECK_LOW))
_HIGH, _PER_SLOPE = np.float32(NECK_HIGH), np.float32(1 / HEIGHT_SLOPE)
_SAFETY, _STEEPEST = np.float32(SAFETY), np.float32(STEEPEST)
_MARGIN, _TINY, _FAR = np.float32(BEND_MARGIN), np.float32(1e-9), np.float32(1e9)
_EYE, _IRIS = np.float32(1 / eyes.EYE_RADIUS), np.float32(1 / eyes.IRIS_RADIUS)
_WINDOW_END = np.float32(eyes.WINDOW_FULL + eyes.WINDOW_FADE)
_WINDOW_FAR = np.float32(((eyes.WINDOW_FULL + eyes.WINDOW_FADE) * eyes.EYE_RADIUS) ** 2)
_PER_WINDOW, _PER_FRONT = np.float32(1 / eyes.WINDOW_FADE), np.float32(1 / eyes.FRONT_FADE)
_FRONT = np.float32(eyes.FRONT_START)
_IRIS_SLOPE, _PUPIL_SLOPE = np.float32(eyes.IRIS_SLOPE), np.float32(eyes.PUPIL_SLOPE)
_PUPIL = np.float32(eyes.PUPIL_SIZE)


@njit(**KERNEL)
def neck_weight(y, z):
    """Weight of the head's pose at a canonical point."""
    t = min(max((y + _SLOPE * z - _LOW) * _PER_BAND, _ZERO), _ONE)
    return t * t * (_THREE - _TWO * t)


@njit(**KERNEL)
def neck_slope(y, z):
    """How steep the weight is at a canonical point, as a share of its steepest (unbend.STEEPEST)."""
    t = min(max((y + _SLOPE * z - _LOW) * _PER_BAND, _ZERO), _ONE)
    return _FOUR * t * (_ONE - t)


@njit(**KERNEL)
def _inverse(pose, x, y, z):
    """Rigid inverse of a (3, 4) pose."""
    x, y, z = x - pose[0, 3], y - pose[1, 3], z - pose[2, 3]
    return _turned_back(pose, x, y, z)


@njit(**KERNEL)
def _turned_back(pose, x, y, z):
    """Transposed rotation of a (3, 4) pose."""
    return (
        pose[0, 0] * x + pose[1, 0] * y + pose[2, 0] * z,
        pose[0, 1] * x + pose[1, 1] * y + pose[2, 1] * z,
        pose[0, 2] * x + pose[1, 2] * y + pose[2, 2] * z,
    )


@njit(**KERNEL)
def _forward(pose, x, y, z):
    return (
        pose[0, 0] * x + pose[0, 1] * y + pose[0, 2] * z + pose[0, 3],
        pose[1, 0] * x + pose[1, 1] * y + pose[1, 2] * z + pose[1, 3],
        pose[2, 0] * x + pose[2, 1] * y + pose[2, 2] * z + pose[2, 3],
    )


@njit(**KERNEL)
def _blend(head, torso, px, py, pz, hx, hy, hz, tx, ty, tz, w):
    """Canonical point of a world point in the bent neck, from its two rigid candidates and a first weight."""
    v = _ONE - w
    x, y, z = w * hx + v * tx, w * hy + v * ty, w * hz + v * tz
    for _ in range(ROUNDS):
        w = neck_weight(y, z)
        v = _ONE - w
        ax, ay, az = _forward(head, x, y, z)
        bx, by, bz = _forward(torso, x, y, z)
        rx, ry, rz = px - (w * ax + v * bx), py - (w * ay + v * by), pz - (w * az + v * bz)
        ax, ay, az = _turned_back(head, rx, ry, rz)
        bx, by, bz = _turned_back(torso, rx, ry, rz)
        x, y, z = x + (w * ax + v * bx), y + (w * ay + v * by), z + (w * az + v * bz)
    return x, y, z


@njit(**KERNEL)
def set_ray(ray, head, torso, ox, oy, oz, dx, dy, dz):
    """Fill a ray (18,): origin and direction in the world, then under the head's pose, then under the torso's."""
    ray[0], ray[1], ray[2], ray[3], ray[4], ray[5] = ox, oy, oz, dx, dy, dz
    ray[6], ray[7], ray[8] = _inverse(head, ox, oy, oz)
    ray[9], ray[10], ray[11] = _turned_back(head, dx, dy, dz)
    ray[12], ray[13], ray[14] = _inverse(torso, ox, oy, oz)
    ray[15], ray[16], ray[17] = _turned_back(torso, dx, dy, dz)


@njit(**KERNEL)
def canonical_at(ray, t, head, torso):
    """Canonical point at distance t along a ray (18,) of `set_ray`: the neck undone, as unbend.py says."""
    ty, tz = ray[13] + t * ray[16], ray[14] + t * ray[17]
    by_torso = neck_weight(ty, tz)
    tx = ray[12] + t * ray[15]
    if by_torso <= _ZERO:
        return tx, ty, tz
    hy, hz = ray[7] + t * ray[10], ray[8] + t * ray[11]
    by_head = neck_weight(hy, hz)
    hx = ray[6] + t * ray[9]
    if by_head >= _ONE:
        return hx, hy, hz
    px, py, pz = ray[0] + t * ray[3], ray[1] + t * ray[4], ray[2] + t * ray[5]
    return _blend(head, torso, px, py, pz, hx, hy, hz, tx, ty, tz, _HALF * (by_head + by_torso))


@njit(**KERNEL)
def world_room(room, head, torso, x, y, z):
    """Metres that one may move in the world while a canonical point moves less than `room` (see unbend.py)."""
    height = y + _SLOPE * z
    rigid = max(height - _HIGH, _LOW - height) * _PER_SLOPE
    if rigid >= room:
        return room
    ax, ay, az = _forward(head, x, y, z)
    bx, by, bz = _forward(torso, x, y, z)
    apart = np.sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by) + (az - bz) * (az - bz))
    return min(room, max(rigid, room * (_SAFETY - _STEEPEST * apart)))


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
def slab(pose, box, margin, ox, oy, oz, dx, dy, dz):
    """Entry and exit distance of a ray through a canonical box (2, 3) under one pose; entry >= exit where it misses."""
    sx, sy, sz = _inverse(pose, ox, oy, oz)
    ux, uy, uz = _turned_back(pose, dx, dy, dz)
    near, far = _ZERO, _FAR
    for axis in range(3):
        s, u = (sx, ux) if axis == 0 else ((sy, uy) if axis == 1 else (sz, uz))
        if abs(u) < _TINY:
            u = _TINY
        a, b = (box[0, axis] - margin - s) / u, (box[1, axis] + margin - s) / u
        near, far = max(near, min(a, b)), min(far, max(a, b))
    return near, far


@njit(**KERNEL)
def head_steps(k, end, shift, most, ray, places, space, warp, found, steps, n):
    """Write a ray's next samples on the head, at most so many, from column n on; returns the next step and column.

    Args:
        shift: where in a step the sample lies: a half, or anywhere from 0 to 1 in training.
        ray: (18,) of `set_ray`.
        space: free (G, G, G) of occupancy.free_steps, surface (S, S, S / 8) bits, low, side, step, samples at most,
            box (2, 3) that holds all that is occupied.
        warp: displacement grid, its origin, cells a metre.
        found: (9, N) canonical point, unit-cube point on the reference face, displacement; and steps (N,).
    """
    free, surface, low, side, step, _, _ = space
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
    """The same for the torso, with the neck undone; `places` are the poses of head and torso, `bent` of BentCells."""
    free, surface, low, side, step, _, _ = space
    head, torso = places
    per_cell = np.float32(free.shape[0]) / side
    last = n + most
    while k < end and n < last:
        t = (np.float32(k) + shift) * step
        room = bent_room(ray, t, bent)
        if room >= _ZERO:
            k += int(room / step) + 1
            continue
        x, y, z = canonical_at(ray, t, head, torso)
        room = cell_of(free, (x - low[0]) * per_cell, (y - low[1]) * per_cell, (z - low[2]) * per_cell)
        if room == OCCUPIED:
            n = keep(x, y, z, k, surface, low, side, warp, found, steps, n)
            k += 1
        elif room == 0:
            k += 1
        else:
            k += max(1, int(world_room(np.float32(room) * step, head, torso, x, y, z) / step) + 1)
    return k, n


@njit(**KERNEL)
def reach_of(pose, box, ox, oy, oz):
    """Metres from a point to the farthest that a box (2, 3) under a pose comes, and a little more."""
    x, y, z = _inverse(pose, ox, oy, oz)
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
    head, torso = places
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
    free, _, low, side, step, _, _ = space
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


@njit(**KERNEL)
def near_eye(centres, x, y, z):
    """Whether a canonical point lies in an eye's window; elsewhere its features are 0."""
    eye = 0 if x < _ZERO else 1
    ex, ey, ez = x - centres[eye, 0], y - centres[eye, 1], z - centres[eye, 2]
    return ex * ex + ey * ey + ez * ez <= _WINDOW_FAR


@njit(**KERNEL)
def eye_features(centres, axes, x, y, z):
    """The five numbers of eyes.eye_features for one canonical point."""
    if not near_eye(centres, x, y, z):
        return _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    eye = 0 if x < _ZERO else 1
    ex, ey, ez = x - centres[eye, 0], y - centres[eye, 1], z - centres[eye, 2]
    far = ex * ex + ey * ey + ez * ez
    window = (_WINDOW_END - np.sqrt(far) * _EYE) * _PER_WINDOW
    front = axes[2, 0] * ex + axes[2, 1] * ey + axes[2, 2] * ez
    window = min(max(window, _ZERO), _ONE) * min(max((front * _EYE - _FRONT) * _PER_FRONT, _ZERO), _ONE)
    if window <= _ZERO:
        return _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    u = (axes[0, 0] * ex + axes[0, 1] * ey + axes[0, 2] * ez) * _IRIS
    v = (axes[1, 0] * ex + axes[1, 1] * ey + axes[1, 2] * ez) * _IRIS
    radius = np.sqrt(u * u + v * v)
    iris = min(max(_HALF + _IRIS_SLOPE * (_ONE - radius), _ZERO), _ONE)
    pupil = min(max(_HALF + _PUPIL_SLOPE * (_PUPIL - radius), _ZERO), _ONE)
    u, v = _HALF * min(max(u, -_TWO), _TWO), _HALF * min(max(v, -_TWO), _TWO)
    return window * u, window * v, window * iris, window * pupil, window
