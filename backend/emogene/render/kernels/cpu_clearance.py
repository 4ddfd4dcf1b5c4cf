"""Where a torso may be in one frame, its neck bent: fine cells about the resting body, and how far off they are.

To undo the neck at a place of a ray takes as long as a network's layer, and in the neck's bands canonical clearances
say little about the world. So once a frame the neck's few occupied cells are bent forward, and rays skip by what they
meet there; only in an occupied fine cell is the neck undone.

cells (FINE, FINE, FINE / 64) uint64: a bit for each cell in which something may be.
rooms (COARSE, COARSE, COARSE) uint8, of blocks of 2x2x2 of them: 0 where something may be in one; else 1 + so many
coarse cells that a ray may go on from anywhere in it, rounded down to 0 or a power of two.
What lies outside the cube counts as in the nearest cell.
"""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL
from emogene.render.field import RadianceField
from emogene.render.neck import NECK_HIGH, NECK_LOW, NECK_SLOPE
from emogene.render.neck import neck_weight as canonical_weight
from emogene.render.occupancy import covered
from emogene.render.unbend import STEEPEST

from .cpu_bends import drawn, neck_slope, neck_weight

COARSE = 64
"""A side; the bits of a word that holds a row of them along z."""
FINE = 2 * COARSE
FARTHEST = 16
"""Coarse cells that are skipped at a time, a power of two."""
_LIFT, _FULL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
_UNDONE = np.float32(0.001)
"""Metres that undoing the neck in three rounds may be off by; strong bends add to it."""
_MOST = np.float32(0.004)
"""But no more than this. In bends of 28 degrees and more a place in 200 is farther off; in pictures none was missed."""
_ZERO, _HALF, _ONE, _TOP = np.float32(0), np.float32(0.5), np.float32(1), np.float32(FINE - 1)
_STEEPEST = np.float32(STEEPEST)
_STEEP, _SLOPE = np.float32(1.5 / (NECK_HIGH - NECK_LOW)), np.float32(NECK_SLOPE)
_HALVING = (
    (np.uint64(0), np.uint64(0x5555555555555555)),
    (np.uint64(1), np.uint64(0x3333333333333333)),
    (np.uint64(2), np.uint64(0x0F0F0F0F0F0F0F0F)),
    (np.uint64(4), np.uint64(0x00FF00FF00FF00FF)),
    (np.uint64(8), np.uint64(0x0000FFFF0000FFFF)),
    (np.uint64(16), np.uint64(0x00000000FFFFFFFF)),
)
"""Shifts and masks that bring a word's even bits together."""


@njit(**KERNEL)
def splat(middles, size, across, low, per_cell, cells):
    """Mark the fine cells that canonical cells come to, by their middles (N, 3) and their side."""
    half = _HALF * size * per_cell
    way, first, last = np.empty(3, np.float32), np.empty(3, np.int64), np.empty(3, np.int64)
    for n in range(len(middles)):
        x, y, z = middles[n, 0], middles[n, 1], middles[n, 2]
        w, steep = neck_weight(y, z), _STEEP * neck_slope(y, z)
        # p goes to p + w(p) * (head's p - p), seen from the torso.
        way[0], way[1], way[2] = drawn(across, x, y, z)
        gap = np.sqrt(way[0] * way[0] + way[1] * way[1] + way[2] * way[2])
        # Unbending begins about half of the gap times this off, and each of three rounds leaves about this share.
        left = _STEEPEST * neck_slope(y, z) * gap
        undone = (_UNDONE + min(_HALF * gap * left * left * left * left, _MOST)) * per_cell
        for i in range(3):
            # Half the bent cell's extent along this axis, by the bend's derivatives.
            reach = _ZERO
            for j in range(3):
                own = _ONE if i == j else _ZERO
                rise = steep if j == 1 else (steep * _SLOPE if j == 2 else _ZERO)
                reach += abs(own + w * (across[i, j] - own) + way[i] * rise)
            reach = half * reach + undone
            middle = (middles[n, i] + w * way[i] - low[i]) * per_cell
            first[i] = int(min(max(middle - reach, _ZERO), _TOP))
            last[i] = int(min(max(middle + reach, _ZERO), _TOP))
        below, above = run(first[2], last[2])
        for jx in range(first[0], last[0] + 1):
            for jy in range(first[1], last[1] + 1):
                cells[jx, jy, 0] |= below
                cells[jx, jy, 1] |= above


