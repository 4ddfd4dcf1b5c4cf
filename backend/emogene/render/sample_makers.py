"""Which sample maker serves a field: numba's kernels on the CPU, torch on any other device."""

import torch

from .field import RadianceField
from .torch_samples import TorchSampleMaker
from .training_samples import SampleMaker

Maker = SampleMaker | TorchSampleMaker


def sample_maker(field: RadianceField, longest: int) -> Maker:
    """The maker for a field where it is now; `longest`: samples that a ray takes at most."""
    return SampleMaker(field, longest) if field.table.device.type == "cpu" else TorchSampleMaker(field, longest)


def surface_cells(unit: torch.Tensor, side: int) -> torch.Tensor:
    """(N,) int64 flat cells of the surface grid that hold (3, N) points of the unit cube."""
    x, y, z = (unit * side).long().clamp(max=side - 1)
    return (x * side + y) * side + z
