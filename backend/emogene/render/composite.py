"""Differentiable compositing of training samples (equations 6 and 7): features along rays, colours once a ray."""

from dataclasses import dataclass

import torch

from .field import DENSITY_SHIFT, RadianceField
from .field_autograd import detail_at, geometry_at
from .training_samples import FrameBatch, RayBatch, Samples

TINY = 1e-6
HIDDEN = 0.05
"""Samples that less light reaches lie behind a surface."""


@dataclass(frozen=True)
class Composed:
    """One field seen along R rays."""

    colour: torch.Tensor
    """(R, 3) premultiplied."""
    alpha: torch.Tensor
    """(R,)"""
    distance: torch.Tensor
    """(R,) metres, where what is seen lies (RadianceField.beyond); infinity where nothing is."""
    front: torch.Tensor
    """(R,) light that what lies in front of the head leaves; 1 for the head's own field."""
    fog: torch.Tensor
    """() mean of alpha (1 - alpha) over samples."""
    hollow: torch.Tensor
    """() mean of 1 - alpha over the samples behind a surface, those that hardly any light reaches."""
    spread: torch.Tensor
    """() how many steps apart a ray's light comes from: sums over pairs of weights, mean over rays (`spread_of`)."""
    astray: torch.Tensor
    """() how many steps off its true distance a ray's light comes from, mean over rays where that is known."""


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
    rays: RayBatch,
    frames: FrameBatch,
    biases: tuple[torch.Tensor, torch.Tensor],
    head: HeadLayer | None = None,
    told: torch.Tensor | None = None,
    true_distance: torch.Tensor | None = None,
) -> Composed:
    """The field along rays, differentiable in its weights and biases.

    Args:
        rays, frames: R rays of F frames, which the samples are on.
        biases: (F, width) and (F, colour_width).
        head: the layer that hides part of the samples.
        told: (R, 4) what the colour network is told of the head.
        true_distance: (R,) metres to what should be seen of this field; 0 where that is not known.
    """
    count = len(rays.frame)
    geometry = geometry_at(field, samples.unit, samples.direct, samples.block_frame, biases[0])
    device = geometry.device
    ray, order, column = (torch.as_tensor(a) for a in (samples.ray, samples.order, samples.column))
    found = geometry[:, column]
    alpha = torch.sigmoid(found[0] + DENSITY_SHIFT)
    longest = int(order.max()) + 1 if len(order) else 1
    opaque = torch.zeros(count, longest, device=device).index_put((ray, order), alpha)
    through = torch.cumprod(1.0 - opaque, 1)
    before = torch.cat([torch.ones_like(through[:, :1]), through[:, :-1]], 1)
    weight = alpha * before[ray, order]
    distance, front = torch.as_tensor(samples.distance), torch.ones(count, device=device)
    if head is not None:
        behind = distance > head.distance[ray]
        weight = torch.where(behind, weight * (1.0 - head.rgba[ray, 3]), weight)
        kept = torch.ones_like(opaque).index_put((ray, order), torch.where(behind, torch.ones_like(alpha), 1.0 - alpha))
        front = kept.prod(1)
    values = torch.cat([torch.ones_like(distance)[None], found[1:], distance[None]]) * weight
    summed = torch.zeros(len(values), count, device=device).index_add(1, ray, values)
    features = (summed[1:-1] / summed[0].clamp(min=TINY)).T
    terms = torch.zeros(count, 0, device=device) if told is None else told
    frame = torch.from_numpy(rays.frame).long().to(device)
    poses = torch.from_numpy(frames.poses).to(device)[frame]
    directions = field.own_directions(torch.from_numpy(rays.directions).to(device), poses)
    beyond = field.beyond(features)
    with torch.no_grad():  # Detail is learnt where the surface is; it does not pull the surface about.
        unit = torch.as_tensor(samples.unit)[:, column] * weight
        where = torch.zeros(3, count, device=device).index_add(1, ray, unit) / summed[0].clamp(min=TINY)
        where = field.aimed(where.T, beyond, directions).contiguous()
    detail = detail_at(field, where)
    colour = field.colour(features, detail, directions, terms, biases[1][frame])
    seen = summed[0].detach() > TINY
    nowhere = torch.tensor(torch.inf, device=device)
    mine = summed[-1] / summed[0].clamp(min=TINY) + beyond
    mean = torch.where(seen, mine.detach(), nowhere)
    fog = (alpha * (1.0 - alpha)).sum() / max(len(ray), 1)
    dark = (before < HIDDEN)[ray, order]
    hollow = ((1.0 - alpha) * dark).sum() / dark.sum().clamp(min=1)
    steps = torch.zeros_like(opaque).index_put((ray, order), distance / field.config.step)
    spread = spread_of(opaque * before, steps)
    astray = distance.new_zeros(())
    if true_distance is not None and (known := true_distance > 0.0).any():
        away = (weight * (distance - true_distance[ray]).abs())[known[ray]].sum()
        off = ((mine - true_distance).abs() * summed[0].detach())[known].sum()
        astray = (away + off) / (field.config.step * known.sum())
    return Composed(summed[0][:, None] * colour, summed[0], mean, front, fog, hollow, spread, astray)


def spread_of(weights: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    """() mean over rays of sum w_i w_j |t_i - t_j| + sum w_i² / 3, in steps: light should come from one place.

    It is the distortion loss of Barron et al., Mip-NeRF 360 (2022), equation 15.

    Args:
        weights, steps: (R, K) in order along each ray; where a weight is 0 its step does not matter.
    """
    at = steps - steps[:, :1]
    before = weights.cumsum(1) - weights
    moment = (weights * at).cumsum(1) - weights * at
    return (2.0 * weights * (at * before - moment) + weights**2 / 3.0).sum(1).mean()