@njit(**KERNEL)
def run(first, last):
    """The two words of a row of fine cells in which those from `first` to `last` are marked."""
    below, above = np.uint64(0), np.uint64(0)
    if first < COARSE:
        below = (_FULL << np.uint64(first)) & (_FULL >> np.uint64(COARSE - 1 - min(last, COARSE - 1)))
    if last >= COARSE:
        above = (_FULL << np.uint64(max(first - COARSE, 0))) & (_FULL >> np.uint64(FINE - 1 - last))
    return below, above


@njit(**KERNEL)
def halved(word):
    """32 bits: whether either of each two neighbouring bits of a word is set."""
    word |= word >> _LIFT
    for shift, mask in _HALVING:
        word = (word | (word >> shift)) & mask
    return word


@njit(**KERNEL)
def pool(cells, bits):
    """bits (COARSE, COARSE), a word a row: where any of 2x2x2 fine cells is marked."""
    for x in range(COARSE):
        for y in range(COARSE):
            below, above = np.uint64(0), np.uint64(0)
            for i in range(2):
                for j in range(2):
                    below |= cells[2 * x + i, 2 * y + j, 0]
                    above |= cells[2 * x + i, 2 * y + j, 1]
            bits[x, y] = halved(below) | (halved(above) << np.uint64(COARSE // 2))


@njit(**KERNEL)
def spread(bits, grown):
    """grown (COARSE, COARSE): bits, and the cells beside them in all 26 directions."""
    for x in range(COARSE):
        for y in range(COARSE):
            w = bits[x, y]
            grown[x, y] = w | (w << _LIFT) | (w >> _LIFT)
    for x in range(COARSE):
        before = grown[x, 0]
        for y in range(COARSE):
            here = grown[x, y]
            after = grown[x, min(y + 1, COARSE - 1)]
            grown[x, y] = before | here | after
            before = here
    for y in range(COARSE):
        before = grown[0, y]
        for x in range(COARSE):
            here = grown[x, y]
            after = grown[min(x + 1, COARSE - 1), y]
            grown[x, y] = before | here | after
            before = here


@njit(**KERNEL)
def add_level(bits, cells, rooms):
    """Where no bit is set, `cells` more than those of the level before may be skipped."""
    for x in range(COARSE):
        for y in range(COARSE):
            row, free = rooms[x, y], ~bits[x, y]
            for z in range(COARSE):
                row[z] += np.uint8((free >> np.uint64(z)) & _LIFT) * cells


@njit(**KERNEL)
def fill_rooms(still, moving, size, across, low, per_cell, cells, rooms):
    """Write the cells and rooms of a frame.

    Args:
        still: as cells, those in which nothing moves.
        moving, size: (N, 3) canonical middles of the occupied cells that the neck moves, and their side.
        across: from the head's frame into the torso's (3, 4).
        low, per_cell: lower corner of the cube, fine cells a metre.
    """
    cells[:] = still
    splat(moving, size, across, low, per_cell, cells)
    bits, grown = np.empty((COARSE, COARSE), np.uint64), np.empty((COARSE, COARSE), np.uint64)
    pool(cells, bits)
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
        self.low, self._side = np.array(config.box_low, np.float32), np.float32(config.box_side)
        self._size = np.float32(config.box_side / config.occupancy)
        places = np.argwhere(occupied)
        middles = ((places + 0.5) * self._size + self.low).astype(np.float32)
        # By its whole cell: a corner of it lies higher than its middle.
        moves = canonical_weight(middles + np.array([0.0, self._size, 0.0], np.float32)) > 0
        self._moving = np.ascontiguousarray(middles[moves])
        resting = np.zeros(occupied.shape, np.uint8)
        resting[tuple(places[~moves].T)] = 1
        self._still = np.packbits(covered(resting, FINE), axis=2, bitorder="little").view("<u8")

    def argument(self, across: np.ndarray) -> tuple:
        """cells, rooms, low (3,), fine cells a metre, coarse cell: of `placed`."""
        cells, rooms = np.empty((FINE, FINE, 2), np.uint64), np.empty((COARSE,) * 3, np.uint8)
        per_cell = np.float32(FINE) / self._side
        fill_rooms(self._still, self._moving, self._size, across, self.low, per_cell, cells, rooms)
        return cells, rooms, self.low, per_cell, np.float32(self._side / COARSE)


def everywhere(field: RadianceField) -> tuple:
    """The argument for frames in which the torso may be anywhere."""
    side = np.float32(field.config.box_side)
    low, cells = np.array(field.config.box_low, np.float32), np.full((FINE, FINE, 2), _FULL)
    return cells, np.zeros((COARSE,) * 3, np.uint8), low, np.float32(FINE) / side, np.float32(side / COARSE)
