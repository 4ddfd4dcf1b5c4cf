"""Seeded gradient noise in three dimensions: what skin, hair and cloth get their irregularity from."""

import numba
import numpy as np

from emogene.compiled_kernels import EXACT


@numba.njit(inline="always", **EXACT)
def _hash(x, y, z, seed):  # pragma: no cover
    h = (
        np.uint32(x) * np.uint32(0x8DA6B343)
        ^ np.uint32(y) * np.uint32(0xD8163841)
        ^ np.uint32(z) * np.uint32(0xCB1AB31F)
    )
    h = (h ^ np.uint32(seed) * np.uint32(0x9E3779B9)) & np.uint32(0xFFFFFFFF)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    h = (h ^ (h >> np.uint32(12))) * np.uint32(0x297A2D39)
    return np.uint32(h ^ (h >> np.uint32(15)))


@numba.njit(inline="always", **EXACT)
def _corner(ix, iy, iz, fx, fy, fz, seed):  # pragma: no cover
    h = _hash(ix, iy, iz, seed)
    gx = float(h & np.uint32(1023)) / 511.5 - 1.0
    gy = float((h >> np.uint32(10)) & np.uint32(1023)) / 511.5 - 1.0
    gz = float((h >> np.uint32(20)) & np.uint32(1023)) / 511.5 - 1.0
    return gx * fx + gy * fy + gz * fz


@numba.njit(**EXACT)
def _noise(x, y, z, seed):  # pragma: no cover
    ix, iy, iz = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    fx, fy, fz = x - ix, y - iy, z - iz
    u = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
    v = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
    w = fz * fz * fz * (fz * (fz * 6 - 15) + 10)
    total = 0.0
    for dz in range(2):
        for dy in range(2):
            for dx in range(2):
                weight = (u if dx else 1 - u) * (v if dy else 1 - v) * (w if dz else 1 - w)
                total += weight * _corner(ix + dx, iy + dy, iz + dz, fx - dx, fy - dy, fz - dz, seed)
    return total


@numba.njit(**EXACT)
def _fractal(points, frequency, octaves, seed, out):  # pragma: no cover
    for i in range(points.shape[0]):
        f, amplitude, total = frequency, 1.0, 0.0
        for k in range(octaves):
            total += amplitude * _noise(points[i, 0] * f, points[i, 1] * f, points[i, 2] * f, seed + k)
            f *= 2.0
            amplitude *= 0.5
        out[i] = total


def fractal_noise(points: np.ndarray, wavelength: float, octaves: int, seed: int) -> np.ndarray:
    """(N,) float32 noise in about -1..1 at (N, 3) points; `wavelength` is the coarsest octave's, in their unit."""
    out = np.empty(len(points), np.float32)
    _fractal(np.ascontiguousarray(points, np.float64), 1.0 / wavelength, octaves, seed, out)
    return out


@numba.njit(**EXACT)
def _spots(points, frequency, seed, out):  # pragma: no cover
    for i in range(points.shape[0]):
        x, y, z = points[i, 0] * frequency, points[i, 1] * frequency, points[i, 2] * frequency
        ix, iy, iz = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
        nearest, value = 9.0, 0.0
        for dz in range(-1, 2):
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    h = _hash(ix + dx, iy + dy, iz + dz, seed)
                    px = ix + dx + float(h & np.uint32(1023)) / 1024.0
                    py = iy + dy + float((h >> np.uint32(10)) & np.uint32(1023)) / 1024.0
                    pz = iz + dz + float((h >> np.uint32(20)) & np.uint32(1023)) / 1024.0
                    d = (x - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2
                    if d < nearest:
                        nearest = d
                        value = (
                            float(_hash(h & np.uint32(65535), ix + dx, iz + dz, seed + 7) & np.uint32(65535)) / 65535.0
                        )
        out[i, 0] = np.sqrt(nearest)
        out[i, 1] = value


def spots(points: np.ndarray, wavelength: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(N,) distances to the nearest of scattered points, in wavelengths, and (N,) that point's own value in 0..1."""
    out = np.empty((len(points), 2), np.float32)
    _spots(np.ascontiguousarray(points, np.float64), 1.0 / wavelength, seed, out)
    return out[:, 0], out[:, 1]
