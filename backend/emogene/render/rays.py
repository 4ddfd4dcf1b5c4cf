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
    middle_x, middle_y = camera.centre_px
    x = (np.arange(camera.width) + 0.5 - middle_x) / camera.focal_px
    y = (middle_y - np.arange(camera.height) - 0.5) / camera.focal_py
    local = np.stack(np.broadcast_arrays(x[None, :], y[:, None], np.float64(-1.0)), -1)
    length = np.sqrt((local**2).sum(-1, keepdims=True))
    to_world = np.asarray(camera.camera_to_world, np.float64)
    directions = (local / length) @ to_world[:3, :3].T
    return to_world[:3, 3].astype(np.float32), directions.astype(np.float32), (1.0 / length[..., 0]).astype(np.float32)
