"""The steps of a frame by Triton's kernels. Triton runs them on a GPU, or, interpreted, on CPU tensors for tests."""

from typing import Any

import torch
import triton  # pyright: ignore[reportMissingImports]

from emogene.render.field import RadianceField
from emogene.render.hash_grid import FEATURES, GridLayout
from emogene.render.torch_march import FrameRays

from .composite_kernels import composite_kernel
from .density_kernels import HIDDEN_INPUTS, density_kernel
from .encode_kernels import encode_back_kernel, encode_kernel
from .march_kernels import march_kernel, spans_kernel
from .parts import FaceInputs, Laid, Light, March, Wave, level_numbers
from .torch_steps import TorchSteps

RAYS = 32
"""Rays of a block: one warp, so that no ray waits for those of another."""
SAMPLES = 32
"""Of a block: with twice as many, compiled code for compute capability 8.6 spills its registers."""
WIDEST = 128
"""Wider networks do not fit a multiprocessor's memory at once; torch computes them."""


def rounded(count: int) -> int:
    """The power of two, 16 at least, that holds so many: sides of Triton's blocks are such."""
    return max(16, triton.next_power_of_2(count))


class TritonMarch:
    """Each wave counts, then writes, and remembers how far each ray came."""

    def __init__(self, laid: Laid, rays: FrameRays, limit: int, last: torch.Tensor | None, block: int):
        self._laid, self._limit, self._block = laid, limit, block
        self._bent = not laid.is_head
        config = laid.field.config
        self._space = (*config.box_low, config.box_side, config.step)
        self._rays = tuple(
            values.contiguous() for values in (rays.frame.int(), rays.origins, rays.directions, rays.shift, rays.poses)
        )
        self._torso, self._warps, self._cell = rays.torso.contiguous(), rays.warps.contiguous(), rays.warp_cell
        self._warp_origin = tuple(float(v) for v in rays.warp_origin)
        count = len(rays.frame)
        self._first, self._end, self._taken = (
            torch.zeros(count, dtype=torch.int32, device=laid.device) for _ in range(3)
        )
        frame, origins, directions, _, poses = self._rays
        spans_kernel[(triton.cdiv(count, block),)](  # pyright: ignore[reportIndexIssue]
            frame, origins, directions, poses, self._torso, self._first, self._end, count, *self._space,
            BENT=self._bent, BLOCK=block, num_warps=1,
        )  # fmt: skip
        if last is not None:
            torch.minimum(self._end, last.int(), out=self._end)

    def going(self, live: torch.Tensor) -> torch.Tensor:
        return self._first[live] < self._end[live]

    def wave(self, live: torch.Tensor, most: int) -> Wave:
        device, rays = self._laid.device, live.int()
        counts = torch.zeros(len(live), dtype=torch.int32, device=device)
        nothing = torch.zeros(1, dtype=torch.int32, device=device)
        no_found = torch.zeros(9, device=device)
        self._launch(rays, most, False, counts, counts, nothing, nothing, no_found)
        ends = counts.cumsum(0, dtype=torch.int32)
        begins = ends - counts
        total = int(ends[-1]) if len(live) else 0
        ray, step = (torch.zeros(total, dtype=torch.int32, device=device) for _ in range(2))
        found = torch.zeros(9, total, device=device)
        # Written even where nothing was found: the rays must go on.
        self._launch(rays, most, True, counts, begins, ray, step, found)
        return Wave(live, begins, ends, ray, step, found)

    def _launch(self, live, most: int, write: bool, counts, begins, ray, step, found) -> None:
        if not len(live):
            return
        laid = self._laid
        config = laid.field.config
        march_kernel[(triton.cdiv(len(live), self._block),)](  # pyright: ignore[reportIndexIssue]
            live, *self._rays, self._torso, laid.free, laid.field.surface, self._warps,
            self._first, self._end, self._taken, counts, begins, ray, step, found,
            len(live), config.occupancy, config.surface, *self._space,
            config.occupancy / config.box_side, 1.0 / config.box_side,
            *self._warp_origin, 1.0 / self._cell, *self._warps.shape[1:4], most, self._limit, found.shape[-1],
            BENT=self._bent, WRITE=write, BLOCK=self._block, num_warps=1,
        )  # fmt: skip


