"""The hash grid in Triton (see hash_grid.py for the layout): features of points, and the table's gradient.

Blocks are (points, columns): a column is one feature of one level, so the four of an entry are read side by side.
"""

import triton  # pyright: ignore[reportMissingImports]
import triton.language as tl  # pyright: ignore[reportMissingImports]

from emogene.render.hash_grid import FEATURES, PRIMES

_FEATURES = tl.constexpr(FEATURES)
_PRIME_Y, _PRIME_Z = tl.constexpr(PRIMES[1]), tl.constexpr(PRIMES[2])


@triton.jit
def corner_share(CORNER: tl.constexpr, fx, fy, fz):
    """Trilinear weight of one of the eight corners, of which the bits of its number say where it lies."""
    x = fx if CORNER & 1 else 1.0 - fx
    y = fy if CORNER & 2 else 1.0 - fy
    z = fz if CORNER & 4 else 1.0 - fz
    return x * y * z


@triton.jit
def _axis(unit, scale):
    """Lower corner uint32 and fraction of (N, 1) coordinates at (1, C) scales."""
    place = unit * scale + 0.5
    low = place.to(tl.int32)
    return low.to(tl.uint32), place - low.to(tl.float32)


@triton.jit
def _entry(x, y, z, resolution, size, dense):
    """Entry within a level of corners (N, C), all uint32."""
    flat = x + y * resolution + z * (resolution * resolution)
    flat = tl.where(flat >= size, flat - size, flat)
    prime_y = tl.full(y.shape, _PRIME_Y, tl.uint32)
    prime_z = tl.full(z.shape, _PRIME_Z, tl.uint32)
    hashed = (x ^ (y * prime_y) ^ (z * prime_z)) & (size - 1)
    return tl.where(dense, flat, hashed)


@triton.jit
def _levels(columns, scales, resolutions, sizes, offsets, dense, mask):
    """Each column's level: scale, resolution, size, first entry, whether it is dense."""
    level = columns // _FEATURES
    return (
        tl.load(scales + level, mask, 1.0),
        tl.load(resolutions + level, mask, 1).to(tl.uint32),
        tl.load(sizes + level, mask, 1).to(tl.uint32),
        tl.load(offsets + level, mask, 0),
        tl.load(dense + level, mask, 0) != 0,
    )


@triton.jit
def encoded(
    table, x, y, z, columns, width, scales, resolutions, sizes, offsets, dense, mask
):  # fmt: skip
    """(N, C) features of (N,) unit-cube points; columns from `width` on are 0."""
    used = columns < width
    scale, resolution, size, offset, is_dense = _levels(columns, scales, resolutions, sizes, offsets, dense, used)
    scale, resolution, size, is_dense = scale[None, :], resolution[None, :], size[None, :], is_dense[None, :]
    first, feature = offset[None, :], (columns % _FEATURES)[None, :]
    lx, fx = _axis(x[:, None], scale)
    ly, fy = _axis(y[:, None], scale)
    lz, fz = _axis(z[:, None], scale)
    read = mask[:, None] & used[None, :]
    total = tl.zeros(fx.shape, tl.float32)
    for corner in tl.static_range(8):
        index = _entry(lx + (corner & 1), ly + ((corner >> 1) & 1), lz + (corner >> 2), resolution, size, is_dense).to(
            tl.int32
        )
        w = corner_share(corner, fx, fy, fz)
        total += w * tl.load(table + (first + index) * _FEATURES + feature, read, 0.0)
    return tl.where(read, total, 0.0)


@triton.jit
def encode_kernel(
    table, points, features, scales, resolutions, sizes, offsets, dense, count, width,
    COLUMNS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """features (N, width) of points (N, 3) in the unit cube."""
    s = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = s < count
    columns = tl.arange(0, COLUMNS)
    x, y, z = (tl.load(points + 3 * s, mask, 0.0), tl.load(points + 3 * s + 1, mask, 0.0),
               tl.load(points + 3 * s + 2, mask, 0.0))  # fmt: skip
    values = encoded(table, x, y, z, columns, width, scales, resolutions, sizes, offsets, dense, mask)
    written = mask[:, None] & (columns < width)[None, :]
    tl.store(features + s[:, None] * width + columns[None, :], values, written)


@triton.jit
def encode_back_kernel(
    gradient, points, table_gradient, scales, resolutions, sizes, offsets, dense, count, width,
    COLUMNS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Add gradient (N, width) to that of the table (entries, FEATURES), by atomic additions."""
    s = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = s < count
    columns = tl.arange(0, COLUMNS)
    used = columns < width
    x, y, z = (tl.load(points + 3 * s, mask, 0.0), tl.load(points + 3 * s + 1, mask, 0.0),
               tl.load(points + 3 * s + 2, mask, 0.0))  # fmt: skip
    scale, resolution, size, offset, is_dense = _levels(columns, scales, resolutions, sizes, offsets, dense, used)
    scale, resolution, size, is_dense = scale[None, :], resolution[None, :], size[None, :], is_dense[None, :]
    first, feature = offset[None, :], (columns % _FEATURES)[None, :]
    lx, fx = _axis(x[:, None], scale)
    ly, fy = _axis(y[:, None], scale)
    lz, fz = _axis(z[:, None], scale)
    added = mask[:, None] & used[None, :]
    share = tl.load(gradient + s[:, None] * width + columns[None, :], added, 0.0)
    added = added & (share != 0.0)
    for corner in tl.static_range(8):
        index = _entry(lx + (corner & 1), ly + ((corner >> 1) & 1), lz + (corner >> 2), resolution, size, is_dense).to(
            tl.int32
        )
        w = corner_share(corner, fx, fy, fz)
        tl.atomic_add(table_gradient + (first + index) * _FEATURES + feature, w * share, added, sem="relaxed")
