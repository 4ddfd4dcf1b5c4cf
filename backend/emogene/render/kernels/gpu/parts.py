"""What the steps of the engine "cuda" hand to one another: a field on its device, a wave of samples, light so far."""

import functools
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from emogene.render import occupancy
from emogene.render.field import RadianceField
from emogene.render.hash_grid import GridLayout
from emogene.render.head_field import HeadField
from emogene.render.torch_march import FrameRays


@dataclass(frozen=True)
class Laid:
    """One field's grids where kernels read them. The field itself is on the same device."""

    field: RadianceField
    free: torch.Tensor
    """(G, G, G) uint8, see occupancy.free_steps."""
    clearance: torch.Tensor
    """(G, G, G) float32 metres, see occupancy.clearance."""

    @property
    def is_head(self) -> bool:
        return isinstance(self.field, HeadField)

    @property
    def device(self) -> torch.device:
        return self.field.table.device


@dataclass(frozen=True)
class Wave:
    """The next samples of some rays, S in all, ordered by ray, then step."""

    live: torch.Tensor
    """(L,) int64 rays."""
    begins: torch.Tensor
    ends: torch.Tensor
    """(L,) int32 where each ray's samples begin and end."""
    ray: torch.Tensor
    """(S,) int32."""
    step: torch.Tensor
    """(S,) int32."""
    found: torch.Tensor
    """(9, S) canonical point, unit-cube point on the reference face, displacement."""


@dataclass(frozen=True)
class FaceInputs:
    """What a field is told of the frame."""

    bias: torch.Tensor
    """(width,) of the density network."""
    gaze_axes: torch.Tensor
    """(3, 3), see eyes.gaze_axes."""
    head_colour: torch.Tensor | None = None
    """(R, 4) premultiplied, for a torso."""
    head_distance: torch.Tensor | None = None
    """(R,) metres, infinity where there is no head."""


@dataclass(frozen=True)
class Light:
    """What rays have gathered; changed in place by each wave."""

    through: torch.Tensor
    """(R,) what this field leaves of the light."""
    front: torch.Tensor
    """(R,) what its samples before the head leave."""
    sums: torch.Tensor
    """(R, geometry + 3) weight, weighted features, weighted place in the unit cube."""
    distance: torch.Tensor
    """(R,) weighted metres."""


class March(Protocol):
    """Rays on their way through one field."""

    def wave(self, live: torch.Tensor, most: int) -> Wave:
        """The next samples of (L,) rays, at most so many each."""
        ...

    def going(self, live: torch.Tensor) -> torch.Tensor:
        """(L,) bool: the ray may have more samples."""
        ...


class Steps(Protocol):
    """The three steps of a frame, in one way of computing them."""

    name: str

    def march(self, laid: Laid, rays: FrameRays, limit: int, last: torch.Tensor | None = None) -> March:
        """Set off; a ray takes at most `limit` samples, all before step `last` (R,)."""
        ...

    def density(self, laid: Laid, wave: Wave, face: FaceInputs) -> torch.Tensor:
        """(S, geometry) opacity of one step, then features."""
        ...

    def composite(
        self, laid: Laid, wave: Wave, values: torch.Tensor, shift: torch.Tensor, face: FaceInputs, light: Light
    ) -> None:
        """Add a wave to the light of its rays.

        Args:
            values: (S, rows of light.sums) opacity of one step, then what is summed.
            shift: (R,) as in FrameRays.
        """
        ...


def laid_out(field: RadianceField, device: torch.device, coarse: int = 1) -> Laid:
    """A field on a device, with its grids.

    Args:
        coarse: measure clearances in blocks of so many cells a side.
    """
    config, occupied = field.config, field.occupied.cpu().numpy()
    field.to(device)
    free = occupancy.free_steps(occupied, config.box_side, config.step, coarse)
    clearance = occupancy.clearance(occupied, config.box_side, coarse)
    return Laid(field, *(torch.from_numpy(np.ascontiguousarray(grid)).to(device) for grid in (free, clearance)))


@functools.lru_cache(maxsize=16)
def level_numbers(layout: GridLayout, device: torch.device) -> tuple[torch.Tensor, ...]:
    """(L,) each: scales float32; resolutions, sizes, first entries, whether dense, int32."""
    numbers = (layout.resolutions, layout.sizes, layout.offsets, layout.dense)
    scales = torch.from_numpy(layout.scales).to(device)
    return (scales, *(torch.from_numpy(values.astype(np.int32)).to(device) for values in numbers))


def darkness(rays: int, rows: int, device: torch.device) -> Light:
    """The light of rays that have seen nothing yet."""
    return Light(
        torch.ones(rays, device=device), torch.ones(rays, device=device),
        torch.zeros(rays, rows, device=device), torch.zeros(rays, device=device),
    )  # fmt: skip
