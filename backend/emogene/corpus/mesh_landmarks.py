"""The 68 iBUG landmarks among the 478 points of MediaPipe's face mesh, and the mesh points that hold still on a head.

The correspondence follows the length along each contour (jaw, brows, lids, lips) of the mesh and of our face model's
landmarks; corners of eyes and mouth and the middle of the lips are the mesh's own. Left and right are the subject's.
"""

import numpy as np

MESH_POINTS = 478
"""With the irises."""

_JAW_RIGHT = (127, 234, 93, 58, 172, 136, 149, 148)
_JAW_LEFT = (377, 378, 365, 397, 288, 323, 454, 356)
_BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
_NOSE = (168, 197, 195, 4, 98, 97, 2, 326, 327)
_EYES = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
_LIPS_OUTER = (61, 39, 37, 0, 267, 269, 291, 321, 314, 17, 84, 91)
_LIPS_INNER = (78, 81, 13, 311, 308, 402, 14, 178)
IBUG_POINTS = (*_JAW_RIGHT, 152, *_JAW_LEFT, *_BROWS, *_NOSE, *_EYES, *_LIPS_OUTER, *_LIPS_INNER)
"""Mesh point of each of the 68 landmarks."""

STABLE_POINTS = (
    *(8, 9, 151, 168, 6, 197, 195, 5, 4),
    *(122, 351, 196, 419, 193, 417),
    *(33, 133, 362, 263),
    *(127, 356, 162, 389, 234, 454),
)
"""Middle of forehead and nose, sides of its bridge, corners of the eyes, temples: no lids, no mouth, no jaw."""

TRACKED_POINTS = tuple(dict.fromkeys((*IBUG_POINTS, *STABLE_POINTS)))
"""What is kept of the mesh; the first 68 are the landmarks."""
STABLE_ROWS = tuple(TRACKED_POINTS.index(point) for point in STABLE_POINTS)
"""Rows of `TRACKED_POINTS`."""


def tracked_points(mesh: np.ndarray, width: int, height: int) -> np.ndarray:
    """(P, 3) float32 pixels, +x to the right of the picture, +y up, +z to the camera.

    Args:
        mesh: (478, 3) as MediaPipe gives it: x and y as parts of width and height, y down, z away from the camera and
            measured in picture widths.
    """
    scale = np.array([width, -height, -width], np.float32)
    return mesh[list(TRACKED_POINTS)].astype(np.float32) * scale
