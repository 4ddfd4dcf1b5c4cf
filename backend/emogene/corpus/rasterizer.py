"""A software rasteriser: triangles into a z-buffer of visible surfaces, and the resolve of its samples into pixels.

Screen coordinates are in samples, x to the right, y down; the third coordinate is 1 / depth, which is what is linear on
the screen under perspective.
"""

from dataclasses import dataclass

import numba
import numpy as np

from emogene.compiled_kernels import DRAWING
from emogene.values import Camera

NO_TRIANGLE = -1


@dataclass(frozen=True)
class VisibilityBuffer:
    """What each sample sees first."""

    triangle: np.ndarray
    """(H, W) int32 row of the triangle array, NO_TRIANGLE where there is none."""
    barycentric: np.ndarray
    """(H, W, 2) float32 perspective-correct weights of the triangle's second and third corner."""
    inverse_depth: np.ndarray
    """(H, W) float32, 0 where there is no triangle."""


def project(points: np.ndarray, camera: Camera, samples: int = 1) -> np.ndarray:
    """(N, 3) float32 screen coordinates of (N, 3) world points, with `samples` x `samples` samples a pixel."""
    world_to_camera = np.linalg.inv(camera.camera_to_world)
    local = points @ world_to_camera[:3, :3].T + world_to_camera[:3, 3]
    inverse_depth = 1.0 / np.maximum(-local[:, 2], 1e-6)
    middle_x, middle_y = camera.centre_px
    x = middle_x * samples + camera.focal_px * samples * local[:, 0] * inverse_depth
    y = middle_y * samples - camera.focal_py * samples * local[:, 1] * inverse_depth
    return np.stack([x, y, inverse_depth], 1).astype(np.float32)


def rasterize(
    screen: np.ndarray, triangles: np.ndarray, width: int, height: int, cull: bool = False
) -> VisibilityBuffer:
    """Draw (F, 3) int32 triangles over (V, 3) float32 screen points; `cull` leaves out those seen from behind.

    A sample is covered when its centre is inside; on a shared edge the first triangle in order keeps it.
    """
    triangle = np.full((height, width), NO_TRIANGLE, np.int32)
    barycentric = np.zeros((height, width, 2), np.float32)
    inverse_depth = np.zeros((height, width), np.float32)
    _fill(screen, triangles, cull, triangle, barycentric, inverse_depth)
    return VisibilityBuffer(triangle, barycentric, inverse_depth)


@numba.njit(**DRAWING)
def _fill(screen, triangles, cull, out_triangle, out_barycentric, out_inverse_depth):  # pragma: no cover
    height, width = out_triangle.shape
    for f in range(triangles.shape[0]):
        a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
        bx, by, bz = screen[b, 0], screen[b, 1], screen[b, 2]
        cx, cy, cz = screen[c, 0], screen[c, 1], screen[c, 2]
        # Counter-clockwise in the world is clockwise here, since y points down.
        area = (cx - ax) * (by - ay) - (cy - ay) * (bx - ax)
        if area == 0.0 or (cull and area < 0.0):
            continue
        x0 = max(int(np.ceil(min(ax, bx, cx) - 0.5)), 0)
        x1 = min(int(np.floor(max(ax, bx, cx) - 0.5)), width - 1)
        y0 = max(int(np.ceil(min(ay, by, cy) - 0.5)), 0)
        y1 = min(int(np.floor(max(ay, by, cy) - 0.5)), height - 1)
        inverse_area = 1.0 / area
        for y in range(y0, y1 + 1):
            py = y + 0.5
            for x in range(x0, x1 + 1):
                px = x + 0.5
                u = ((cx - ax) * (py - ay) - (cy - ay) * (px - ax)) * inverse_area
                v = ((px - ax) * (by - ay) - (py - ay) * (bx - ax)) * inverse_area
                w = 1.0 - u - v
                if u < 0.0 or v < 0.0 or w < 0.0:
                    continue
                z = w * az + u * bz + v * cz
                if z > out_inverse_depth[y, x]:
                    out_inverse_depth[y, x] = z
                    out_triangle[y, x] = f
                    out_barycentric[y, x, 0] = u * bz / z
                    out_barycentric[y, x, 1] = v * cz / z


@numba.njit(**DRAWING)
def resolve(colour, samples):  # pragma: no cover
    """(H, W, 4) box average of (H * samples, W * samples, 4) premultiplied float32 samples."""
    height, width = colour.shape[0] // samples, colour.shape[1] // samples
    out = np.zeros((height, width, 4), np.float32)
    share = np.float32(1.0 / (samples * samples))
    for y in range(height):
        for j in range(samples):
            for x in range(width):
                for i in range(samples):
                    for k in range(4):
                        out[y, x, k] += colour[y * samples + j, x * samples + i, k] * share
    return out