class TritonSteps:
    """See parts.Steps."""

    name = "triton"

    def __init__(self, rays: int = RAYS, samples: int = SAMPLES):
        """So many rays, and samples, a block; powers of two."""
        self._block, self._samples = rays, samples
        self._plain = TorchSteps()
        self._weights: dict[int, tuple[torch.Tensor, ...]] = {}

    def march(self, laid: Laid, rays: FrameRays, limit: int, last: torch.Tensor | None = None) -> March:
        return TritonMarch(laid, rays, limit, last, self._block)

    def density(self, laid: Laid, wave: Wave, face: FaceInputs) -> torch.Tensor:
        field = laid.field
        if field.config.width > WIDEST:
            return self._plain.density(laid, wave, face)
        if id(field) not in self._weights:
            self._weights[id(field)] = filled_up(field)
        hashed_in, direct_in, weights_out = self._weights[id(field)]
        columns, hidden, out = hashed_in.shape[0], hashed_in.shape[1], weights_out.shape[1]
        bias = torch.zeros(hidden, device=laid.device)
        bias[: len(face.bias)] = face.bias
        count = len(wave.ray)
        geometry = torch.empty(count, field.config.geometry, device=laid.device)
        if not count:
            return geometry
        centres = getattr(field, "eyes", face.gaze_axes)
        colour = bias if face.head_colour is None else face.head_colour
        density_kernel[(triton.cdiv(count, self._samples),)](  # pyright: ignore[reportIndexIssue]
            wave.found, wave.ray, colour, centres, face.gaze_axes, field.table.detach(),
            *level_numbers(field.config.grid, laid.device),
            hashed_in, direct_in, bias, weights_out, geometry,
            count, count, FEATURES * field.config.grid.levels, field.config.geometry,
            HEAD=laid.is_head, COLUMNS=columns, HIDDEN=hidden, OUT=out, BLOCK=self._samples, num_warps=4,
        )  # fmt: skip
        return geometry

    def composite(
        self, laid: Laid, wave: Wave, values: torch.Tensor, shift: torch.Tensor, face: FaceInputs, light: Light
    ) -> None:
        under = face.head_colour is not None and face.head_distance is not None
        if not len(wave.live):
            return
        step = laid.field.config.step
        composite_kernel[(triton.cdiv(len(wave.live), self._block),)](  # pyright: ignore[reportIndexIssue]
            wave.live.int(), wave.begins, wave.ends, wave.step, values, shift,
            face.head_colour if under else light.through, face.head_distance if under else light.through,
            light.through, light.front, light.sums, light.distance, len(wave.live), values.shape[1], step,
            UNDER=under, OUT=rounded(values.shape[1]), BLOCK=self._block, num_warps=1,
        )  # fmt: skip


def filled_up(field: RadianceField) -> tuple[torch.Tensor, ...]:
    """The density network's matrices as its kernel takes them: (hash columns, hidden), (16, hidden), (hidden, out)."""
    config = field.config
    width = FEATURES * config.grid.levels
    hidden, out = rounded(config.width), rounded(config.geometry)

    def placed(matrix: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
        full = torch.zeros(rows, columns, device=matrix.device)
        full[: matrix.shape[0], : matrix.shape[1]] = matrix.detach()
        return full

    return (
        placed(field.density_in[:, :width].T, rounded(width), hidden),
        placed(field.density_in[:, width:].T, HIDDEN_INPUTS, hidden),
        placed(field.density_out.T, hidden, out),
    )


class _Encode(torch.autograd.Function):
    """hash_grid.encode with a gradient for the table, not for the points."""

    @staticmethod
    def forward(ctx: Any, layout: GridLayout, samples: int, table, points):  # type: ignore[override]  # noqa: ANN205
        width, points = FEATURES * layout.levels, points.contiguous()
        features = torch.empty(len(points), width, device=points.device)
        if len(points):
            encode_kernel[(triton.cdiv(len(points), samples),)](  # pyright: ignore[reportIndexIssue]
                table.detach(), points, features, *level_numbers(layout, points.device), len(points), width,
                COLUMNS=rounded(width), BLOCK=samples, num_warps=4,
            )  # fmt: skip
        ctx.save_for_backward(points)
        ctx.kept = layout, samples, table.shape
        return features

    @staticmethod
    def backward(ctx: Any, gradient):  # type: ignore[override]  # noqa: ANN205
        (points,) = ctx.saved_tensors
        layout, samples, shape = ctx.kept
        total = torch.zeros(shape, device=points.device)
        if len(points):
            encode_back_kernel[(triton.cdiv(len(points), samples),)](  # pyright: ignore[reportIndexIssue]
                gradient.contiguous(), points, total, *level_numbers(layout, points.device), len(points),
                gradient.shape[1], COLUMNS=rounded(gradient.shape[1]), BLOCK=samples, num_warps=4,
            )  # fmt: skip
        return None, None, total, None


def encode(layout: GridLayout, table: torch.Tensor, points: torch.Tensor, samples: int = SAMPLES) -> torch.Tensor:
    """hash_grid.encode of (N, 3) points in the unit cube: (N, FEATURES L), differentiable in the table."""
    return _Encode.apply(layout, samples, table, points)  # type: ignore[return-value]
