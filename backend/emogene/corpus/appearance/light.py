"""Soft studio light, fixed in the world, and how much of it reaches each vertex: precomputed radiance transfer.

Light and transfer are in four bands of spherical harmonics (16 coefficients), so that self-shadowing is baked once and
still answers when the head turns in the light.
"""

from dataclasses import dataclass

import numba
import numpy as np

from emogene.compiled_kernels import DRAWING
from emogene.corpus.rasterizer import rasterize

BANDS = 16
DIRECTIONS = 224
OCCLUSION_MAP = 448
OCCLUSION_EXTENT = 0.34
"""Half the width of what the occlusion maps see, metres."""


@dataclass(frozen=True)
class Lamp:
    """A soft box: a lobe of radiance `colour * exp(sharpness * (cos - 1))` around where it stands."""

    direction: tuple[float, float, float]
    """From the subject to the lamp, world axes."""
    colour: tuple[float, float, float]
    sharpness: float


LAMPS = (
    Lamp((-0.58, -0.70, 0.50), (6.6, 6.05, 5.5), 9.0),
    Lamp((0.80, -0.62, 0.18), (0.85, 0.93, 1.05), 5.0),
    Lamp((0.62, 0.70, 0.42), (4.2, 4.3, 4.6), 14.0),
    Lamp((-0.80, 0.62, 0.30), (1.6, 1.7, 1.9), 12.0),
)
"""Key at the picture's upper left, fill at the right, two rims behind."""
SKY, GROUND = (0.36, 0.38, 0.42), (0.15, 0.135, 0.13)
"""Radiance from above and from below."""


def fibonacci_sphere(n: int) -> np.ndarray:
    """(n, 3) evenly spread unit directions."""
    i = np.arange(n) + 0.5
    z = 1 - 2 * i / n
    turn = np.pi * (1 + 5**0.5) * i
    r = np.sqrt(1 - z * z)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z], 1)


def harmonics(d: np.ndarray) -> np.ndarray:
    """(N, 16) real spherical harmonics of (N, 3) unit directions."""
    x, y, z = d.T
    one = np.ones_like(x)
    return np.stack(
        [
            0.282095 * one,
            0.488603 * y, 0.488603 * z, 0.488603 * x,
            1.092548 * x * y, 1.092548 * y * z, 0.315392 * (3 * z * z - 1), 1.092548 * x * z,
            0.546274 * (x * x - y * y),
            0.590044 * y * (3 * x * x - y * y), 2.890611 * x * y * z, 0.457046 * y * (5 * z * z - 1),
            0.373176 * z * (5 * z * z - 3), 0.457046 * x * (5 * z * z - 1), 1.445306 * z * (x * x - y * y),
            0.590044 * x * (x * x - 3 * y * y),
        ],
        1,
    )  # fmt: skip


def lamp_coefficients(rotation: np.ndarray) -> np.ndarray:
    """(16, L + 1) coefficients, of all colours together, of each lamp and last of the room, as light_coefficients."""
    directions = fibonacci_sphere(1024)
    world = directions @ rotation.T
    parts = [
        np.mean(lamp.colour) * np.exp(lamp.sharpness * (world @ _towards(lamp) - 1.0)) for lamp in LAMPS
    ]  # fmt: skip
    parts.append(np.full(len(world), np.mean(SKY)))
    return (harmonics(directions).T @ np.stack(parts, 1) * (4 * np.pi / 1024)).astype(np.float32)


def _towards(lamp: Lamp) -> np.ndarray:
    return np.array(lamp.direction) / np.linalg.norm(lamp.direction)


def radiance(directions: np.ndarray) -> np.ndarray:
    """(N, 3) light from (N, 3) unit world directions."""
    up = directions[:, 2:3] * 0.5 + 0.5
    total = np.array(GROUND) * (1 - up) + np.array(SKY) * up
    for lamp in LAMPS:
        total = total + np.array(lamp.colour) * np.exp(lamp.sharpness * (directions @ _towards(lamp) - 1.0))[:, None]
    return total


