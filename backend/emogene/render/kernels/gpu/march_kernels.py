"""Marching in Triton: a block of rays takes its next samples. Twin of cpu_march.py, which says what numbers mean.

One kernel counts, and after a prefix sum the same kernel writes, so that samples lie compactly, by ray, then step.
"""

import triton  # pyright: ignore[reportMissingImports]
import triton.language as tl  # pyright: ignore[reportMissingImports]

from emogene.render.neck import NECK_HIGH, NECK_LOW, NECK_SLOPE
from emogene.render.occupancy import OCCUPIED
from emogene.render.rays import BEND_MARGIN
from emogene.render.unbend import HEIGHT_SLOPE, ROUNDS, SAFETY, STEEPEST

from .encode_kernels import corner_share

_SLOPE, _LOW, _HIGH = tl.constexpr(NECK_SLOPE), tl.constexpr(NECK_LOW), tl.constexpr(NECK_HIGH)
_PER_BAND, _PER_SLOPE = tl.constexpr(1 / (NECK_HIGH - NECK_LOW)), tl.constexpr(1 / HEIGHT_SLOPE)
_SAFETY, _STEEPEST, _ROUNDS = tl.constexpr(SAFETY), tl.constexpr(STEEPEST), tl.constexpr(ROUNDS)
_MARGIN, _OCCUPIED = tl.constexpr(BEND_MARGIN), tl.constexpr(OCCUPIED)


@triton.jit
def _pose(poses, at, mask):
    """Twelve numbers of the (3, 4) pose at each place of (F, 4, 4) poses."""
    p = poses + at * 16
    return (
        tl.load(p, mask, 0.0), tl.load(p + 1, mask, 0.0), tl.load(p + 2, mask, 0.0), tl.load(p + 3, mask, 0.0),
        tl.load(p + 4, mask, 0.0), tl.load(p + 5, mask, 0.0), tl.load(p + 6, mask, 0.0), tl.load(p + 7, mask, 0.0),
        tl.load(p + 8, mask, 0.0), tl.load(p + 9, mask, 0.0), tl.load(p + 10, mask, 0.0), tl.load(p + 11, mask, 0.0),
    )  # fmt: skip


@triton.jit
def _turned_back(p, x, y, z):
    return p[0] * x + p[4] * y + p[8] * z, p[1] * x + p[5] * y + p[9] * z, p[2] * x + p[6] * y + p[10] * z


@triton.jit
def _inverse(p, x, y, z):
    return _turned_back(p, x - p[3], y - p[7], z - p[11])


@triton.jit
def _forward(p, x, y, z):
    return (
        p[0] * x + p[1] * y + p[2] * z + p[3],
        p[4] * x + p[5] * y + p[6] * z + p[7],
        p[8] * x + p[9] * y + p[10] * z + p[11],
    )


@triton.jit
def _neck_weight(y, z):
    t = tl.minimum(tl.maximum((y + _SLOPE * z - _LOW) * _PER_BAND, 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@triton.jit
def _unbent(head, torso, px, py, pz):
    """Canonical points of world points."""
    hx, hy, hz = _inverse(head, px, py, pz)
    tx, ty, tz = _inverse(torso, px, py, pz)
    by_head, by_torso = _neck_weight(hy, hz), _neck_weight(ty, tz)
    w = 0.5 * (by_head + by_torso)
    x, y, z = w * hx + (1.0 - w) * tx, w * hy + (1.0 - w) * ty, w * hz + (1.0 - w) * tz
    for _ in tl.static_range(_ROUNDS):
        w = _neck_weight(y, z)
        v = 1.0 - w
        ax, ay, az = _forward(head, x, y, z)
        bx, by, bz = _forward(torso, x, y, z)
        rx, ry, rz = px - (w * ax + v * bx), py - (w * ay + v * by), pz - (w * az + v * bz)
        ax, ay, az = _turned_back(head, rx, ry, rz)
        bx, by, bz = _turned_back(torso, rx, ry, rz)
        x, y, z = x + (w * ax + v * bx), y + (w * ay + v * by), z + (w * az + v * bz)
    of_head, of_torso = by_head >= 1.0, by_torso <= 0.0
    x, y, z = tl.where(of_head, hx, x), tl.where(of_head, hy, y), tl.where(of_head, hz, z)
    return tl.where(of_torso, tx, x), tl.where(of_torso, ty, y), tl.where(of_torso, tz, z)


@triton.jit
def _world_room(room, head, torso, x, y, z):
    height = y + _SLOPE * z
    rigid = tl.maximum(height - _HIGH, _LOW - height) * _PER_SLOPE
    ax, ay, az = _forward(head, x, y, z)
    bx, by, bz = _forward(torso, x, y, z)
    apart = tl.sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by) + (az - bz) * (az - bz))
    return tl.minimum(room, tl.maximum(rigid, room * (_SAFETY - _STEEPEST * apart)))


