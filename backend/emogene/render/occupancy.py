"""The occupancy grid: cells of the canonical cube where the field may be visible in some frame, and how far one may step elsewhere."""

import numpy as np
from scipy import ndimage

BEND_SAFETY = 0.7
"""Share of a clearance that a ray may skip: a bent neck compresses space by less than the rest."""


def dilate(occupied: np.ndarray, cells: int = 1) -> np.ndarray:
    """(G, G, G) uint8, grown by `cells` in all 26 directions."""
    return ndimage.binary_dilation(occupied, np.ones((3, 3, 3)), iterations=cells).astype(np.uint8)


def clearance(occupied: np.ndarray, side: float) -> np.ndarray:
    """(G, G, G) float32 metres that any point of a cell can move without entering an occupied one; 0 in occupied cells.

    Args:
        occupied: (G, G, G) uint8, indexed x, y, z.
        side: of the cube, metres.
    """
    if not occupied.any():
        return np.full(occupied.shape, side, np.float32)
    cell = side / len(occupied)
    between_centres = ndimage.distance_transform_edt(occupied == 0) * cell
    free = (between_centres - np.sqrt(3.0) * cell) * BEND_SAFETY
    return np.maximum(free, 0.0).astype(np.float32)