def light_coefficients(rotation: np.ndarray) -> np.ndarray:
    """(16, 3) coefficients of the studio's light in a frame whose (3, 3) `rotation` takes it to the world."""
    directions = fibonacci_sphere(1024)
    return (harmonics(directions).T @ radiance(directions @ rotation.T) * (4 * np.pi / 1024)).astype(np.float32)


COSINE_BANDS = np.array([1.0] + [2 / 3] * 3 + [0.25] * 5 + [0.0] * 7, np.float32)
"""What the cosine lobe, divided by pi, makes of each coefficient (Ramamoorthi and Hanrahan 2001)."""


@numba.njit(**DRAWING)
def unshadowed(normals, light):  # pragma: no cover
    """(V, C) diffuse light on (V, 3) normals; `light` is (9, C), already multiplied with COSINE_BANDS."""
    out = np.empty((normals.shape[0], light.shape[1]), np.float32)
    for i in range(normals.shape[0]):
        x, y, z = normals[i, 0], normals[i, 1], normals[i, 2]
        for c in range(light.shape[1]):
            value = 0.282095 * light[0, c] + 0.488603 * (y * light[1, c] + z * light[2, c] + x * light[3, c])
            value += 1.092548 * (x * y * light[4, c] + y * z * light[5, c] + x * z * light[7, c])
            value += 0.315392 * (3 * z * z - 1) * light[6, c] + 0.546274 * (x * x - y * y) * light[8, c]
            out[i, c] = max(value, np.float32(0.01))
    return out


def bake_transfer(
    vertices: np.ndarray,
    normals: np.ndarray,
    occluders: np.ndarray,
    triangles: np.ndarray,
    directions: int = DIRECTIONS,
) -> np.ndarray:
    """(V, 16) transfer of (V, 3) vertices, from maps of what `triangles` over (W, 3) `occluders` hide all around."""
    transfer = np.zeros((len(vertices), BANDS), np.float32)
    sphere = fibonacci_sphere(directions)
    basis = harmonics(sphere).astype(np.float32)
    lifted = vertices + 0.0012 * normals
    for direction, y in zip(sphere, basis, strict=True):
        cosine = (normals @ direction).astype(np.float32)
        frame = _frame(direction)
        seen = rasterize(_map_coordinates(occluders @ frame.T), triangles, OCCLUSION_MAP, OCCLUSION_MAP)
        _gather(_map_coordinates(lifted @ frame.T), seen.inverse_depth, cosine, y, transfer)
    return transfer * np.float32(4.0 / directions)


def _frame(direction: np.ndarray) -> np.ndarray:
    side = np.cross(direction, [0.0, 1.0, 0.0] if abs(direction[1]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(direction, side), direction])


def _map_coordinates(local: np.ndarray) -> np.ndarray:
    """Orthographic screen coordinates; the third grows towards the light and stays positive."""
    xy = (local[:, :2] / OCCLUSION_EXTENT + 1.0) * (OCCLUSION_MAP / 2)
    return np.concatenate([xy, local[:, 2:] + 2.0], 1).astype(np.float32)


@numba.njit(**DRAWING)
def _gather(points, depth, cosine, basis, transfer):  # pragma: no cover
    size = depth.shape[0]
    for i in range(points.shape[0]):
        if cosine[i] <= 0.0:
            continue
        x, y = points[i, 0] - 0.5, points[i, 1] - 0.5
        ix, iy = int(np.floor(x)), int(np.floor(y))
        if ix < 0 or iy < 0 or ix >= size - 1 or iy >= size - 1:
            visible = 1.0
        else:
            fx, fy = x - ix, y - iy
            visible = 0.0
            for dy in range(2):
                for dx in range(2):
                    if depth[iy + dy, ix + dx] < points[i, 2] + 0.0012:
                        visible += (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
        weight = np.float32(visible * cosine[i])
        for k in range(basis.shape[0]):
            transfer[i, k] += weight * basis[k]
