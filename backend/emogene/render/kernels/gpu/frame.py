"""A frame on a device: rays go through the head in waves, then through the torso; colour once a ray.

Waves grow, since few rays need many samples: most of the light is gone after the first.
"""

from dataclasses import dataclass

import torch

from emogene.render.rays import STOP_TRANSMITTANCE
from emogene.render.torch_geometry import encoded
from emogene.render.torch_march import FrameRays

from .parts import FaceInputs, Laid, Light, Steps, darkness

FIRST_WAVE = 4
"""Samples of each ray in the first wave; each wave takes twice as many as the one before."""
CLEAR = 1e-6
"""A head that lets less through than this ends the torso's rays."""


@dataclass(frozen=True)
class Effort:
    """What a frame took."""

    head_samples: int
    torso_samples: int
    waves: int


def gather_light(
    steps: Steps, laid: Laid, rays: FrameRays, face: FaceInputs, last: torch.Tensor | None = None
) -> tuple[Light, int, int]:
    """What rays see of one field, and how many samples and waves that took."""
    config = laid.field.config
    light = darkness(len(rays.frame), config.geometry + 3, laid.device)
    march = steps.march(laid, rays, config.max_samples, last)
    live = torch.arange(len(rays.frame), device=laid.device)
    live = live[march.going(live)]
    samples, waves, most = 0, 0, FIRST_WAVE
    while len(live):
        wave = march.wave(live, most)
        if len(wave.ray):
            values = torch.cat([steps.density(laid, wave, face), wave.found[3:6].T], 1)
            steps.composite(laid, wave, values, rays.shift, face, light)
        live = live[march.going(live) & (light.through[live] >= STOP_TRANSMITTANCE)]
        samples, waves, most = samples + len(wave.ray), waves + 1, 2 * most
    return light, samples, waves


def shaded(laid: Laid, rays: FrameRays, light: Light, terms: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """(R, 4) premultiplied colour and opacity of one field; terms (R, RAY_TERMS). Moves distances to what is seen."""
    field, weight = laid.field, light.sums[:, 0]
    rgba = torch.zeros(len(weight), 4, device=weight.device)
    seen = torch.nonzero(weight > 0)[:, 0]
    means = light.sums[seen, 1:] / weight[seen, None]
    directions = field.own_directions(rays.directions[seen], rays.poses[rays.frame[seen]])
    beyond = field.beyond(means[:, :-3])
    light.distance[seen] += weight[seen] * beyond
    places = field.aimed(means[:, -3:], beyond, directions)
    detail = encoded(field.config.detail, field.detail_table, places.contiguous())
    colour = field.colour(means[:, :-3], detail, directions, terms[seen], bias)
    rgba[seen] = torch.cat([colour * weight[seen, None], weight[seen, None]], 1)
    return rgba


def last_steps(laid: Laid, head: torch.Tensor, distance: torch.Tensor) -> torch.Tensor:
    """(R,) int32 step before which a torso's ray may end: behind a head that lets nothing through."""
    far = torch.full_like(distance, 1 << 30)
    ending = torch.where(head[:, 3] >= 1.0 - CLEAR, distance / laid.field.config.step + 1.0, far)
    return ending.clamp(max=float(1 << 30)).int()
