"""A ray in the frames of head and torso, and the neck undone at its places.

Twin of unbend.py, which says what each number means.
"""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL
from emogene.render.neck import NECK_HIGH, NECK_LOW, NECK_SLOPE
from emogene.render.unbend import HEIGHT_SLOPE, ROUNDS, SAFETY, STEEPEST

_ZERO, _HALF, _ONE, _TWO, _THREE = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2), np.float32(3)
_FOUR = np.float32(4)
_SLOPE, _LOW, _PER_BAND = np.float32(NECK_SLOPE), np.float32(NECK_LOW), np.float32(1 / (NECK_HIGH - NECK_LOW))
_HIGH, _PER_SLOPE = np.float32(NECK_HIGH), np.float32(1 / HEIGHT_SLOPE)
_SAFETY, _STEEPEST = np.float32(SAFETY), np.float32(STEEPEST)


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
def inverse(pose, x, y, z):
    """Rigid inverse of a (3, 4) pose."""
    x, y, z = x - pose[0, 3], y - pose[1, 3], z - pose[2, 3]
    return turned_back(pose, x, y, z)


@njit(**KERNEL)
def turned_back(pose, x, y, z):
    """Transposed rotation of a (3, 4) pose."""
    return (
        pose[0, 0] * x + pose[1, 0] * y + pose[2, 0] * z,
        pose[0, 1] * x + pose[1, 1] * y + pose[2, 1] * z,
        pose[0, 2] * x + pose[1, 2] * y + pose[2, 2] * z,
    )


@njit(**KERNEL)
def across_of(head, torso):
    """(3, 4) from the head's frame into the torso's, of their poses (3, 4)."""
    across = np.empty((3, 4), np.float32)
    for i in range(3):
        for j in range(4):
            across[i, j] = _ZERO
            for k in range(3):
                across[i, j] += torso[k, i] * (head[k, j] - torso[k, 3] if j == 3 else head[k, j])
    return across


@njit(**KERNEL)
def drawn(across, x, y, z):
    """How far the head's pose draws a canonical point off its place on the torso."""
    return (
        across[0, 0] * x + across[0, 1] * y + across[0, 2] * z + across[0, 3] - x,
        across[1, 0] * x + across[1, 1] * y + across[1, 2] * z + across[1, 3] - y,
        across[2, 0] * x + across[2, 1] * y + across[2, 2] * z + across[2, 3] - z,
    )


@njit(**KERNEL)
def _blend(across, hx, hy, hz, tx, ty, tz, w):
    """Canonical point of a place in the bent neck, from its two rigid candidates and a first weight.

    unbend.unbend in the torso's frame, in which the torso's candidate is the place itself: half the arithmetic.
    """
    v = _ONE - w
    x, y, z = w * hx + v * tx, w * hy + v * ty, w * hz + v * tz
    for _ in range(ROUNDS):
        w = neck_weight(y, z)
        dx, dy, dz = drawn(across, x, y, z)
        rx, ry, rz = tx - (x + w * dx), ty - (y + w * dy), tz - (z + w * dz)
        bx, by, bz = turned_back(across, rx, ry, rz)
        x, y, z = x + (rx + w * (bx - rx)), y + (ry + w * (by - ry)), z + (rz + w * (bz - rz))
    return x, y, z


@njit(**KERNEL)
def set_ray(ray, head, torso, ox, oy, oz, dx, dy, dz):
    """Fill a ray (18,): origin and direction in the world, then under the head's pose, then under the torso's."""
    ray[0], ray[1], ray[2], ray[3], ray[4], ray[5] = ox, oy, oz, dx, dy, dz
    ray[6], ray[7], ray[8] = inverse(head, ox, oy, oz)
    ray[9], ray[10], ray[11] = turned_back(head, dx, dy, dz)
    ray[12], ray[13], ray[14] = inverse(torso, ox, oy, oz)
    ray[15], ray[16], ray[17] = turned_back(torso, dx, dy, dz)


@njit(**KERNEL)
def canonical_at(ray, t, across):
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
    return _blend(across, hx, hy, hz, tx, ty, tz, _HALF * (by_head + by_torso))


@njit(**KERNEL)
def world_room(room, across, x, y, z):
    """Metres that one may move in the world while a canonical point moves less than `room` (see unbend.py)."""
    height = y + _SLOPE * z
    rigid = max(height - _HIGH, _LOW - height) * _PER_SLOPE
    if rigid >= room:
        return room
    dx, dy, dz = drawn(across, x, y, z)
    return min(room, max(rigid, room * (_SAFETY - _STEEPEST * np.sqrt(dx * dx + dy * dy + dz * dz))))