@triton.jit
def _axis_slab(start, along, low, side):
    along = tl.where(tl.abs(along) < 1e-9, 1e-9, along)
    a, b = (low - _MARGIN - start) / along, (low + side + _MARGIN - start) / along
    return tl.minimum(a, b), tl.maximum(a, b)


@triton.jit
def _slab(pose, x, y, z, dx, dy, dz, low_x, low_y, low_z, side):
    sx, sy, sz = _inverse(pose, x, y, z)
    ux, uy, uz = _turned_back(pose, dx, dy, dz)
    near_x, far_x = _axis_slab(sx, ux, low_x, side)
    near_y, far_y = _axis_slab(sy, uy, low_y, side)
    near_z, far_z = _axis_slab(sz, uz, low_z, side)
    near = tl.maximum(tl.maximum(near_x, near_y), tl.maximum(near_z, 0.0))
    return near, tl.minimum(far_x, tl.minimum(far_y, far_z))


@triton.jit
def spans_kernel(
    frame, origins, directions, poses, torso, first, end, count, low_x, low_y, low_z, side, step,
    BENT: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """First and end step (R,) int32 of rays through the cube; equal where a ray misses."""
    r = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = r < count
    x, y, z = (tl.load(origins + 3 * r, mask, 0.0), tl.load(origins + 3 * r + 1, mask, 0.0),
               tl.load(origins + 3 * r + 2, mask, 0.0))  # fmt: skip
    dx, dy, dz = (tl.load(directions + 3 * r, mask, 1.0), tl.load(directions + 3 * r + 1, mask, 1.0),
                  tl.load(directions + 3 * r + 2, mask, 1.0))  # fmt: skip
    head = _pose(poses, tl.load(frame + r, mask, 0), mask)
    near, far = _slab(head, x, y, z, dx, dy, dz, low_x, low_y, low_z, side)
    hit = far > near
    if BENT:
        body = _pose(torso, r * 0, mask)
        near_t, far_t = _slab(body, x, y, z, dx, dy, dz, low_x, low_y, low_z, side)
        hit_t = far_t > near_t
        near = tl.where(hit_t, tl.where(hit, tl.minimum(near, near_t), near_t), near)
        far = tl.where(hit_t, tl.where(hit, tl.maximum(far, far_t), far_t), far)
        hit = hit | hit_t
    begin = tl.where(hit, tl.floor(near / step), 0.0).to(tl.int32)
    tl.store(first + r, begin, mask)
    tl.store(end + r, tl.where(hit, tl.ceil(far / step), 0.0).to(tl.int32), mask)


@triton.jit
def _displacement(warps, f, x, y, z, origin_x, origin_y, origin_z, per_cell, nx, ny, nz, mask):
    """Trilinear displacement of the warp grid of frame f; 0 outside."""
    px, py, pz = (x - origin_x) * per_cell, (y - origin_y) * per_cell, (z - origin_z) * per_cell
    inside = mask & (px >= 0.0) & (py >= 0.0) & (pz >= 0.0)
    inside = inside & (px < (nx - 1).to(tl.float32)) & (py < (ny - 1).to(tl.float32)) & (pz < (nz - 1).to(tl.float32))
    px, py, pz = tl.where(inside, px, 0.0), tl.where(inside, py, 0.0), tl.where(inside, pz, 0.0)
    ix, iy, iz = px.to(tl.int32), py.to(tl.int32), pz.to(tl.int32)
    fx, fy, fz = px - ix.to(tl.float32), py - iy.to(tl.float32), pz - iz.to(tl.float32)
    first = ((f * nx + ix) * ny + iy) * nz + iz
    mx = tl.zeros_like(x)
    my = tl.zeros_like(x)
    mz = tl.zeros_like(x)
    for corner in tl.static_range(8):
        w = corner_share(corner, fx, fy, fz)
        p = warps + 4 * (first + ((corner & 1) * ny + ((corner >> 1) & 1)) * nz + (corner >> 2))
        mx += w * tl.load(p, inside, 0.0)
        my += w * tl.load(p + 1, inside, 0.0)
        mz += w * tl.load(p + 2, inside, 0.0)
    return mx, my, mz


@triton.jit
def _cell(x, low, per_cell, cells):
    """Cell along one axis, the nearest one for what lies outside, and whether it lies inside."""
    place = (x - low) * per_cell
    inside = (place >= 0.0) & (place < cells.to(tl.float32))
    # Far outside, a float would not fit an integer.
    limited = tl.minimum(tl.maximum(place, 0.0), cells.to(tl.float32)).to(tl.int32)
    return tl.minimum(limited, cells - 1), inside


@triton.jit
def march_kernel(
    live, frame, origins, directions, shift, poses, torso, free, surface, warps,
    first, end, taken, counts, begins, out_ray, out_step, found,
    live_count, cells, faces, low_x, low_y, low_z, side, step, per_cell, per_side,
    origin_x, origin_y, origin_z, per_warp, nx, ny, nz, most, limit, capacity,
    BENT: tl.constexpr, WRITE: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Count (L,) the next samples of the live rays, at most so many each; or write them, and go on past them.

    Args:
        live: (L,) int32 rays; frame (R,) int32, origins, directions (R, 3), shift (R,).
        first, end, taken: (R,) int32 next step, end, samples so far, of which there are at most `limit`.
        begins: (L,) int32 where each ray's samples begin; found (9, capacity) of cpu_march.head_steps.
    """
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = i < live_count
    r = tl.load(live + i, mask, 0)
    f = tl.load(frame + r, mask, 0)
    ox, oy, oz = (tl.load(origins + 3 * r, mask, 0.0), tl.load(origins + 3 * r + 1, mask, 0.0),
                  tl.load(origins + 3 * r + 2, mask, 0.0))  # fmt: skip
    dx, dy, dz = (tl.load(directions + 3 * r, mask, 0.0), tl.load(directions + 3 * r + 1, mask, 0.0),
                  tl.load(directions + 3 * r + 2, mask, 0.0))  # fmt: skip
    within = tl.load(shift + r, mask, 0.0)
    head = _pose(poses, f, mask)
    body = _pose(torso, r * 0, mask)
    if not BENT:
        ox, oy, oz = _inverse(head, ox, oy, oz)
        dx, dy, dz = _turned_back(head, dx, dy, dz)
    k = tl.load(first + r, mask, 0)
    last = tl.load(end + r, mask, 0)
    before = tl.load(taken + r, mask, 0)
    wanted = tl.minimum(limit - before, most)
    begin = tl.zeros_like(k)
    if WRITE:
        begin = tl.load(begins + i, mask, 0)
    n = tl.zeros_like(k)
    going = mask & (k < last) & (n < wanted)
    while tl.max(going.to(tl.int32), 0) > 0:
        t = (k.to(tl.float32) + within) * step
        x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
        if BENT:
            x, y, z = _unbent(head, body, x, y, z)
        jx, in_x = _cell(x, low_x, per_cell, cells)
        jy, in_y = _cell(y, low_y, per_cell, cells)
        jz, in_z = _cell(z, low_z, per_cell, cells)
        room = tl.load(free + (jx * cells + jy) * cells + jz, going, 0).to(tl.int32)
        room = tl.where((room == _OCCUPIED) & ~(in_x & in_y & in_z), 1, room)
        occupied = going & (room == _OCCUPIED)
        if tl.max(occupied.to(tl.int32), 0) > 0:
            mx, my, mz = _displacement(warps, f, x, y, z, origin_x, origin_y, origin_z, per_warp, nx, ny, nz, occupied)
            ux = tl.minimum(tl.maximum((x + mx - low_x) * per_side, 0.0), 1.0)
            uy = tl.minimum(tl.maximum((y + my - low_y) * per_side, 0.0), 1.0)
            uz = tl.minimum(tl.maximum((z + mz - low_z) * per_side, 0.0), 1.0)
            sx = tl.minimum((ux * faces.to(tl.float32)).to(tl.int32), faces - 1)
            sy = tl.minimum((uy * faces.to(tl.float32)).to(tl.int32), faces - 1)
            sz = tl.minimum((uz * faces.to(tl.float32)).to(tl.int32), faces - 1)
            kept = occupied & (tl.load(surface + (sx * faces + sy) * faces + sz, occupied, 0) != 0)
            if WRITE:
                at = begin + n
                tl.store(out_ray + at, r, kept)
                tl.store(out_step + at, k, kept)
                tl.store(found + at, x, kept)
                tl.store(found + capacity + at, y, kept)
                tl.store(found + 2 * capacity + at, z, kept)
                tl.store(found + 3 * capacity + at, ux, kept)
                tl.store(found + 4 * capacity + at, uy, kept)
                tl.store(found + 5 * capacity + at, uz, kept)
                tl.store(found + 6 * capacity + at, mx, kept)
                tl.store(found + 7 * capacity + at, my, kept)
                tl.store(found + 8 * capacity + at, mz, kept)
            n += kept.to(tl.int32)
        if BENT:
            metres = _world_room(room.to(tl.float32) * step, head, body, x, y, z)
            jump = tl.where((room == _OCCUPIED) | (room <= 1), 1, tl.maximum(1, (metres / step).to(tl.int32)))
        else:
            jump = tl.where((room == _OCCUPIED) | (room <= 1), 1, room)
        k += tl.where(going, jump, 0)
        going = going & (k < last) & (n < wanted)
    if WRITE:
        tl.store(first + r, k, mask)
        tl.store(taken + r, before + n, mask)
        tl.store(end + r, tl.where(before + n >= limit, k, last), mask)
    else:
        tl.store(counts + i, n, mask)
