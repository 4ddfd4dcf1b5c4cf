"""The reference engine: plain torch, differentiable in the field's weights, readable. The oracle of the tests."""

import numpy as np
import torch

from emogene.render import eyes, occupancy, rays
from emogene.render.head_field import DISPLACEMENT_SCALE, HeadField, alpha_of
from emogene.render.neck import TORSO_POSE
from emogene.render.unbend import unbend, world_room
from emogene.render.warp import WarpGrid, displacement_at
from emogene.values import Camera, FaceState, Frame

from .sane import require_sane

CHUNK = 4096
"""Rays at a time."""
SEGMENT = 8
"""Steps that are skipped together where nothing is near."""


class TorchEngine:
    """Renders frames of one field with torch operations only."""

    name = "torch"

    def __init__(self, field: HeadField):
        self.field = field
        self.clearance = torch.from_numpy(occupancy.clearance(field.occupied.numpy(), field.config.box_side))
        self._warp = field.landmark_warp()

    @torch.no_grad()
    def render(self, face: FaceState, camera: Camera) -> Frame:
        """Render one frame.

        Raises:
            RenderError: a number of the face or of the camera is not finite, or absurdly large.
        """
        require_sane(face, camera)
        origin, directions, cosines = rays.camera_rays(camera)
        flat, cosine = directions.reshape(-1, 3), cosines.reshape(-1)
        grid = self._warp.grid(face.landmarks)
        parts = [
            self.render_rays(face, grid, origin, flat[at : at + CHUNK], cosine[at : at + CHUNK])
            for at in range(0, len(flat), CHUNK)
        ]
        shape = (camera.height, camera.width)
        rgba = torch.cat([part[0] for part in parts]).numpy().reshape(*shape, 4)
        return Frame(rgba, torch.cat([part[1] for part in parts]).numpy().reshape(shape))

    def render_rays(
        self, face: FaceState, grid: WarpGrid, origin: np.ndarray, directions: np.ndarray, cosines: np.ndarray
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Premultiplied colour and alpha (R, 4) and depth (R,) of (R, 3) rays (equations 6 and 7)."""
        config = self.field.config
        low = np.asarray(config.box_low, np.float32)
        poses = np.stack([np.asarray(face.pose, np.float32), TORSO_POSE])
        span = rays.spans(origin, directions, poses, low, config.box_side, config.step)
        ray, step, points = self._occupied_steps(face, origin, directions, span)
        geometry, bias = self._geometry(face, grid, points)
        alpha = alpha_of(geometry)
        alpha = torch.where(alpha < rays.ALPHA_FLOOR, torch.zeros_like(alpha), alpha)
        weight, transmittance = _weights(alpha, ray, len(directions))
        colour = self.field.colour(geometry, bias)
        opaque = transmittance < rays.STOP_TRANSMITTANCE
        scale = torch.where(opaque, 1.0 / (1.0 - transmittance), torch.ones_like(transmittance))
        distance = (step + 0.5) * config.step
        summed = torch.zeros(len(directions), 5).index_add(
            0, ray, weight[:, None] * torch.cat([colour, torch.ones_like(weight)[:, None], distance[:, None]], 1)
        )
        rgba = summed[:, :4] * scale[:, None]
        depth = summed[:, 4] / summed[:, 3] * torch.from_numpy(cosines)
        return rgba, torch.where(summed[:, 3] > 0, depth, torch.full_like(depth, torch.inf))

    def _occupied_steps(
        self, face: FaceState, origin: np.ndarray, directions: np.ndarray, span: np.ndarray
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Ray (S,), step (S,) and canonical point (S, 3) of all samples in occupied cells, by ray, then step."""
        first, end = torch.from_numpy(span[:, 0]).long(), torch.from_numpy(span[:, 1]).long()
        segments = int(((end - first).max() + SEGMENT - 1) // SEGMENT) if len(span) else 0
        start = first[:, None] + torch.arange(segments) * SEGMENT
        ray, segment = torch.nonzero(start < end[:, None], as_tuple=True)
        start = start[ray, segment]
        points = self._canonical(face, origin, directions, ray, start + 0.5 * (SEGMENT - 1))
        room = self._look_up(self.clearance, points, 0.0, clamp=True)
        head, torso = torch.from_numpy(np.asarray(face.pose, np.float32)), torch.from_numpy(TORSO_POSE)
        near = world_room(points, room, head, torso) <= 0.5 * SEGMENT * self.field.config.step
        ray, start = ray[near], start[near]
        step = (start[:, None] + torch.arange(SEGMENT)).reshape(-1)
        ray = ray.repeat_interleave(SEGMENT)
        inside = step < end[ray]
        ray, step = ray[inside], step[inside]
        points = self._canonical(face, origin, directions, ray, step)
        kept = self._look_up(self.field.occupied, points, 0) > 0
        ray, step, points = ray[kept], step[kept], points[kept]
        order = torch.arange(len(ray)) - torch.searchsorted(ray, ray)
        kept = order < self.field.config.max_samples
        return ray[kept], step[kept], points[kept]

    def _canonical(
        self, face: FaceState, origin: np.ndarray, directions: np.ndarray, ray: torch.Tensor, step: torch.Tensor
    ) -> torch.Tensor:
        """(S, 3) canonical points of steps along rays."""
        distance = ((step + 0.5) * self.field.config.step).to(torch.float32)
        world = torch.from_numpy(origin) + distance[:, None] * torch.from_numpy(directions)[ray]
        return unbend(world, torch.from_numpy(np.asarray(face.pose, np.float32)), torch.from_numpy(TORSO_POSE))

    def _look_up(self, cells: torch.Tensor, points: torch.Tensor, outside: float, clamp: bool = False) -> torch.Tensor:
        """(S,) values of the cells that hold (S, 3) canonical points."""
        config = self.field.config
        position = (points - torch.tensor(config.box_low)) * (config.occupancy / config.box_side)
        index = position.floor().long()
        limited = index.clamp(0, config.occupancy - 1)
        values = cells[limited[:, 0], limited[:, 1], limited[:, 2]]
        if clamp:
            return values
        return torch.where((index == limited).all(1), values, torch.full_like(values, outside))

    def _geometry(self, face: FaceState, grid: WarpGrid, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Density network outputs (S, geometry) of (S, 3) canonical points, and the frame's colour bias."""
        field, config = self.field, self.field.config
        density_bias, colour_bias = field.face_biases(face)
        moved = displacement_at(grid, points)
        unit = ((points + moved - torch.tensor(config.box_low)) * (1.0 / config.box_side)).clamp(0.0, 1.0)
        gaze = eyes.eye_features(points, field.eyes, torch.from_numpy(eyes.gaze_axes(face.gaze)))
        features = torch.cat([field.encode(unit), gaze, moved * DISPLACEMENT_SCALE], 1)
        return field.geometry(features, density_bias), colour_bias


def _weights(alpha: torch.Tensor, ray: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights (S,) of samples ordered by ray, and the transmittance (R,) left behind each ray."""
    order = torch.arange(len(ray)) - torch.searchsorted(ray, ray)
    longest = int(order.max()) + 1 if len(order) else 1
    rows = torch.zeros(count, longest).index_put((ray, order), alpha)
    through = torch.cumprod(1.0 - rows, 1)
    before = torch.cat([torch.ones(count, 1), through[:, :-1]], 1)
    alive = before >= rays.STOP_TRANSMITTANCE
    weight = torch.where(alive, rows * before, torch.zeros_like(rows))
    last = alive.sum(1, keepdim=True) - 1
    return weight[ray, order], through.gather(1, last)[:, 0]
