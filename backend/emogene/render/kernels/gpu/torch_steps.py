"""The steps of a frame as plain torch operations: for a GPU without Triton, and to check Triton's by."""

import torch

from emogene.render import eyes, torch_march
from emogene.render.field import DISPLACEMENT_SCALE, alpha_of
from emogene.render.head_field import HeadField
from emogene.render.rays import ALPHA_FLOOR, STOP_TRANSMITTANCE
from emogene.render.torch_march import FrameRays

from .parts import FaceInputs, Laid, Light, March, Wave


class TorchMarch:
    """All samples of the rays are found at once; waves are parts of them."""

    def __init__(self, laid: Laid, rays: FrameRays, limit: int, last: torch.Tensor | None):
        found = torch_march.batch_samples(laid.field, laid.clearance, rays, limit, last)
        self._ray, self._step = found.ray.int(), found.step.int()
        self._found = torch.cat([found.points, found.unit, found.moved], 1).T
        numbers = torch.arange(len(rays.frame), device=found.ray.device)
        self._next = torch.searchsorted(found.ray, numbers)
        self._end = torch.searchsorted(found.ray, numbers, right=True)

    def wave(self, live: torch.Tensor, most: int) -> Wave:
        counts = (self._end[live] - self._next[live]).clamp(max=most)
        ends = counts.cumsum(0)
        begins = ends - counts
        slot = torch.repeat_interleave(torch.arange(len(live), device=live.device), counts)
        at = self._next[live][slot] + torch.arange(len(slot), device=live.device) - begins[slot]
        self._next[live] += counts
        found = self._found[:, at].contiguous()
        return Wave(live, begins.int(), ends.int(), self._ray[at], self._step[at], found)

    def going(self, live: torch.Tensor) -> torch.Tensor:
        return self._next[live] < self._end[live]


class TorchSteps:
    """See parts.Steps."""

    name = "torch"

    def march(self, laid: Laid, rays: FrameRays, limit: int, last: torch.Tensor | None = None) -> March:
        return TorchMarch(laid, rays, limit, last)

    def density(self, laid: Laid, wave: Wave, face: FaceInputs) -> torch.Tensor:
        field = laid.field
        geometry = field.geometry(self.inputs(laid, wave, face), face.bias)
        return torch.cat([alpha_of(geometry)[:, None], geometry[:, 1:]], 1)

    def inputs(self, laid: Laid, wave: Wave, face: FaceInputs) -> torch.Tensor:
        """(S, inputs) hash features and direct inputs."""
        return torch.cat([laid.field.encode(wave.found[3:6].T), direct_inputs(laid, wave, face)], 1)

    def composite(
        self, laid: Laid, wave: Wave, values: torch.Tensor, shift: torch.Tensor, face: FaceInputs, light: Light
    ) -> None:
        counts = wave.ends - wave.begins
        longest = int(counts.max()) if len(counts) else 0
        if not longest:
            return
        ray = wave.ray.long()
        slot = torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts)
        at = slot * longest + torch.arange(len(slot), device=counts.device) - wave.begins[slot]
        metres = (wave.step + shift[ray]) * laid.field.config.step
        alpha = torch.where(values[:, 0] < ALPHA_FLOOR, torch.zeros_like(metres), values[:, 0])

        def by_ray(values: torch.Tensor, empty: float) -> torch.Tensor:
            full = torch.full((len(counts) * longest, *values.shape[1:]), empty, device=values.device)
            full[at] = values
            return full.reshape(len(counts), longest, *values.shape[1:])

        start = light.through[wave.live][:, None]
        after = torch.cumprod(by_ray(1.0 - alpha, 1.0), 1) * start
        before = torch.cat([start, after[:, :-1]], 1).reshape(-1)[at]
        behind = torch.zeros_like(alpha, dtype=torch.bool)
        if face.head_colour is not None and face.head_distance is not None:
            behind = metres > face.head_distance[ray]
            before = torch.where(behind, before * (1.0 - face.head_colour[ray, 3]), before)
        alive = before >= STOP_TRANSMITTANCE
        weight = torch.where(alive, before * alpha, torch.zeros_like(alpha))
        terms = torch.cat([torch.ones_like(alpha)[:, None], values[:, 1:], metres[:, None]], 1)
        # Sums in a fixed order, so that a picture is the same each time.
        summed = by_ray(weight[:, None] * terms, 0.0).sum(1)
        light.sums[wave.live] += summed[:, :-1]
        light.distance[wave.live] += summed[:, -1]
        ones = torch.ones_like(alpha)
        light.through[wave.live] *= by_ray(torch.where(alive, 1.0 - alpha, ones), 1.0).prod(1)
        light.front[wave.live] *= by_ray(torch.where(alive & ~behind, 1.0 - alpha, ones), 1.0).prod(1)


def direct_inputs(laid: Laid, wave: Wave, face: FaceInputs) -> torch.Tensor:
    """(S, DIRECT) inputs of the density network beside the hash features."""
    moved = wave.found[6:9].T * DISPLACEMENT_SCALE
    if isinstance(laid.field, HeadField):
        return torch.cat([eyes.eye_features(wave.found[:3].T, laid.field.eyes, face.gaze_axes), moved], 1)
    assert face.head_colour is not None, "a torso is told of the head"
    return torch.cat([face.head_colour[wave.ray.long()], moved, torch.ones_like(moved[:, :1])], 1)
