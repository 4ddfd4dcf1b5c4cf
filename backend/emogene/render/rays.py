"""Camera rays, and the lattice of steps along them that every engine samples.

Step k of a ray lies at (k + 0.5) * step metres from the camera, so samples do not depend on picture size, tile or
thread.
"""

import numpy as np

from emogene.values import Camera

BEND_MARGIN = 0.02
"""Metres added around the canonical cube, since a bent neck leaves both rigid copies of it a little."""
STOP_TRANSMITTANCE = 0.01
"""A ray ends where less than this is left, and counts as opaque."""
ALPHA_FLOOR = 1e-3
"""Steps more transparent than this count as empty."""


def camera_rays(camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Origin (3,), unit directions (H, W, 3) through pixel centres, their cosine (H, W) against the viewing axis."""
    x = (np.arange(camera.width) + 0.5 - 0.5 * camera.width) / camera.focal_px
    y = (0.5 * camera.height - np.arange(camera.height) - 0.5) / camera.focal_px
    local = np.stack(np.broadcast_arrays(x[None, :], y[:, None], np.float64(-1.0)), -1)
    length = np.sqrt((local**2).sum(-1, keepdims=True))
    to_world = np.asarray(camera.camera_to_world, np.float64)
    directions = (local / length) @ to_world[:3, :3].T
    return to_world[:3, 3].astype(np.float32), directions.astype(np.float32), (1.0 / length[..., 0]).astype(np.float32)


def spans(
    origin: np.ndarray, directions: np.ndarray, poses: np.ndarray, low: np.ndarray, side: float, step: float
) -> np.ndarray:
    """(R, 2) int32 first and end step of rays through the cube under any of the poses; equal where a ray misses.

    Args:
        origin: (3,) or (R, 3) world positions.
        directions: (R, 3) unit.
        poses: (P, 4, 4) rigid, canonical to world.
        low, side: lower corner (3,) and side of the canonical cube.
    """
    first = np.full(len(directions), np.inf, np.float32)
    last = np.zeros(len(directions), np.float32)
    for pose in np.asarray(poses, np.float32):
        start = (origin - pose[:3, 3]) @ pose[:3, :3]
        along = directions @ pose[:3, :3]
        along = np.where(np.abs(along) < 1e-9, np.float32(1e-9), along)
        a = (low - BEND_MARGIN - start) / along
        b = (low + side + BEND_MARGIN - start) / along
        near = np.maximum(np.minimum(a, b).max(-1), 0.0)
        far = np.maximum(a, b).min(-1)
        hit = far > near
        first = np.where(hit, np.minimum(first, near), first)
        last = np.where(hit, np.maximum(last, far), last)
    hit = last > first
    ends = np.where(hit, np.ceil(last / step), 0.0)
    return np.stack([np.where(hit, np.floor(np.where(hit, first, 0.0) / step), 0.0), ends], -1).astype(np.int32)
