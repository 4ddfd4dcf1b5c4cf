"""Samples of training rays: marched, unbent and warped by the same kernels that render, for many frames at once.

Nothing here has weights, so nothing here is differentiated; the rays' samples then go through the networks in
torch. Samples that no light reaches are left out, by a quick pass of the fused density kernels over the present
weights.
"""

from dataclasses import dataclass

import numpy as np
import torch

from . import eyes
from .field import DIRECT, RadianceField
from .head_field import HeadField
from .kernels.cpu_clearance import everywhere
from .kernels.cpu_encode import BLOCK, kernel_layout
from .kernels.cpu_engine import space_argument
from .neck import TORSO_POSE
from .training_kernels import DARK, choose, compact, describe, march, opacities, place

FIRST = 12
"""So many samples of every ray are looked at; more only of those through which light still comes then."""
COARSE = 4
"""Clearances of a grid that changes all the time are measured in blocks of so many cells."""


Values = np.ndarray | torch.Tensor
"""Arrays on the CPU; tensors where torch_samples.TorchSampleMaker makes samples on another device."""


@dataclass(frozen=True)
class FrameBatch:
    """Faces of the frames that a batch of rays belongs to."""

    poses: np.ndarray
    """(F, 4, 4) float32."""
    warps: Values
    """(F, nx, ny, nz, 4) float32 displacement grids."""
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
    """M samples ordered by ray, in N columns: each frame begins a block and fills it up with unused columns."""

    ray: Values
    """(M,) int64."""
    order: Values
    """(M,) int64 place on its ray."""
    column: Values
    """(M,) int64."""
    distance: Values
    """(M,) float32 metres along the ray."""
    unit: Values
    """(3, N) float32 in the unit cube."""
    direct: Values
    """(DIRECT, N) float32."""
    block_frame: Values
    """(N / BLOCK,) int32 frame of each block."""


@dataclass(frozen=True)
class _Looked:
    """Some samples of each ray, and which of them are worth training on."""

    skipped: int
    counts: np.ndarray
    starts: np.ndarray
    unit: np.ndarray
    direct: np.ndarray
    chosen: np.ndarray


