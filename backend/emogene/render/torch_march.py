"""Samples of rays in torch: steps in occupied cells, the neck undone, the landmark warp, the surface grid.

Twin of kernels/cpu_march.py; every engine samples the same places.
"""

from dataclasses import dataclass

import torch

from .field import RadianceField
from .rays import BEND_MARGIN
from .unbend import turned_back, unbend, world_room
from .warp import WarpGrid, displacement_at

SEGMENT = 8
"""Steps that are skipped together where nothing is near."""


@dataclass(frozen=True)
class Found:
    """S samples ordered by ray, then step."""

    ray: torch.Tensor
    """(S,) int64."""
    step: torch.Tensor
    """(S,) int64."""
    points: torch.Tensor
    """(S, 3) canonical metres."""
    unit: torch.Tensor
    """(S, 3) in the unit cube, on the reference face."""
    moved: torch.Tensor
    """(S, 3) metres, the warp's displacement."""

    def distance(self, step: float) -> torch.Tensor:
        """(S,) metres along the ray."""
        return (self.step + 0.5) * step


@dataclass(frozen=True)
class FrameRays:
    """Rays of several frames."""

    frame: torch.Tensor
    """(R,) int64 place of each ray's frame."""
    origins: torch.Tensor
    directions: torch.Tensor
    """(R, 3) each; unit directions."""
    shift: torch.Tensor
    """(R,) in [0, 1): where in a step samples lie."""
    poses: torch.Tensor
    """(F, 4, 4) of heads, canonical to world."""
    torso: torch.Tensor
    """(4, 4)"""
    warps: torch.Tensor
    """(F, nx, ny, nz, 4) displacements."""
    warp_origin: torch.Tensor
    """(3,) metres."""
    warp_cell: float


