"""What the shaders share: texture look-ups, light on a normal, and the lamps' reflections."""

import numba
import numpy as np

from emogene.compiled_kernels import DRAWING
from emogene.corpus.appearance.light import GROUND, LAMPS, SKY

LAMP_DIRECTIONS = np.array([np.array(lamp.direction) / np.linalg.norm(lamp.direction) for lamp in LAMPS], np.float32)
LAMP_COLOURS = np.array([lamp.colour for lamp in LAMPS], np.float32)
LAMP_WIDTHS = np.array([1.0 / lamp.sharpness for lamp in LAMPS], np.float32)
LAMP_COUNT = len(LAMPS)
SKY_COLOUR, GROUND_COLOUR = np.array(SKY, np.float32), np.array(GROUND, np.float32)


@numba.njit(inline="always", **DRAWING)
def smooth(x, low, high):  # pragma: no cover
    """Smoothstep of x from low to high."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@numba.njit(inline="always", **DRAWING)
def dot(a, b):  # pragma: no cover
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@numba.njit(inline="always", **DRAWING)
def normalise(v):  # pragma: no cover
    """Make (3,) v a unit vector, in place."""
    scale = 1.0 / (np.sqrt(dot(v, v)) + 1e-9)
    for c in range(3):
        v[c] *= scale


@numba.njit(inline="always", **DRAWING)
def rotate(matrix, v, out):  # pragma: no cover
    """`out` = matrix @ v."""
    for r in range(3):
        out[r] = matrix[r, 0] * v[0] + matrix[r, 1] * v[1] + matrix[r, 2] * v[2]


@numba.njit(inline="always", **DRAWING)
def rotate_back(matrix, v, out):  # pragma: no cover
    """`out` = transpose of matrix @ v."""
    for r in range(3):
        out[r] = matrix[0, r] * v[0] + matrix[1, r] * v[1] + matrix[2, r] * v[2]


@numba.njit(**DRAWING)
def look_up(textures, layer, u, v, wrap, out):  # pragma: no cover
    """Bilinear look-up of all eight channels of a layer into `out`, 0..1; `wrap` repeats the texture."""
    size = textures.shape[1]
    if wrap:
        u, v = u - np.floor(u), v - np.floor(v)
    x, y = u * size - 0.5, v * size - 0.5
    ix, iy = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - ix, y - iy
    if wrap:
        x0, x1, y0, y1 = ix % size, (ix + 1) % size, iy % size, (iy + 1) % size
    else:
        x0, y0 = min(max(ix, 0), size - 1), min(max(iy, 0), size - 1)
        x1, y1 = min(x0 + 1, size - 1), min(y0 + 1, size - 1)
    w00, w01, w10, w11 = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
    for k in range(8):
        above = textures[layer, y0, x0, k] * w00 + textures[layer, y0, x1, k] * w01
        below = textures[layer, y1, x0, k] * w10 + textures[layer, y1, x1, k] * w11
        out[k] = (above + below) * np.float32(1.0 / 255.0)


@numba.njit(**DRAWING)
def diffuse_light(n, light):  # pragma: no cover
    """Unshadowed light on a unit normal; `light` is (9,), with the cosine's bands in it."""
    x, y, z = n[0], n[1], n[2]
    value = 0.282095 * light[0] + 0.488603 * (y * light[1] + z * light[2] + x * light[3])
    value += 1.092548 * (x * y * light[4] + y * z * light[5] + x * z * light[7])
    value += 0.315392 * (3 * z * z - 1) * light[6] + 0.546274 * (x * x - y * y) * light[8]
    return max(value, 0.02)


@numba.njit(**DRAWING)
def reflect(n, view, roughness, f0, reach, out):  # pragma: no cover
    """Light of all lamps and of the room off a rough surface: GGX, widened by the lamps' own size.

    `f0` is the reflectance straight on, `reach` (lamps + 1,) what part of each lamp and of the room gets here.
    """
    nv = max(dot(n, view), 0.05)
    out[0] = out[1] = out[2] = 0.0
    for k in range(LAMP_COUNT):
        lamp = LAMP_DIRECTIONS[k]
        nl = dot(n, lamp)
        if nl <= 0.0 or reach[k] < 0.01:
            continue
        hx, hy, hz = lamp[0] + view[0], lamp[1] + view[1], lamp[2] + view[2]
        length = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
        nh = max((n[0] * hx + n[1] * hy + n[2] * hz) / length, 0.0)
        vh = max((view[0] * hx + view[1] * hy + view[2] * hz) / length, 0.0)
        alpha2 = roughness**4 + 0.25 * LAMP_WIDTHS[k]
        spread = nh * nh * (alpha2 - 1.0) + 1.0
        distribution = alpha2 / (np.pi * spread * spread)
        fresnel = f0 + (1.0 - f0) * (1.0 - vh) ** 5
        half = 0.5 * (roughness * 0.5 + 0.5) ** 2
        visibility = 1.0 / (4.0 * (nl * (1 - half) + half) * (nv * (1 - half) + half))
        # A lobe's whole light is 2 pi / sharpness times its middle.
        strength = distribution * fresnel * visibility * nl * 2.0 * np.pi * LAMP_WIDTHS[k] * reach[k]
        for c in range(3):
            out[c] += strength * LAMP_COLOURS[k, c]
    up = 0.5 * (2.0 * nv * n[2] - view[2]) + 0.5
    room = reach[LAMP_COUNT] * (f0 + 0.5 * (max(1.0 - roughness, f0) - f0) * (1.0 - nv) ** 5)
    for c in range(3):
        out[c] += room * (GROUND_COLOUR[c] + (SKY_COLOUR[c] - GROUND_COLOUR[c]) * up)
