"""Where a torso may be in one frame, its neck bent: coarse cells about the resting body, and how far off they are.

To undo the neck at a place of a ray takes as long as a network's layer, and in the neck's bands canonical clearances
say little about the world. So once a frame the neck's few occupied cells are bent forward, and rays skip by what they
meet there; only beside an occupied coarse cell is the neck undone.

rooms (CELLS, CELLS, CELLS) uint8: 0 where something may be in a cell; else 1 + so many cells that a ray may go on from
anywhere in it, rounded down to 0 or a power of two. What lies outside the cube counts as in the nearest cell.
"""

import numpy as np
from numba import njit

from emogene.render.field import RadianceField
from emogene.render.neck import neck_weight as canonical_weight
from emogene.render.occupancy import dilate
from emogene.render.unbend import STEEPEST

from .cache import KERNEL
from .cpu_march import neck_slope, neck_weight

CELLS = 64
"""A side; the bits of a word that holds a row of them along z."""
FARTHEST = 16
"""Cells that are skipped at a time, a power of two."""
_LIFT = np.uint64(1)
_CORNER, _UNDONE = np.float32(0.87), np.float32(0.001)
_ZERO, _ONE, _TOP = np.float32(0), np.float32(1), np.float32(CELLS - 1)
_STEEPEST = np.float32(STEEPEST)


@njit(**KERNEL)
def splat(points, head, torso, low, per_cell, bits):
    """Mark the cells that canonical points (N, 3) come to; returns how much bending stretches space there at most."""
    stretch = _ZERO
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        w = neck_weight(y, z)
        # The head's place seen from the torso's, and so the blend of both.
        px, py, pz = _ZERO, _ZERO, _ZERO
        for row in range(3):
            moved = head[row, 0] * x + head[row, 1] * y + head[row, 2] * z + head[row, 3] - torso[row, 3]
            px, py, pz = px + torso[row, 0] * moved, py + torso[row, 1] * moved, pz + torso[row, 2] * moved
        dx, dy, dz = px - x, py - y, pz - z
        stretch = max(stretch, _STEEPEST * neck_slope(y, z) * np.sqrt(dx * dx + dy * dy + dz * dz))
        jx = int(min(max((x + w * dx - low[0]) * per_cell, _ZERO), _TOP))
        jy = int(min(max((y + w * dy - low[1]) * per_cell, _ZERO), _TOP))
        jz = int(min(max((z + w * dz - low[2]) * per_cell, _ZERO), _TOP))
        bits[jx, jy] |= _LIFT << np.uint64(jz)
    return _ONE + stretch


@njit(**KERNEL)
def spread(bits, grown):
    """grown (CELLS, CELLS): bits, and the cells beside them in all 26 directions."""
    for x in range(CELLS):
        for y in range(CELLS):
            w = bits[x, y]
            grown[x, y] = w | (w << _LIFT) | (w >> _LIFT)
    for x in range(CELLS):
        before = grown[x, 0]
        for y in range(CELLS):
            here = grown[x, y]
            after = grown[x, min(y + 1, CELLS - 1)]
            grown[x, y] = before | here | after
            before = here
    for y in range(CELLS):
        before = grown[0, y]
        for x in range(CELLS):
            here = grown[x, y]
            after = grown[min(x + 1, CELLS - 1), y]
            grown[x, y] = before | here | after
            before = here


@njit(**KERNEL)
def add_level(bits, cells, rooms):
    """Where no bit is set, `cells` more than those of the level before may be skipped."""
    for x in range(CELLS):
        for y in range(CELLS):
            row, free = rooms[x, y], ~bits[x, y]
            for z in range(CELLS):
                row[z] += np.uint8((free >> np.uint64(z)) & _LIFT) * cells


@njit(**KERNEL)
def fill_rooms(still, moving, head, torso, low, cell, fine, rooms):
    """Write the rooms of a frame.

    Args:
        still: (CELLS, CELLS) uint64, the cells in which nothing moves, one more all round.
        moving: (N, 3) canonical middles of the occupied fine cells that the neck moves.
        head, torso: poses (3, 4).
        low, cell: of the coarse cells; fine: side of a fine cell, metres.
    """
    bits, grown = np.zeros((CELLS, CELLS), np.uint64), np.empty((CELLS, CELLS), np.uint64)
    stretch = splat(moving, head, torso, low, _ONE / cell, bits)
    # From a fine cell's middle to its corners; and undoing a steep bend does not quite end in three rounds.
    margin = _CORNER * fine * stretch + _UNDONE
    for _ in range(1 + int(margin / cell)):
        spread(bits, grown)
        bits[:] = grown
    bits = bits | still
    rooms[:] = 0
    add_level(bits, np.uint8(1), rooms)
    done, reach = 0, 1
    while reach <= FARTHEST:
        for _ in range(reach - done):
            spread(bits, grown)
            bits[:] = grown
        add_level(bits, np.uint8(reach - done), rooms)
        done, reach = reach, 2 * reach


class BentCells:
    """The occupied cells of one torso, ready for any pose of the head."""

    def __init__(self, field: RadianceField):
        config = field.config
        occupied = field.occupied.cpu().numpy() > 0
        self.low = np.array(config.box_low, np.float32)
        self.cell, self.fine = np.float32(config.box_side / CELLS), np.float32(config.box_side / config.occupancy)
        places = np.argwhere(occupied)
        middles = ((places + 0.5) * self.fine + self.low).astype(np.float32)
        # By its whole cell: a corner of it lies higher than its middle.
        moves = canonical_weight(middles + np.array([0.0, self.fine, 0.0], np.float32)) > 0
        self._moving = np.ascontiguousarray(middles[moves])
        cells = np.zeros((CELLS,) * 3, np.uint8)
        at = np.minimum(((middles[~moves] - self.low) / self.cell).astype(int), CELLS - 1)
        cells[at[:, 0], at[:, 1], at[:, 2]] = 1
        self._still = np.ascontiguousarray(np.packbits(dilate(cells), axis=2, bitorder="little")).view("<u8")[..., 0]

    def argument(self, head: np.ndarray, torso: np.ndarray) -> tuple:
        """rooms, low (3,), cells a metre, cell: for poses (3, 4) float32 of head and torso."""
        rooms = np.empty((CELLS,) * 3, np.uint8)
        fill_rooms(self._still, self._moving, head, torso, self.low, self.cell, self.fine, rooms)
        return rooms, self.low, np.float32(1.0 / self.cell), self.cell


def everywhere(field: RadianceField) -> tuple:
    """The argument for frames in which the torso may be anywhere."""
    cell = np.float32(field.config.box_side / CELLS)
    return np.zeros((CELLS,) * 3, np.uint8), np.array(field.config.box_low, np.float32), np.float32(1.0 / cell), cell
