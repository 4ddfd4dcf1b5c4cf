"""How the neck bends: points of the canonical head blend from the moving head to the resting torso.

A canonical point p goes to  w(p) * pose @ p + (1 - w(p)) * torso_pose @ p,  w being 1 on the head, 0 on the shoulders.
Corpus pictures are made with it and the field undoes it, so both use these very numbers.
"""

import numpy as np

NECK_SLOPE = 0.4
"""The blend's bands tilt: low under the chin, high at the nape."""
NECK_LOW = -0.150
NECK_HIGH = -0.092
"""Heights (y + NECK_SLOPE * z, metres) at which the weight is 0 and 1."""
HEAD_LOW = NECK_HIGH
"""Height from which on everything moves rigidly with the head, and is the head field's; below it is the torso's."""

TORSO_POSE = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float32)
"""(4, 4) canonical to world at rest: the head's origin is the world's, the face looks along Blender's -Y, up is +Z."""


def neck_height(points: np.ndarray) -> np.ndarray:
    """(N,) metres, the height that the neck's bands are measured in, of (N, 3) canonical points."""
    return points[..., 1] + NECK_SLOPE * points[..., 2]


def neck_weight(points: np.ndarray) -> np.ndarray:
    """(N,) weight of the head pose for (N, 3) canonical points: smoothstep over tilted bands."""
    t = np.clip((neck_height(points) - NECK_LOW) / (NECK_HIGH - NECK_LOW), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def bend(points: np.ndarray, pose: np.ndarray, torso_pose: np.ndarray = TORSO_POSE) -> np.ndarray:
    """(N, 3) world positions of (N, 3) canonical points under a (4, 4) head pose."""
    w = neck_weight(points)[..., None]
    head = points @ pose[:3, :3].T + pose[:3, 3]
    torso = points @ torso_pose[:3, :3].T + torso_pose[:3, 3]
    return w * head + (1.0 - w) * torso
