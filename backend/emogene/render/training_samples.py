"""Samples of training rays: marched, unbent and warped by the same kernels that render, for many frames at once.

Nothing here has weights, so nothing here is differentiated; the rays' samples then go through the networks in
torch. Samples that no light reaches are left out, by a quick pass of the fused density kernels over the present
weights.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numba import njit, prange

from . import eyes, occupancy
from .head_field import DENSITY_SHIFT, DISPLACEMENT_SCALE, HeadField
from .kernels.cache import KERNEL
from .kernels.cpu_encode import BLOCK, encode_block, kernel_layout
from .kernels.cpu_engine import table_of
from .kernels.cpu_march import displacement, eye_features, occupied_steps, set_ray, span
from .kernels.cpu_networks import layer, rectify, sigmoid
from .neck import TORSO_POSE

DARK = 0.004
"""Samples with less transmittance before them are not trained on."""
CLEAR = 0.002
"""Samples more transparent than this are not trained on."""
COARSE = 4
"""Clearances of a grid that changes all the time are measured in blocks of so many cells."""
_SHIFT, _SCALE = np.float32(DENSITY_SHIFT), np.float32(DISPLACEMENT_SCALE)
_DARK, _CLEAR = np.float32(DARK), np.float32(CLEAR)
_ONE, _ZERO = np.float32(1), np.float32(0)


@dataclass(frozen=True)
class FrameBatch:
    """Faces of the frames that a batch of rays belongs to."""

    poses: np.ndarray
    """(F, 4, 4) float32."""
    warps: np.ndarray
    """(F, nx, ny, nz, 3) float32 displacement grids."""
    gaze_axes: np.ndarray
    """(F, 3, 3) float32."""


@dataclass(frozen=True)
class RayBatch:
    """Rays sorted by frame."""

    frame: np.ndarray
    """(R,) int32."""
    origins: np.ndarray
    """(R, 3) float32."""
    directions: np.ndarray
    """(R, 3) float32, unit."""
    shift: np.ndarray
    """(R,) float32 in [0, 1): where in a step samples lie."""


@dataclass(frozen=True)
class Samples:
    """M samples ordered by ray, in N columns: each frame begins a block of 256 and fills it up with unused columns."""

    ray: np.ndarray
    """(M,) int64."""
    order: np.ndarray
    """(M,) int64 place on its ray."""
    column: np.ndarray
    """(M,) int64."""
    unit: np.ndarray
    """(3, N) float32 in the unit cube."""
    direct: np.ndarray
    """(8, N) float32: eye features and scaled displacement."""
    block_frame: np.ndarray
    """(N / 256,) int32 frame of each block."""


@njit(**KERNEL)
def describe(x, y, z, low, side, warp, origin, per_cell, centres, axes, unit, direct, at):
    """Write one sample's unit-cube position and direct inputs into column `at`."""
    mx, my, mz = displacement(warp, origin, per_cell, x, y, z)
    unit[0, at] = min(max((x + mx - low[0]) / side, _ZERO), _ONE)
    unit[1, at] = min(max((y + my - low[1]) / side, _ZERO), _ONE)
    unit[2, at] = min(max((z + mz - low[2]) / side, _ZERO), _ONE)
    u, v, iris, pupil, window = eye_features(centres, axes, x, y, z)
    direct[0, at] = u
    direct[1, at] = v
    direct[2, at] = iris
    direct[3, at] = pupil
    direct[4, at] = window
    direct[5, at] = mx * _SCALE
    direct[6, at] = my * _SCALE
    direct[7, at] = mz * _SCALE


@njit(parallel=True, **KERNEL)
def _march(frame, origins, directions, shift, poses, torso, space, points, counts):
    """Canonical points (R, K, 3) of each ray's first K occupied samples, and how many there are (R,)."""
    free, low, side, step = space
    per_cell = np.float32(free.shape[0]) / side
    for r in prange(len(frame)):
        head = poses[frame[r]]
        o, d = origins[r], directions[r]
        k, end = span(head, torso, low, side, step, o[0], o[1], o[2], d[0], d[1], d[2])
        ray = np.empty(18, np.float32)
        set_ray(ray, head, torso, o[0], o[1], o[2], d[0], d[1], d[2])
        found = np.empty((3, points.shape[1]), np.float32)
        steps = np.empty(points.shape[1], np.int32)
        _, n = occupied_steps(
            k, end, shift[r], points.shape[1], ray, head, torso, free, low, per_cell, step, found, steps, 0
        )
        points[r, :n] = found[:, :n].T
        counts[r] = n


