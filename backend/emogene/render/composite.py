"""Differentiable compositing of training samples (equations 6 and 7): features along rays, colours once a ray."""

from dataclasses import dataclass

import numpy as np
import torch

from .field import DENSITY_SHIFT, RadianceField
from .field_autograd import geometry_at
from .training_samples import Samples

TINY = 1e-6


@dataclass(frozen=True)
class Composed:
    """One field seen along R rays."""

    colour: torch.Tensor
    """(R, 3) premultiplied."""
    alpha: torch.Tensor
    """(R,)"""
    distance: torch.Tensor
    """(R,) metres, the mean of what is seen; infinity where nothing is."""
    front: torch.Tensor
    """(R,) light that what lies in front of the head leaves; 1 for the head's own field."""
    fog: torch.Tensor
    """() mean of alpha (1 - alpha) over samples."""


@dataclass(frozen=True)
class HeadLayer:
    """The finished head along the same rays, where a torso is seen behind and before it."""

    rgba: torch.Tensor
    """(R, 4) premultiplied, not differentiated."""
    distance: torch.Tensor
    """(R,) metres; infinity where there is no head."""


def compose(
    field: RadianceField,
    samples: Samples,
    ray_frame: np.ndarray,
    biases: tuple[torch.Tensor, torch.Tensor],
    head: HeadLayer | None = None,
    told: torch.Tensor | None = None,
) -> Composed:
    """The field along rays, differentiable in its weights and biases.

    Args:
        ray_frame: (R,) row of the biases that each ray's frame has.
        biases: (F, width) and (F, colour_width).
        head: the layer that hides part of the samples.
        told: (R, 4) what the colour network is told of the head.
    """
    rays = len(ray_frame)
    geometry = geometry_at(field, samples.unit, samples.direct, samples.block_frame, biases[0])
    device = geometry.device
    ray, order, column = (torch.as_tensor(a) for a in (samples.ray, samples.order, samples.column))
    found = geometry[:, column]
    alpha = torch.sigmoid(found[0] + DENSITY_SHIFT)
    longest = int(order.max()) + 1 if len(order) else 1
    opaque = torch.zeros(rays, longest, device=device).index_put((ray, order), alpha)
    through = torch.cumprod(1.0 - opaque, 1)
    before = torch.cat([torch.ones_like(through[:, :1]), through[:, :-1]], 1)
    weight = alpha * before[ray, order]
    distance, front = torch.as_tensor(samples.distance), torch.ones(rays, device=device)
    terms = torch.zeros(rays, 0, device=device) if told is None else told
    if head is not None:
        behind = distance > head.distance[ray]
        weight = torch.where(behind, weight * (1.0 - head.rgba[ray, 3]), weight)
        kept = torch.ones_like(opaque).index_put((ray, order), torch.where(behind, torch.ones_like(alpha), 1.0 - alpha))
        front = kept.prod(1)
    values = torch.cat([torch.ones_like(distance)[None], found[1:], distance[None]]) * weight
    summed = torch.zeros(len(values), rays, device=device).index_add(1, ray, values)
    features = (summed[1:-1] / summed[0].clamp(min=TINY)).T
    colour = field.colour(features, terms, biases[1][torch.from_numpy(ray_frame).long().to(device)])
    seen = summed[0].detach() > TINY
    nowhere = torch.tensor(torch.inf, device=device)
    mean = torch.where(seen, summed[-1].detach() / summed[0].detach().clamp(min=TINY), nowhere)
    fog = (alpha * (1.0 - alpha)).sum() / max(len(ray), 1)
    return Composed(summed[0][:, None] * colour, summed[0], mean, front, fog)
