"""The density network by tinycudann, where that is installed: our weights in its parameter layout, in half floats.

tinycudann's grid holds one level after the other, features innermost, as our table does: its parameters are ours. A
fully fused network's parameters are its matrices one after the other, row by row: (width, inputs), (outputs, width),
inputs and outputs filled up to multiples of 16. It has no biases; the frame's bias is the column of an input of 1.
"""

import importlib
from typing import Any

import torch

from emogene.render.field import DENSITY_SHIFT, RadianceField
from emogene.render.hash_grid import FEATURES, GridLayout
from emogene_proto.errors import RenderError

from .parts import FaceInputs, Laid, Wave
from .torch_steps import direct_inputs

WIDTHS = (16, 32, 64, 128)
"""Of fully fused networks."""
ADVICE = (
    "tinycudann is on no package registry: build it on this computer with "
    "'pip install git+https://github.com/NVlabs/tiny-cuda-nn/#subdirectory=bindings/torch' (needs the CUDA toolkit "
    "and a C++ compiler), or unset EMOGENE_GPU. Nothing else needs it."
)


def tinycudann() -> Any:
    """The module.

    Raises:
        RenderError: it is not installed, or does not work with this GPU.
    """
    try:
        return importlib.import_module("tinycudann")
    except (ImportError, OSError) as error:  # it raises OSError where its build does not fit the GPU
        raise RenderError(f"tinycudann cannot be used: {error}.", ADVICE) from error


def grid_settings(layout: GridLayout) -> dict[str, Any]:
    """tinycudann's configuration of our hash grid."""
    return {
        "otype": "Grid",
        "type": "Hash",
        "n_levels": layout.levels,
        "n_features_per_level": FEATURES,
        "log2_hashmap_size": layout.log2_table,
        "base_resolution": layout.base,
        "per_level_scale": layout.growth,
        "interpolation": "Linear",
    }


def network_settings(width: int) -> dict[str, Any]:
    """tinycudann's configuration of a network with one hidden layer.

    Raises:
        RenderError: it has no such width.
    """
    if width not in WIDTHS:
        raise RenderError(
            f"tinycudann has no networks {width} wide.", "Unset EMOGENE_GPU, or train a field 16, 32, 64 or 128 wide."
        )
    return {
        "otype": "FullyFusedMLP",
        "activation": "ReLU",
        "output_activation": "None",
        "n_neurons": width,
        "n_hidden_layers": 1,
    }


def next_16(count: int) -> int:
    return -(-count // 16) * 16


def packed_density(density_in: torch.Tensor, bias: torch.Tensor, density_out: torch.Tensor) -> torch.Tensor:
    """(P,) parameters of the density network with one more input, which is 1.

    Args:
        density_in: (width, inputs); bias (width,) of the frame; density_out (outputs, width).
    """
    width, inputs = density_in.shape
    first = torch.zeros(width, next_16(inputs + 1), device=density_in.device)
    first[:, :inputs] = density_in
    first[:, inputs] = bias
    last = torch.zeros(next_16(len(density_out)), width, device=density_in.device)
    last[: len(density_out)] = density_out
    return torch.cat([first.reshape(-1), last.reshape(-1)])


class TinycudannDensity:
    """Encoding and density network of one field."""

    def __init__(self, field: RadianceField):
        config, module = field.config, tinycudann()
        self._field = field
        self._grid = module.Encoding(3, grid_settings(config.grid)).to(field.table.device)
        self._network = module.Network(config.inputs + 1, config.geometry, network_settings(config.width))
        self._network.to(field.table.device)
        with torch.no_grad():
            _require_size(self._grid.params, field.table.numel())
            self._grid.params.copy_(field.table.reshape(-1))

    @torch.no_grad()
    def __call__(self, laid: Laid, wave: Wave, face: FaceInputs) -> torch.Tensor:
        """(S, geometry) opacity of one step, then features."""
        field = self._field
        packed = packed_density(field.density_in, face.bias, field.density_out)
        _require_size(self._network.params, packed.numel())
        self._network.params.copy_(packed)
        direct = direct_inputs(laid, wave, face)
        features = self._grid(wave.found[3:6].T.contiguous()).float()
        geometry = self._network(torch.cat([features, direct, torch.ones_like(direct[:, :1])], 1)).float()
        alpha = torch.sigmoid(geometry[:, :1] + DENSITY_SHIFT)
        return torch.cat([alpha, geometry[:, 1:]], 1)


def _require_size(params: torch.Tensor, expected: int) -> None:
    if params.numel() != expected:
        raise RenderError(
            f"This tinycudann lays out {params.numel()} parameters where {expected} were expected.",
            "Unset EMOGENE_GPU, or install a newer tinycudann.",
        )
