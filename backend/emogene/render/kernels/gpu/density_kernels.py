"""The density network on a wave's samples in Triton: hash features and direct inputs to opacity and features.

Products are in 32 bits ("ieee"): the picture is the other engines', within rounding.
"""

import triton  # pyright: ignore[reportMissingImports]
import triton.language as tl  # pyright: ignore[reportMissingImports]

from emogene.render import eyes
from emogene.render.field import DENSITY_SHIFT, DISPLACEMENT_SCALE

from .encode_kernels import encoded

_SHIFT, _SCALE = tl.constexpr(DENSITY_SHIFT), tl.constexpr(DISPLACEMENT_SCALE)
_PER_EYE, _PER_IRIS = tl.constexpr(1 / eyes.EYE_RADIUS), tl.constexpr(1 / eyes.IRIS_RADIUS)
_WINDOW_END = tl.constexpr(eyes.WINDOW_FULL + eyes.WINDOW_FADE)
_PER_WINDOW, _PER_FRONT = tl.constexpr(1 / eyes.WINDOW_FADE), tl.constexpr(1 / eyes.FRONT_FADE)
_FRONT, _PUPIL = tl.constexpr(eyes.FRONT_START), tl.constexpr(eyes.PUPIL_SIZE)
_IRIS_SLOPE, _PUPIL_SLOPE = tl.constexpr(eyes.IRIS_SLOPE), tl.constexpr(eyes.PUPIL_SLOPE)
HIDDEN_INPUTS = 16
"""Columns that the direct inputs take: a product's inner side is 16 at least."""


@triton.jit
def _clamped(x, low, high):
    return tl.minimum(tl.maximum(x, low), high)


@triton.jit
def _eye_features(eye_centres, axes, x, y, z):
    """The five numbers of eyes.eye_features."""
    left = tl.where(x < 0.0, 0, 3)
    ex = x - tl.load(eye_centres + left)
    ey = y - tl.load(eye_centres + left + 1)
    ez = z - tl.load(eye_centres + left + 2)
    window = (_WINDOW_END - tl.sqrt(ex * ex + ey * ey + ez * ez) * _PER_EYE) * _PER_WINDOW
    front = tl.load(axes + 6) * ex + tl.load(axes + 7) * ey + tl.load(axes + 8) * ez
    window = _clamped(window, 0.0, 1.0) * _clamped((front * _PER_EYE - _FRONT) * _PER_FRONT, 0.0, 1.0)
    u = (tl.load(axes) * ex + tl.load(axes + 1) * ey + tl.load(axes + 2) * ez) * _PER_IRIS
    v = (tl.load(axes + 3) * ex + tl.load(axes + 4) * ey + tl.load(axes + 5) * ez) * _PER_IRIS
    radius = tl.sqrt(u * u + v * v)
    iris = _clamped(0.5 + _IRIS_SLOPE * (1.0 - radius), 0.0, 1.0)
    pupil = _clamped(0.5 + _PUPIL_SLOPE * (_PUPIL - radius), 0.0, 1.0)
    u, v = 0.5 * _clamped(u, -2.0, 2.0), 0.5 * _clamped(v, -2.0, 2.0)
    return window * u, window * v, window * iris, window * pupil, window


@triton.jit
def _columns_of(place, a, b, c, d, e, f, g, h):
    """(N, C) whose first eight columns are these (N,)."""
    place = place[None, :]
    values = tl.where(place == 0, a[:, None], 0.0)
    values = tl.where(place == 1, b[:, None], values)
    values = tl.where(place == 2, c[:, None], values)
    values = tl.where(place == 3, d[:, None], values)
    values = tl.where(place == 4, e[:, None], values)
    values = tl.where(place == 5, f[:, None], values)
    values = tl.where(place == 6, g[:, None], values)
    return tl.where(place == 7, h[:, None], values)


@triton.jit
def density_kernel(
    found, ray, head_colour, eye_centres, axes, table, scales, resolutions, sizes, offsets, dense,
    hashed_in, direct_in, bias, weights_out, geometry, count, capacity, width, rows,
    HEAD: tl.constexpr, COLUMNS: tl.constexpr, HIDDEN: tl.constexpr, OUT: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """geometry (S, rows) of samples found (9, capacity): opacity of one step, then features.

    Args:
        head_colour: (R, 4), for a torso; eye_centres (2, 3), axes (3, 3) for a head.
        hashed_in: (COLUMNS, HIDDEN), direct_in (16, HIDDEN), bias (HIDDEN,), weights_out (HIDDEN, OUT), all filled
            up with zeros.
        width: columns of hash features.
    """
    s = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = s < count
    columns, hidden, out = tl.arange(0, COLUMNS), tl.arange(0, HIDDEN), tl.arange(0, OUT)
    direct = tl.arange(0, 16)
    ux = tl.load(found + 3 * capacity + s, mask, 0.0)
    uy = tl.load(found + 4 * capacity + s, mask, 0.0)
    uz = tl.load(found + 5 * capacity + s, mask, 0.0)
    mx = tl.load(found + 6 * capacity + s, mask, 0.0) * _SCALE
    my = tl.load(found + 7 * capacity + s, mask, 0.0) * _SCALE
    mz = tl.load(found + 8 * capacity + s, mask, 0.0) * _SCALE
    if HEAD:
        x = tl.load(found + s, mask, 0.0)
        y = tl.load(found + capacity + s, mask, 0.0)
        z = tl.load(found + 2 * capacity + s, mask, 0.0)
        u, v, iris, pupil, window = _eye_features(eye_centres, axes, x, y, z)
        given = _columns_of(direct, u, v, iris, pupil, window, mx, my, mz)
    else:
        p = head_colour + 4 * tl.load(ray + s, mask, 0)
        red, green, blue = tl.load(p, mask, 0.0), tl.load(p + 1, mask, 0.0), tl.load(p + 2, mask, 0.0)
        given = _columns_of(direct, red, green, blue, tl.load(p + 3, mask, 0.0), mx, my, mz, tl.zeros_like(mx) + 1.0)
    features = encoded(table, ux, uy, uz, columns, width, scales, resolutions, sizes, offsets, dense, mask)
    first = tl.load(hashed_in + columns[:, None] * HIDDEN + hidden[None, :])
    second = tl.load(direct_in + direct[:, None] * HIDDEN + hidden[None, :])
    values = tl.dot(features, first, input_precision="ieee")
    values += tl.dot(given, second, input_precision="ieee")
    values = tl.maximum(values + tl.load(bias + hidden)[None, :], 0.0)
    last = tl.load(weights_out + hidden[:, None] * OUT + out[None, :])
    outputs = tl.dot(values, last, input_precision="ieee")
    outputs = tl.where(out[None, :] == 0, 1.0 / (1.0 + tl.exp(-(outputs + _SHIFT))), outputs)
    written = mask[:, None] & (out < rows)[None, :]
    tl.store(geometry + s[:, None] * rows + out[None, :], outputs, written)
