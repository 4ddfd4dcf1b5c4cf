"""Samples of training rays on any device: the twin of training_samples.SampleMaker, with tensors in place of arrays.

Rays march by the steps of the engine "cuda": Triton's kernels on a GPU where they run, torch operations else.
"""

import numpy as np
import torch

from . import eyes
from .field import DENSITY_SHIFT, DISPLACEMENT_SCALE, RadianceField
from .head_field import HeadField
from .kernels.gpu.parts import Laid, Steps, laid_out
from .kernels.gpu.torch_steps import TorchSteps
from .kernels.gpu.ways import Ways, chosen_ways, make_steps
from .neck import TORSO_POSE
from .torch_geometry import BLOCK, encoded
from .torch_march import FrameRays, batch_displacement
from .training_kernels import CLEAR, DARK
from .training_samples import COARSE, FrameBatch, RayBatch, Samples, frame_batch
from .warp_torch import DeviceWarp


class TorchSampleMaker:
    """Makes samples for one field, where the field is; `refresh_occupancy` after one of its grids changed."""

    def __init__(self, field: RadianceField, longest: int, steps: Steps | None = None):
        """`longest`: samples that a ray takes at most."""
        self.field, self.longest = field, longest
        self.warp = field.landmark_warp()
        self._steps = steps or _default_steps(self.device)
        self._device_warp = DeviceWarp(self.warp, self.device)
        self.refresh_occupancy()

    @property
    def device(self) -> torch.device:
        return self.field.table.device

    def refresh_occupancy(self) -> None:
        """Read the field's grids again."""
        self._laid: Laid = laid_out(self.field, self.device, COARSE)

    def warp_values(self, landmarks: np.ndarray) -> torch.Tensor:
        """(nx, ny, nz, 4) displacements of a frame, on the device."""
        return self._device_warp.values(landmarks)

    def frames(self, poses: np.ndarray, gazes: np.ndarray, warps: list[torch.Tensor]) -> FrameBatch:
        """Of (F, 4, 4) poses, (F, 2) gazes and the warp grid of each frame."""
        return frame_batch(poses, gazes, torch.stack(warps))

    @torch.no_grad()
    def samples(
        self, rays: RayBatch, frames: FrameBatch, bias: torch.Tensor, head_colour: torch.Tensor | None = None
    ) -> Samples:
        """The samples of these rays that light reaches, as tensors.

        Args:
            bias: (F, width) of the density network.
            head_colour: (R, 4) premultiplied, where the field is a torso's.
        """
        sent = self._frame_rays(rays, frames)
        march = self._steps.march(self._laid, sent, self.longest)
        everyone = torch.arange(len(sent.frame), device=self.device)
        wave = march.wave(everyone, self.longest)
        ray, begins = wave.ray.long(), wave.begins.long()
        frame = sent.frame[ray]
        colour = None if head_colour is None else head_colour[ray]
        points, unit, moved = wave.found.T.split(3, 1)
        direct = self._direct(points, moved, self._axes(frames)[frame], colour)
        order = torch.arange(len(ray), device=self.device) - begins[ray]
        chosen = self._chosen(self._opacity(unit, direct, bias[frame]), ray, order, len(everyone))
        ray, step, unit, direct = ray[chosen], wave.step[chosen], unit[chosen], direct[chosen]
        kept = torch.bincount(ray, minlength=len(everyone))
        order = torch.arange(len(ray), device=self.device) - (kept.cumsum(0) - kept)[ray]
        starts, block_frame = block_starts(sent.frame, kept, len(frames.poses))
        column = starts[ray] + order
        columns = len(block_frame) * BLOCK
        new_unit = torch.zeros(3, columns, device=self.device)
        new_direct = torch.zeros(direct.shape[1], columns, device=self.device)
        new_unit[:, column], new_direct[:, column] = unit.T, direct.T
        distance = (step + sent.shift[ray]) * self.field.config.step
        return Samples(ray, order, column, distance, new_unit, new_direct, block_frame)

    @torch.no_grad()
    def opacity(
        self, unit: torch.Tensor, direct: torch.Tensor, block_frame: np.ndarray | torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        """(N,) opacity of one step under the field's present weights; each block of BLOCK belongs to one frame."""
        frame = torch.as_tensor(block_frame).to(self.device).long().repeat_interleave(BLOCK)
        return self._opacity(unit.T, direct.T, bias[frame])

    def at_points(
        self, points: np.ndarray, frames: FrameBatch, block_frame: np.ndarray, head_colour: np.ndarray | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Unit positions (3, N) and direct inputs (DIRECT, N) of (N, 3) canonical points, in full blocks of one frame.

        Args:
            head_colour: (N / BLOCK, 4), one for each block.
        """
        frame = torch.from_numpy(block_frame).to(self.device).long().repeat_interleave(BLOCK)
        at = torch.from_numpy(points).to(self.device)
        moved = batch_displacement(
            torch.as_tensor(frames.warps).to(self.device), self._device_warp.origin, self._device_warp.cell, frame, at
        )
        low = torch.tensor(self.field.config.box_low, device=self.device)
        unit = ((at + moved - low) * (1.0 / self.field.config.box_side)).clamp(0.0, 1.0)
        colour = None
        if head_colour is not None:
            colour = torch.from_numpy(head_colour).to(self.device).repeat_interleave(BLOCK, 0)
        return unit.T.contiguous(), self._direct(at, moved, self._axes(frames)[frame], colour).T.contiguous()

    def _frame_rays(self, rays: RayBatch, frames: FrameBatch) -> FrameRays:
        """Rays and poses, sent to the device; pictures and pixels stay in the host's memory."""
        device = self.device
        return FrameRays(
            torch.from_numpy(rays.frame).to(device).long(),
            *(torch.from_numpy(values).to(device) for values in (rays.origins, rays.directions, rays.shift)),
            torch.from_numpy(frames.poses).to(device), torch.from_numpy(TORSO_POSE).to(device),  # pyright: ignore[reportCallIssue]
            torch.as_tensor(frames.warps).to(device), self._device_warp.origin, self._device_warp.cell,  # pyright: ignore[reportCallIssue]
        )  # fmt: skip

    def _axes(self, frames: FrameBatch) -> torch.Tensor:
        return torch.from_numpy(frames.gaze_axes).to(self.device)

    def _direct(
        self, points: torch.Tensor, moved: torch.Tensor, axes: torch.Tensor, colour: torch.Tensor | None
    ) -> torch.Tensor:
        """(S, DIRECT) of (S, 3) points and displacements, (S, 3, 3) axes, (S, 4) colour of the head."""
        moved = moved * DISPLACEMENT_SCALE
        if isinstance(self.field, HeadField):
            return torch.cat([eyes.eye_features(points, self.field.eyes, axes), moved], 1)
        ones = torch.ones_like(moved[:, :1])
        return torch.cat([ones.new_zeros(len(ones), 4) if colour is None else colour, moved, ones], 1)

    def _opacity(self, unit: torch.Tensor, direct: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """(S,) of (S, 3), (S, DIRECT) and (S, width)."""
        field = self.field
        inputs = torch.cat([encoded(field.config.grid, field.table, unit), direct], 1)
        raw = torch.relu(inputs @ field.density_in.T + bias) @ field.density_out[0]
        return torch.sigmoid(raw + DENSITY_SHIFT)

    def _chosen(self, alpha: torch.Tensor, ray: torch.Tensor, order: torch.Tensor, rays: int) -> torch.Tensor:
        """(S,) bool: light reaches the sample, and it is not clear; or it is the first that no light reaches."""
        rows = torch.zeros(rays, self.longest, device=self.device).index_put((ray, order), alpha)
        through = torch.cumprod(1.0 - rows, 1)
        before = torch.cat([torch.ones_like(through[:, :1]), through[:, :-1]], 1)
        lit = before > DARK
        first_dark = ~lit & torch.cat([torch.ones_like(lit[:, :1]), lit[:, :-1]], 1)
        return lit[ray, order] & (alpha >= CLEAR) | first_dark[ray, order]


def block_starts(frame: torch.Tensor, counts: torch.Tensor, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
    """First column (R,) of each ray's samples, every frame beginning a block, and the frame (B,) of each block, B > 0.

    Args:
        frame: (R,) ascending; counts (R,) samples.
    """
    ends = counts.cumsum(0)
    totals = torch.zeros(frames, dtype=torch.int64, device=frame.device).index_add(0, frame, counts)
    blocks = (totals + BLOCK - 1) // BLOCK
    before = totals.cumsum(0) - totals
    starts = (blocks.cumsum(0) - blocks)[frame] * BLOCK + (ends - counts) - before[frame]
    block_frame = torch.repeat_interleave(torch.arange(frames, device=frame.device), blocks)
    return starts, block_frame if len(block_frame) else block_frame.new_zeros(1)


def _default_steps(device: torch.device) -> Steps:
    """Networks in training are torch's, whatever renders."""
    if device.type != "cuda":
        return TorchSteps()
    ways = chosen_ways(device)
    return make_steps(Ways(ways.steps, ways.steps, ways.reason))