@njit(parallel=True, **KERNEL)
def _describe_all(frame, points, counts, starts, low, side, warps, origin, per_cell, centres, axes, unit, direct):
    """Unit-cube positions and direct inputs of the rays' points (R, K, 3), from column `starts` of each on."""
    for r in prange(len(frame)):
        f = frame[r]
        for n in range(counts[r]):
            at = starts[r] + n
            p = points[r, n]
            describe(p[0], p[1], p[2], low, side, warps[f], origin, per_cell, centres, axes[f], unit, direct, at)


@njit(parallel=True, **KERNEL)
def opacities(unit, direct, block_frame, biases, table, layout, density_in, density_out, zeros, alpha):
    """Opacity (N,) of one step at samples in full blocks, each of one frame."""
    for block in prange(len(block_frame)):
        start = block * BLOCK
        levels = len(layout[0])
        corners = np.empty((8, BLOCK), np.uint32)
        weights = np.empty((8, BLOCK), np.float32)
        features = np.zeros((density_in.shape[1], BLOCK), np.float32)
        hidden = np.empty((density_in.shape[0], BLOCK), np.float32)
        outputs = np.empty((4, BLOCK), np.float32)
        encode_block(unit, start, table, layout, corners, weights, features)
        for row in range(direct.shape[0]):
            for s in range(BLOCK):
                features[2 * levels + row, s] = direct[row, start + s]
        layer(density_in, biases[block_frame[block]], features, hidden)
        rectify(hidden)
        layer(density_out, zeros, hidden, outputs)
        sigmoid(outputs[0], _SHIFT, alpha[start : start + BLOCK])


@njit(**KERNEL)
def _choose(counts, starts, alpha, chosen, kept):
    """Mark the samples (N,) that light reaches and that are not clear, and count them for each ray (R,).

    A clear sample's gradient is its opacity's share of next to nothing, so leaving it out changes little.
    """
    for r in range(len(counts)):
        through = _ONE
        kept[r] = 0
        for n in range(counts[r]):
            if through <= _DARK:
                break
            a = alpha[starts[r] + n]
            through *= _ONE - a
            if a >= _CLEAR:
                chosen[starts[r] + n] = True
                kept[r] += 1


@njit(parallel=True, **KERNEL)
def _compact(chosen, counts, starts, firsts, targets, unit, direct, ray, order, column, new_unit, new_direct):
    for r in prange(len(counts)):
        m = 0
        for n in range(counts[r]):
            old = starts[r] + n
            if not chosen[old]:
                continue
            at = targets[r] + m
            ray[firsts[r] + m] = r
            order[firsts[r] + m] = m
            column[firsts[r] + m] = at
            for axis in range(3):
                new_unit[axis, at] = unit[axis, old]
            for row in range(direct.shape[0]):
                new_direct[row, at] = direct[row, old]
            m += 1


