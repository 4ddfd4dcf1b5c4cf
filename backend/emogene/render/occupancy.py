"""The occupancy grid: cells that may be visible in some frame, and how far a ray may step elsewhere."""

import numpy as np
from scipy import ndimage

ROUNDING = 1e-5
"""Metres that positions may be off by, for which clearances are less."""
OCCUPIED = 255
"""Marks an occupied cell among free steps."""


def dilate(occupied: np.ndarray, cells: int = 1) -> np.ndarray:
    """(G, G, G) uint8, grown by `cells` in all 26 directions: along one axis after the other, which is much faster."""
    grown = occupied.astype(np.uint8)
    for _ in range(cells):
        for axis in range(3):
            before, grown = np.moveaxis(grown, axis, 0), grown.copy()
            after = np.moveaxis(grown, axis, 0)
            after[1:] |= before[:-1]
            after[:-1] |= before[1:]
    return grown


def covered(occupied: np.ndarray, cells: int) -> np.ndarray:
    """(cells, cells, cells) uint8 over the same cube: those that an occupied cell of (G, G, G) reaches into."""
    size = len(occupied)
    edges = np.arange(cells + 1) * size
    first, last = edges[:-1] // cells, -(-edges[1:] // cells) - 1
    for axis in range(3):
        reached = occupied.take(first, axis)
        for more in range(1, int((last - first).max()) + 1):
            reached = reached | occupied.take(np.minimum(first + more, last), axis)
        occupied = reached
    return occupied


def close_gaps(occupied: np.ndarray) -> np.ndarray:
    """(G, G, G) uint8 with gaps of up to two cells filled, not grown outwards; what lies outside counts as occupied."""
    return 1 - dilate(1 - dilate(occupied))


def clearance(occupied: np.ndarray, side: float, coarse: int = 1) -> np.ndarray:
    """(G, G, G) float32 canonical metres that any point of a cell can move without entering an occupied one.

    Args:
        occupied: (G, G, G) uint8, indexed x, y, z.
        side: of the cube, metres.
        coarse: measure in blocks of so many cells a side, which is faster and never says too much; must divide G.
    """
    if not occupied.any():
        return np.full(occupied.shape, side, np.float32)
    blocks = len(occupied) // coarse
    cell = side / blocks
    pooled = occupied.reshape(blocks, coarse, blocks, coarse, blocks, coarse).max((1, 3, 5))
    # A cell's nearest point to an occupied one is as far from it as their centres are, less a cell along each axis:
    # as far as its centre is from the centres of the cells about the occupied ones.
    between = np.asarray(ndimage.distance_transform_edt(dilate(pooled) == 0)) * cell
    free = np.maximum(between - ROUNDING, 0.0).astype(np.float32)
    return free.repeat(coarse, 0).repeat(coarse, 1).repeat(coarse, 2)


def free_steps(occupied: np.ndarray, side: float, step: float, coarse: int = 1) -> np.ndarray:
    """(G, G, G) uint8 steps that lie in the clearance of each cell; OCCUPIED marks occupied ones."""
    steps = np.minimum(clearance(occupied, side, coarse) / step, OCCUPIED - 1).astype(np.uint8)
    steps[occupied > 0] = OCCUPIED
    return steps


def occupied_box(occupied: np.ndarray, low: np.ndarray, side: float) -> np.ndarray:
    """(2, 3) float32 lower and upper corner of all occupied cells, canonical metres; empty where there are none.

    Args:
        occupied: (G, G, G) uint8, indexed x, y, z.
        low, side: lower corner (3,) and side of the cube.
    """
    cell = side / len(occupied)
    corners = np.zeros((2, 3))
    for axis in range(3):
        used = np.flatnonzero(occupied.any(tuple(a for a in range(3) if a != axis)))
        if len(used):
            corners[:, axis] = used[0], used[-1] + 1
    return (np.asarray(low) + corners * cell).astype(np.float32)