class SampleMaker:
    """Makes samples for one field; `refresh_occupancy` after one of its grids changed."""

    def __init__(self, field: RadianceField, longest: int):
        """`longest`: samples that a ray takes at most."""
        self.field = field
        self.longest = longest
        self.warp = field.landmark_warp()
        self._kind = 0 if isinstance(field, HeadField) else 1
        self._eyes = field.eyes.numpy() if isinstance(field, HeadField) else np.zeros((2, 3), np.float32)
        self._per_cell = np.float32(1.0 / field.config.warp.cell)
        self._torso = np.ascontiguousarray(TORSO_POSE[:3])
        self._bent = everywhere(field)
        self._layout = kernel_layout(field.config.grid)
        self.refresh_occupancy()

    def refresh_occupancy(self) -> None:
        """Read the field's grids again."""
        self._space = space_argument(self.field, COARSE)

    def warp_values(self, landmarks: np.ndarray) -> np.ndarray:
        """(nx, ny, nz, 4) displacements of a frame."""
        return self.warp.grid(landmarks).values

    def frames(self, poses: np.ndarray, gazes: np.ndarray, warps: list[np.ndarray]) -> FrameBatch:
        """Of (F, 4, 4) poses, (F, 2) gazes and the warp grid of each frame."""
        return frame_batch(poses, gazes, np.stack(warps))

    def samples(
        self, rays: RayBatch, frames: FrameBatch, bias: torch.Tensor, head_colour: torch.Tensor | None = None
    ) -> Samples:
        """The samples of these rays that light reaches.

        Args:
            bias: (F, width) of the density network.
            head_colour: (R, 4) premultiplied, where the field is a torso's.
        """
        count = len(rays.frame)
        found = np.empty((count, 9, self.longest), np.float32)
        steps = np.empty((count, self.longest), np.int32)
        counts = np.zeros(count, np.int32)
        poses = np.ascontiguousarray(frames.poses[:, :3])
        march(
            self._kind, rays.frame, rays.origins, rays.directions, rays.shift, poses, self._torso, self._space,
            self._bent, frames.warps, self.warp.origin, self._per_cell, found, steps, counts,
        )  # fmt: skip
        colour = np.zeros((count, 4), np.float32) if head_colour is None else head_colour.numpy()
        through, kept = np.ones(count, np.float32), np.zeros(count, np.int32)

        def look(skipped: int, these: np.ndarray) -> _Looked:
            starts, block_frame = _block_starts(rays.frame, these, len(frames.poses))
            total = len(block_frame) * BLOCK
            unit, direct = np.zeros((3, total), np.float32), np.zeros((DIRECT, total), np.float32)
            describe(
                self._kind,
                rays.frame,
                found,
                skipped,
                these,
                starts,
                self._eyes,
                frames.gaze_axes,
                colour,
                unit,
                direct,
            )
            chosen = np.zeros(total, np.bool_)
            choose(these, starts, self.opacity(unit, direct, block_frame, bias), through, chosen, kept)
            return _Looked(skipped, these, starts, unit, direct, chosen)

        looked = [look(0, np.minimum(counts, FIRST))]
        looked.append(look(FIRST, np.where(through > DARK, np.maximum(counts - FIRST, 0), 0).astype(np.int32)))
        targets, new_blocks = _block_starts(rays.frame, kept, len(frames.poses))
        seen, columns = int(kept.sum()), max(len(new_blocks), 1) * BLOCK
        ray, order, column = np.zeros(seen, np.int64), np.zeros(seen, np.int64), np.zeros(seen, np.int64)
        new_steps = np.zeros(seen, np.int32)
        new_unit, new_direct = np.zeros((3, columns), np.float32), np.zeros((DIRECT, columns), np.float32)
        firsts, done = np.cumsum(kept) - kept, np.zeros(count, np.int64)
        for part in looked:
            compact(
                part.skipped, part.chosen, part.counts, part.starts, firsts, targets, done, steps, part.unit,
                part.direct, ray, order, column, new_steps, new_unit, new_direct,
            )  # fmt: skip
        distance = (new_steps + rays.shift[ray]) * np.float32(self.field.config.step)
        blocks = new_blocks if len(new_blocks) else np.zeros(1, np.int32)
        return Samples(ray, order, column, distance.astype(np.float32), new_unit, new_direct, blocks)

    def opacity(self, unit: np.ndarray, direct: np.ndarray, block_frame: np.ndarray, bias: torch.Tensor) -> np.ndarray:
        """(N,) opacity of one step under the field's present weights; each block of BLOCK belongs to one frame."""
        alpha = np.zeros(unit.shape[1], np.float32)
        opacities(
            unit, direct, block_frame, bias.detach().numpy(), self.field.table.detach().numpy(), self._layout,
            self.field.density_in.detach().numpy(), np.ascontiguousarray(self.field.density_out.detach().numpy()[:4]),
            np.zeros(4, np.float32), alpha,
        )  # fmt: skip
        return alpha

    def at_points(
        self, points: np.ndarray, frames: FrameBatch, block_frame: np.ndarray, head_colour: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Unit positions (3, N) and direct inputs (DIRECT, N) of (N, 3) canonical points, in full blocks of one frame.

        Args:
            head_colour: (N / BLOCK, 4), one for each block.
        """
        blocks = len(block_frame)
        flat = np.zeros((9, len(points)), np.float32)
        everywhere = np.full((8, 8, 1), 255, np.uint8)
        place(
            points, block_frame, self._space[2], self._space[3], frames.warps, self.warp.origin, self._per_cell,
            everywhere, flat, np.zeros(len(points), np.int32),
        )  # fmt: skip
        unit, direct = np.zeros((3, len(points)), np.float32), np.zeros((DIRECT, len(points)), np.float32)
        found = np.ascontiguousarray(flat.reshape(9, blocks, BLOCK).transpose(1, 0, 2))
        describe(
            self._kind, block_frame, found, 0, np.full(blocks, BLOCK, np.int32),
            np.arange(blocks, dtype=np.int32) * BLOCK, self._eyes, frames.gaze_axes,
            np.zeros((blocks, 4), np.float32) if head_colour is None else head_colour, unit, direct,
        )  # fmt: skip
        return unit, direct


def frame_batch(poses: np.ndarray, gazes: np.ndarray, warps: Values) -> FrameBatch:
    """A FrameBatch of (F, 4, 4) poses, (F, 2) gazes and (F, nx, ny, nz, 4) warp grids."""
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
