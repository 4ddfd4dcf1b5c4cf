"""The neck model undone: from world points back to the canonical head, for the torch reference engine."""

import math

import torch

from .neck import NECK_HIGH, NECK_LOW, NECK_SLOPE

ROUNDS = 3
"""Corrections of the blended inverse; each takes the remaining error back through the blend of both rotations."""

HEIGHT_SLOPE = math.sqrt(1.0 + NECK_SLOPE**2)
"""Gradient of the height that the neck's bands are measured in."""
STEEPEST = 1.5 * HEIGHT_SLOPE / (NECK_HIGH - NECK_LOW)
"""Largest gradient of the neck's weight, 1 / m."""
SAFETY = 0.9


def neck_weight(points: torch.Tensor) -> torch.Tensor:
    """(N,) torch twin of neck.neck_weight."""
    height = points[:, 1] + NECK_SLOPE * points[:, 2]
    t = ((height - NECK_LOW) / (NECK_HIGH - NECK_LOW)).clamp(0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def turned_back(pose: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """(N, 3) vectors by the transposed rotation of a (4, 4) pose, or of (N, 4, 4), one for each."""
    if pose.ndim == 2:
        return vectors @ pose[:3, :3]
    return torch.einsum("ni,nij->nj", vectors, pose[:, :3, :3])


def placed(pose: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """(N, 3) points under a (4, 4) pose, or under (N, 4, 4), one for each."""
    if pose.ndim == 2:
        return points @ pose[:3, :3].T + pose[:3, 3]
    return torch.einsum("nij,nj->ni", pose[:, :3, :3], points) + pose[:, :3, 3]


def unbend(points: torch.Tensor, head: torch.Tensor, torso: torch.Tensor) -> torch.Tensor:
    """(N, 3) canonical points that neck.bend takes to these (N, 3) world points.

    Args:
        head, torso: (4, 4) rigid, canonical to world; or (N, 4, 4), one for each point.
    """

    def back(vectors: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return w[:, None] * turned_back(head, vectors) + (1.0 - w[:, None]) * turned_back(torso, vectors)

    by_head = turned_back(head, points - head[..., :3, 3])
    by_torso = turned_back(torso, points - torso[..., :3, 3])
    w_head, w_torso = neck_weight(by_head), neck_weight(by_torso)
    w = (0.5 * (w_head + w_torso))[:, None]
    blended = w * by_head + (1.0 - w) * by_torso
    for _ in range(ROUNDS):
        w = neck_weight(blended)
        forward = w[:, None] * placed(head, blended) + (1.0 - w[:, None]) * placed(torso, blended)
        blended = blended + back(points - forward, w)
    # A candidate that its own pose alone moves is exact; the torso comes first, since nothing of the head lies so low.
    blended = torch.where((w_head >= 1.0)[:, None], by_head, blended)
    return torch.where((w_torso <= 0.0)[:, None], by_torso, blended)


def world_room(points: torch.Tensor, room: torch.Tensor, head: torch.Tensor, torso: torch.Tensor) -> torch.Tensor:
    """(N,) metres that one may move in the world so that these (N, 3) canonical points move less than `room` (N,).

    On the rigid head and torso both are the same until the neck begins. In it, canonical points move faster by up to
    1 / (1 - STEEPEST * gap), the gap being how far the two poses draw a point apart.
    """
    height = points[:, 1] + NECK_SLOPE * points[:, 2]
    rigid = torch.maximum(height - NECK_HIGH, NECK_LOW - height) / HEIGHT_SLOPE
    apart = placed(head - torso, points)
    share = SAFETY - STEEPEST * torch.sqrt((apart**2).sum(1))
    return torch.minimum(room, torch.maximum(rigid, room * share))
