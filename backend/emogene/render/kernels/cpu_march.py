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

_ZERO, _HALF, _ONE, _TWO, _THREE = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2), np.float32(3)
_SLOPE, _LOW, _PER_BAND = np.float32(NECK_SLOPE), np.float32(NECK_LOW), np.float32(1 / (NECK_HIGH - NECK_LOW))
_HIGH, _PER_SLOPE = np.float32(NECK_HIGH), np.float32(1 / HEIGHT_SLOPE)
_SAFETY, _STEEPEST = np.float32(SAFETY), np.float32(STEEPEST)
_MARGIN, _TINY, _FAR = np.float32(BEND_MARGIN), np.float32(1e-9), np.float32(1e9)
_EYE, _IRIS = np.float32(1 / eyes.EYE_RADIUS), np.float32(1 / eyes.IRIS_RADIUS)
_WINDOW_END = np.float32(eyes.WINDOW_FULL + eyes.WINDOW_FADE)
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
def slab(pose, low, side, ox, oy, oz, dx, dy, dz):
    """Entry and exit distance of a ray through the canonical cube under one pose; entry > exit where it misses."""
    sx, sy, sz = _inverse(pose, ox, oy, oz)
    ux, uy, uz = _turned_back(pose, dx, dy, dz)
    near, far = _ZERO, _FAR
    for axis in range(3):
        s, u = (sx, ux) if axis == 0 else ((sy, uy) if axis == 1 else (sz, uz))
        if abs(u) < _TINY:
            u = _TINY
        a, b = (low[axis] - _MARGIN - s) / u, (low[axis] + side + _MARGIN - s) / u
        near, far = max(near, min(a, b)), min(far, max(a, b))
    return near, far


@njit(**KERNEL)
def span(head, torso, low, side, step, ox, oy, oz, dx, dy, dz):
    """First and end step of a ray (see rays.spans)."""
    near_h, far_h = slab(head, low, side, ox, oy, oz, dx, dy, dz)
    near_t, far_t = slab(torso, low, side, ox, oy, oz, dx, dy, dz)
    if far_h <= near_h and far_t <= near_t:
        return 0, 0
    if far_h <= near_h:
        near_h, far_h = near_t, far_t
    elif far_t > near_t:
        near_h, far_h = min(near_h, near_t), max(far_h, far_t)
    return int(np.floor(near_h / step)), int(np.ceil(far_h / step))


@njit(**KERNEL)
def occupied_steps(k, end, shift, most, ray, head, torso, free, low, per_cell, step, points, steps, n):
    """Write a ray's next steps in occupied cells, at most so many, from column n on; returns the next step and column.

    Args:
        shift: where in a step the sample lies: a half, or anywhere from 0 to 1 in training.
        ray: (18,) of `set_ray`.
        free: (G, G, G) uint8 of occupancy.free_steps.
        per_cell: cells a metre.
        points: (3, N) canonical positions, and steps (N,), to be filled.
    """
    cells = free.shape[0]
    top = np.float32(cells)
    last = n + most
    while k < end and n < last:
        x, y, z = canonical_at(ray, (np.float32(k) + shift) * step, head, torso)
        ix, iy, iz = (x - low[0]) * per_cell, (y - low[1]) * per_cell, (z - low[2]) * per_cell
        inside = ix >= _ZERO and iy >= _ZERO and iz >= _ZERO and ix < top and iy < top and iz < top
        jx = min(max(int(ix), 0), cells - 1)
        jy = min(max(int(iy), 0), cells - 1)
        jz = min(max(int(iz), 0), cells - 1)
        room = free[jx, jy, jz]
        if room == OCCUPIED:
            if inside:
                points[0, n], points[1, n], points[2, n] = x, y, z
                steps[n] = k
                n += 1
            k += 1
        elif room <= 1:
            k += 1
        else:
            k += max(1, int(world_room(np.float32(room) * step, head, torso, x, y, z) / step))
    return k, n


@njit(**KERNEL)
def displacement(values, origin, per_cell, x, y, z):
    """Trilinear displacement of a (nx, ny, nz, 3) warp grid at a canonical point; 0 outside."""
    px, py, pz = (x - origin[0]) * per_cell, (y - origin[1]) * per_cell, (z - origin[2]) * per_cell
    nx, ny, nz = values.shape[0] - 1, values.shape[1] - 1, values.shape[2] - 1
    if not (px >= _ZERO and py >= _ZERO and pz >= _ZERO):
        return _ZERO, _ZERO, _ZERO
    if not (px < np.float32(nx) and py < np.float32(ny) and pz < np.float32(nz)):
        return _ZERO, _ZERO, _ZERO
    ix, iy, iz = int(px), int(py), int(pz)
    fx, fy, fz = px - np.float32(ix), py - np.float32(iy), pz - np.float32(iz)
    dx, dy, dz = _ZERO, _ZERO, _ZERO
    for a in range(2):
        wx = fx if a else _ONE - fx
        for b in range(2):
            wy = wx * (fy if b else _ONE - fy)
            for c in range(2):
                w = wy * (fz if c else _ONE - fz)
                dx += w * values[ix + a, iy + b, iz + c, 0]
                dy += w * values[ix + a, iy + b, iz + c, 1]
                dz += w * values[ix + a, iy + b, iz + c, 2]
    return dx, dy, dz


@njit(**KERNEL)
def eye_features(centres, axes, x, y, z):
    """The five numbers of eyes.eye_features for one canonical point."""
    eye = 0 if x < _ZERO else 1
    ex, ey, ez = x - centres[eye, 0], y - centres[eye, 1], z - centres[eye, 2]
    window = (_WINDOW_END - np.sqrt(ex * ex + ey * ey + ez * ez) * _EYE) * _PER_WINDOW
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