def head_samples(
    field: RadianceField, clearance: torch.Tensor, grid: WarpGrid, pose: torch.Tensor,
    origin: torch.Tensor, directions: torch.Tensor,
) -> Found:  # fmt: skip
    """Samples of (R, 3) rays from one origin on a field that moves rigidly with a (4, 4) pose.

    Args:
        clearance: (G, G, G) metres, see occupancy.clearance.
    """
    start, along = (origin - pose[:3, 3]) @ pose[:3, :3], directions @ pose[:3, :3]

    def canonical(ray: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        return start + ((step + 0.5) * field.config.step)[:, None] * along[ray]

    span = _spans(field, (pose,), origin, directions)
    found = _occupied(field, clearance, span, canonical, lambda _ray, _points, room: room)
    return _on_surface(field, lambda _ray, points: displacement_at(grid, points), *found, field.config.max_samples)


def torso_samples(
    field: RadianceField, clearance: torch.Tensor, grid: WarpGrid, places: tuple[torch.Tensor, torch.Tensor],
    origin: torch.Tensor, directions: torch.Tensor,
) -> Found:  # fmt: skip
    """The same for a field whose neck bends between the poses of head and torso."""

    def canonical(ray: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        distance = (step + 0.5) * field.config.step
        return unbend(origin + distance[:, None] * directions[ray], *places)

    span = _spans(field, places, origin, directions)
    found = _occupied(field, clearance, span, canonical, lambda _ray, points, room: world_room(points, room, *places))
    return _on_surface(field, lambda _ray, points: displacement_at(grid, points), *found, field.config.max_samples)


def batch_samples(
    field: RadianceField, clearance: torch.Tensor, rays: FrameRays, most: int, last: torch.Tensor | None = None
) -> Found:
    """Samples of rays that belong to several frames, at most so many a ray.

    Args:
        last: (R,) step before which each ray ends; infinite by default.
    """
    bent = field.RAY_TERMS > 0
    head = rays.poses[rays.frame]
    start, along = turned_back(head, rays.origins - head[:, :3, 3]), turned_back(head, rays.directions)

    def canonical(ray: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        distance = ((step + rays.shift[ray]) * field.config.step)[:, None]
        if bent:
            return unbend(rays.origins[ray] + distance * rays.directions[ray], head[ray], rays.torso)
        return start[ray] + distance * along[ray]

    def free(ray: torch.Tensor, points: torch.Tensor, room: torch.Tensor) -> torch.Tensor:
        return world_room(points, room, head[ray], rays.torso) if bent else room

    def moved(ray: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        return batch_displacement(rays.warps, rays.warp_origin, rays.warp_cell, rays.frame[ray], points)

    span = _spans(field, (head, rays.torso) if bent else (head,), rays.origins, rays.directions)
    if last is not None:
        span[:, 1] = torch.minimum(span[:, 1], last)
    return _on_surface(field, moved, *_occupied(field, clearance, span, canonical, free), most)


def batch_displacement(
    warps: torch.Tensor, origin: torch.Tensor, cell: float, frame: torch.Tensor, points: torch.Tensor
) -> torch.Tensor:
    """(N, 3) displacements at (N, 3) canonical points of (N,) frames of (F, nx, ny, nz, 4) warp grids."""
    upper = torch.tensor(warps.shape[1:4], device=points.device) - 1
    position = (points - origin) * (1.0 / cell)
    inside = ((position >= 0) & (position < upper)).all(1)
    low = torch.minimum(position.floor().clamp(min=0).to(torch.int64), upper - 1)
    fraction = position - low
    _, nx, ny, nz, _ = warps.shape
    first = ((frame * nx + low[:, 0]) * ny + low[:, 1]) * nz + low[:, 2]
    flat, total = warps.reshape(-1, 4), torch.zeros(len(points), 4, device=points.device)
    for corner in range(8):
        x, y, z = ((corner >> axis) & 1 for axis in range(3))
        weight = torch.ones_like(fraction[:, 0])
        for axis, bit in enumerate((x, y, z)):
            weight = weight * (fraction[:, axis] if bit else 1.0 - fraction[:, axis])
        total = total + weight[:, None] * flat[first + (x * ny + y) * nz + z]
    return torch.where(inside[:, None], total[:, :3], torch.zeros_like(total[:, :3]))


def _spans(field: RadianceField, poses, origin: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    """(R, 2) first and end step of rays through the cube under any of the poses; equal where a ray misses.

    Poses are (4, 4) or (R, 4, 4); the origin is (3,) or (R, 3).
    """
    config = field.config
    low = torch.tensor(config.box_low, device=origin.device)
    first = torch.full((len(directions),), torch.inf, device=origin.device)
    last = torch.zeros_like(first)
    for pose in poses:
        start, along = turned_back(pose, origin - pose[..., :3, 3]), turned_back(pose, directions)
        along = torch.where(along.abs() < 1e-9, torch.full_like(along, 1e-9), along)
        a = (low - BEND_MARGIN - start) / along
        b = (low + config.box_side + BEND_MARGIN - start) / along
        near = torch.minimum(a, b).max(-1).values.clamp(min=0.0)
        far = torch.maximum(a, b).min(-1).values
        hit = far > near
        first = torch.where(hit, torch.minimum(first, near), first)
        last = torch.where(hit, torch.maximum(last, far), last)
    hit = last > first
    begin = torch.where(hit, (first.nan_to_num(posinf=0.0) / config.step).floor(), torch.zeros_like(first))
    end = torch.where(hit, (last / config.step).ceil(), torch.zeros_like(last))
    return torch.stack([begin, end], -1).long()


def _occupied(field: RadianceField, clearance: torch.Tensor, span: torch.Tensor, canonical, free):
    """Ray (S,), step (S,) and canonical point (S, 3) of all steps in occupied cells, by ray, then step.

    Args:
        canonical: of (S,) rays and steps, (S, 3) points.
        free: of (S,) rays, their points, and canonical room (S,), the room in the world.
    """
    first, end = span[:, 0], span[:, 1]
    segments = int(((end - first).max() + SEGMENT - 1) // SEGMENT) if len(span) else 0
    start = first[:, None] + torch.arange(segments, device=span.device) * SEGMENT
    ray, segment = torch.nonzero(start < end[:, None], as_tuple=True)
    start = start[ray, segment]
    points = canonical(ray, start + 0.5 * (SEGMENT - 1))
    room = _look_up(field, clearance, points, clearance.new_tensor(0.0), clamp=True)
    near = free(ray, points, room) <= 0.5 * SEGMENT * field.config.step
    ray, start = ray[near], start[near]
    step = (start[:, None] + torch.arange(SEGMENT, device=span.device)).reshape(-1)
    ray = ray.repeat_interleave(SEGMENT)
    inside = step < end[ray]
    ray, step = ray[inside], step[inside]
    points = canonical(ray, step)
    occupied = field.occupied
    kept = _look_up(field, occupied, points, occupied.new_tensor(0)) > 0
    return ray[kept], step[kept], points[kept]


def _on_surface(field: RadianceField, displacement, ray, step, points, most: int) -> Found:
    """Those where something is on the reference face, at most so many a ray; `displacement` is of rays and points."""
    config = field.config
    moved = displacement(ray, points)
    low = torch.tensor(config.box_low, device=points.device)
    unit = ((points + moved - low) * (1.0 / config.box_side)).clamp(0.0, 1.0)
    cell = (unit * config.surface).long().clamp(max=config.surface - 1)
    kept = field.surface[cell[:, 0], cell[:, 1], cell[:, 2]] > 0
    ray, step, points, unit, moved = ray[kept], step[kept], points[kept], unit[kept], moved[kept]
    order = torch.arange(len(ray), device=ray.device) - torch.searchsorted(ray, ray)
    kept = order < most
    return Found(ray[kept], step[kept], points[kept], unit[kept], moved[kept])


def _look_up(
    field: RadianceField, cells: torch.Tensor, points: torch.Tensor, outside: torch.Tensor, clamp: bool = False
) -> torch.Tensor:
    """(S,) values of the cells that hold (S, 3) canonical points."""
    config = field.config
    low = torch.tensor(config.box_low, device=points.device)
    index = ((points - low) * (config.occupancy / config.box_side)).floor().long()
    limited = index.clamp(0, config.occupancy - 1)
    values = cells[limited[:, 0], limited[:, 1], limited[:, 2]]
    if clamp:
        return values
    return torch.where((index == limited).all(1), values, outside)