class SampleMaker:
    """Makes samples for one field; `refresh_occupancy` after its occupancy grid changed."""

    def __init__(self, field: HeadField, longest: int):
        """`longest`: samples that a ray takes at most."""
        self.field = field
        self.longest = longest
        self.warp = field.landmark_warp()
        self._low = np.array(field.config.box_low, np.float32)
        self._side, self._step = np.float32(field.config.box_side), np.float32(field.config.step)
        self._per_cell = np.float32(1.0 / field.config.warp.cell)
        self._torso = np.ascontiguousarray(TORSO_POSE[:3])
        self._layout = kernel_layout(field.config.grid)
        self.refresh_occupancy()

    def refresh_occupancy(self) -> None:
        """Read the field's occupancy grid again."""
        occupied = self.field.occupied.numpy()
        side, step = self.field.config.box_side, self.field.config.step
        self._free = occupancy.free_steps(occupied, side, step, COARSE)

    def samples(self, rays: RayBatch, frames: FrameBatch, biases: torch.Tensor) -> Samples:
        """The samples of these rays that light reaches, under (F, width) density biases of the frames."""
        count = len(rays.frame)
        points = np.empty((count, self.longest, 3), np.float32)
        counts = np.zeros(count, np.int32)
        space = (self._free, self._low, self._side, self._step)
        poses = np.ascontiguousarray(frames.poses[:, :3])
        _march(rays.frame, rays.origins, rays.directions, rays.shift, poses, self._torso, space, points, counts)
        starts, block_frame = _block_starts(rays.frame, counts, len(frames.poses))
        total = max(len(block_frame), 1) * BLOCK
        unit, direct = np.zeros((3, total), np.float32), np.zeros((8, total), np.float32)
        _describe_all(
            rays.frame, points, counts, starts, self._low, self._side, frames.warps, self.warp.origin, self._per_cell,
            self.field.eyes.numpy(), frames.gaze_axes, unit, direct,
        )  # fmt: skip
        chosen = np.zeros(total, np.bool_)
        kept = np.zeros(count, np.int32)
        _choose(counts, starts, self.opacity(unit, direct, block_frame, biases), chosen, kept)
        targets, new_blocks = _block_starts(rays.frame, kept, len(frames.poses))
        seen, columns = int(kept.sum()), len(new_blocks) * BLOCK
        ray, order, column = np.zeros(seen, np.int64), np.zeros(seen, np.int64), np.zeros(seen, np.int64)
        new_unit, new_direct = np.zeros((3, columns), np.float32), np.zeros((len(direct), columns), np.float32)
        firsts = np.cumsum(kept) - kept
        _compact(chosen, counts, starts, firsts, targets, unit, direct, ray, order, column, new_unit, new_direct)
        return Samples(ray, order, column, new_unit, new_direct, new_blocks)

    def opacity(
        self, unit: np.ndarray, direct: np.ndarray, block_frame: np.ndarray, biases: torch.Tensor
    ) -> np.ndarray:
        """(N,) opacity of one step under the field's present weights; each block of 256 belongs to one frame."""
        alpha = np.zeros(unit.shape[1], np.float32)
        opacities(
            unit, direct, block_frame, biases.detach().numpy(), table_of(self.field), self._layout,
            self.field.density_in.detach().numpy(), np.ascontiguousarray(self.field.density_out.detach().numpy()[:4]),
            np.zeros(4, np.float32), alpha,
        )  # fmt: skip
        return alpha

    def at_points(
        self, points: np.ndarray, frames: FrameBatch, block_frame: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Unit positions (3, N) and direct inputs (8, N) of (N, 3) canonical points, in full blocks of one frame."""
        unit, direct = np.zeros((3, len(points)), np.float32), np.zeros((8, len(points)), np.float32)
        blocks = len(block_frame)
        _describe_all(
            block_frame, points.reshape(blocks, BLOCK, 3), np.full(blocks, BLOCK, np.int32),
            np.arange(blocks, dtype=np.int32) * BLOCK, self._low, self._side, frames.warps, self.warp.origin,
            self._per_cell, self.field.eyes.numpy(), frames.gaze_axes, unit, direct,
        )  # fmt: skip
        return unit, direct


def frame_batch(poses: np.ndarray, gazes: np.ndarray, warps: np.ndarray) -> FrameBatch:
    """A FrameBatch of (F, 4, 4) poses, (F, 2) gazes and (F, nx, ny, nz, 3) warp grids."""
    axes = np.stack([eyes.gaze_axes(gaze) for gaze in gazes])
    return FrameBatch(np.ascontiguousarray(poses, np.float32), warps, axes)


def _block_starts(frame: np.ndarray, counts: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """First column (R,) of each ray's samples, every frame beginning a block, and the frame (B,) of each block."""
    starts = np.zeros(len(counts), np.int32)
    blocks = []
    for f in range(frames):
        mine = np.nonzero(frame == f)[0]
        ends = np.cumsum(counts[mine])
        starts[mine] = len(blocks) * BLOCK + ends - counts[mine]
        blocks += [f] * (-(-int(ends[-1] if len(ends) else 0) // BLOCK))
    return starts, np.array(blocks, np.int32)
