"""The reference engine: plain torch, readable, on any device. The oracle of the tests."""

from dataclasses import dataclass

import numpy as np
import torch

from emogene.render import eyes, occupancy, rays, torch_march
from emogene.render.field import DISPLACEMENT_SCALE, RadianceField, alpha_of
from emogene.render.fields import ActorFields
from emogene.render.neck import TORSO_POSE
from emogene.render.torch_march import Found
from emogene.render.warp import WarpGrid
from emogene.values import Camera, FaceState, Frame

from .sane import require_sane

CHUNK = 4096
"""Rays at a time."""


@dataclass(frozen=True)
class Layer:
    """What one field shows of each ray: equation 6 with features in place of colours."""

    weight: torch.Tensor
    """(R,) opacity, weighted by what is left of the light in front of each sample."""
    features: torch.Tensor
    """(R, geometry - 1) weighted sums."""
    place: torch.Tensor
    """(R, 3) weighted sum of places in the unit cube."""
    distance: torch.Tensor
    """(R,) weighted sum of metres along the ray."""


class TorchEngine:
    """Renders frames of one actor with torch operations only."""

    name = "torch"

    def __init__(self, fields: ActorFields, device: str = "cpu", chunk: int = CHUNK):
        self.fields, self.device, self.chunk = fields, torch.device(device), chunk
        self.clearances = tuple(
            torch.from_numpy(occupancy.clearance(f.occupied.cpu().numpy(), f.config.box_side)).to(self.device)
            for f in (fields.head, fields.torso)
        )
        fields.head.to(self.device)
        fields.torso.to(self.device)
        self._warps = fields.head.landmark_warp(), fields.torso.landmark_warp()

    @torch.no_grad()
    def render(self, face: FaceState, camera: Camera) -> Frame:
        """Render one frame.

        Raises:
            RenderError: a number of the face or of the camera is not finite, or absurdly large.
        """
        require_sane(face, camera)
        origin, directions, cosines = rays.camera_rays(camera)
        grids = tuple(warp.grid(face.landmarks) for warp in self._warps)
        flat, start = self._sent(directions.reshape(-1, 3)), self._sent(origin)
        parts = [self._chunk(face, grids, start, flat[at : at + self.chunk]) for at in range(0, len(flat), self.chunk)]
        rgba, distance = (torch.cat([part[i] for part in parts]).cpu().numpy() for i in range(2))
        shape = (camera.height, camera.width)
        return Frame(rgba.reshape(*shape, 4), distance.reshape(shape) * cosines)

    def _sent(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(self.device)

    def _chunk(
        self, face: FaceState, grids: tuple[WarpGrid, ...], origin: torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Premultiplied colour and alpha (R, 4) and distance (R,) of (R, 3) rays."""
        head_rgba, head_distance = self._head(face, grids[0], origin, directions)
        return self._torso(face, grids[1], origin, directions, head_rgba, head_distance)

    def _head(
        self, face: FaceState, grid: WarpGrid, origin: torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        field = self.fields.head
        pose = self._sent(face.pose)
        found = torch_march.head_samples(field, self.clearances[0], grid, pose, origin, directions)
        axes = self._sent(eyes.gaze_axes(face.gaze))
        gaze = eyes.eye_features(found.points, field.eyes, axes)
        direct = torch.cat([gaze, found.moved * DISPLACEMENT_SCALE], 1)
        density_bias, colour_bias = field.face_biases(face)
        geometry = field.geometry(torch.cat([field.encode(found.unit), direct], 1), density_bias)
        left, _ = transmittances(visible(geometry), found, len(directions))
        layer = gathered(geometry, visible(geometry) * left, found, field.config.step, len(directions))
        colour, distance = coloured(field, layer, directions, pose, layer.features[:, :0], colour_bias)
        rgba = torch.cat([layer.weight[:, None] * colour, layer.weight[:, None]], 1)
        return finished(rgba, distance)

    def _torso(
        self, face: FaceState, grid: WarpGrid, origin: torch.Tensor, directions: torch.Tensor,
        head: torch.Tensor, head_distance: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
        """Equation 8, and both layers together: the torso over and under the head (cpu_composite.py says how)."""
        field = self.fields.torso
        places = self._sent(face.pose), self._sent(TORSO_POSE)
        found = torch_march.torso_samples(field, self.clearances[1], grid, places, origin, directions)
        ones = torch.ones_like(found.moved[:, :1])
        direct = torch.cat([head[found.ray], found.moved * DISPLACEMENT_SCALE, ones], 1)
        density_bias, colour_bias = field.face_biases(face)
        geometry = field.geometry(torch.cat([field.encode(found.unit), direct], 1), density_bias)
        behind = found.distance(field.config.step) > head_distance[found.ray]
        hidden = torch.where(behind, 1.0 - head[found.ray, 3], torch.ones_like(ones[:, 0]))
        alpha = visible(geometry)
        left, front = transmittances(alpha, found, len(directions), hidden, behind)
        layer = gathered(geometry, alpha * left, found, field.config.step, len(directions))
        colour, distance = coloured(field, layer, directions, places[0], head, colour_bias)
        own = torch.cat([layer.weight[:, None] * colour, layer.weight[:, None]], 1)
        far = torch.where(head[:, 3] > 0, front * head[:, 3] * head_distance, torch.zeros_like(head_distance))
        return finished(own + front[:, None] * head, distance + far)


def visible(geometry: torch.Tensor) -> torch.Tensor:
    """(N,) opacity of samples, 0 where it counts as empty."""
    alpha = alpha_of(geometry)
    return torch.where(alpha < rays.ALPHA_FLOOR, torch.zeros_like(alpha), alpha)


def transmittances(
    alpha: torch.Tensor,
    found: Found,
    count: int,
    hidden: torch.Tensor | None = None,
    behind: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """(S,) light that reaches each sample, 0 after a ray has ended; and (R,) what lies in front leaves of the head.

    Args:
        hidden: (S,) what the head leaves of each sample; 1 by default.
        behind: (S,) bool, the samples farther than the head.
    """
    order = torch.arange(len(found.ray), device=alpha.device) - torch.searchsorted(found.ray, found.ray)
    longest = int(order.max()) + 1 if len(order) else 1
    rows = torch.zeros(count, longest, device=alpha.device, dtype=alpha.dtype).index_put((found.ray, order), alpha)
    through = torch.cumprod(1.0 - rows, 1)
    before = torch.cat([torch.ones_like(through[:, :1]), through[:, :-1]], 1)
    left = before[found.ray, order] if hidden is None else before[found.ray, order] * hidden
    alive = left >= rays.STOP_TRANSMITTANCE
    left = torch.where(alive, left, torch.zeros_like(left))
    nearer = alive if behind is None else alive & ~behind
    over = torch.where(nearer, 1.0 - alpha, torch.ones_like(alpha))
    kept = torch.ones_like(rows).index_put((found.ray, order), over)
    return left, kept.prod(1)


def gathered(geometry: torch.Tensor, weight: torch.Tensor, found: Found, step: float, count: int) -> Layer:
    """Sums over each ray's samples."""
    ones, distance = torch.ones_like(weight)[:, None], found.distance(step)[:, None]
    terms = torch.cat([ones, geometry[:, 1:], found.unit, distance], 1)
    summed = torch.zeros(count, terms.shape[1], device=weight.device, dtype=weight.dtype).index_add(
        0, found.ray, weight[:, None] * terms
    )
    return Layer(summed[:, 0], summed[:, 1:-4], summed[:, -4:-1], summed[:, -1])


def coloured(
    field: RadianceField, layer: Layer, directions: torch.Tensor, pose: torch.Tensor, ray_terms: torch.Tensor,
    bias: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """(R, 3) colours of what rays see, from means over them; what shows nothing gets some colour, too.

    And (R,) their distances, weighted as the layer's, where the field says that it lies.

    Args:
        directions: (R, 3) unit, in the world.
        pose: (4, 4) of the head.
    """
    weight = layer.weight.clamp(min=1e-12)[:, None]
    features, own = layer.features / weight, field.own_directions(directions, pose)
    beyond = field.beyond(features)
    detail = field.encode_detail(field.aimed(layer.place / weight, beyond, own))
    return field.colour(features, detail, own, ray_terms, bias), layer.distance + layer.weight * beyond


def finished(rgba: torch.Tensor, distance: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Premultiplied colour (R, 4) and distance (R,); where hardly anything is left a ray counts as opaque."""
    alpha = rgba[:, 3:]
    opaque = alpha > 1.0 - rays.STOP_TRANSMITTANCE
    distance = torch.where(alpha[:, 0] > 0, distance / alpha[:, 0], torch.full_like(distance, torch.inf))
    return torch.where(opaque, rgba / alpha, rgba), distance
