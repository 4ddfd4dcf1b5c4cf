"""Our weights in tinycudann's parameter layout, checked by its documented layout: the module itself needs a GPU."""

import math

import pytest
import torch

from emogene.render.hash_grid import FEATURES, GridLayout
from emogene.render.kernels.gpu.tinycudann_networks import (
    grid_settings,
    network_settings,
    next_16,
    packed_density,
    tinycudann,
)  # fmt: skip
from emogene_proto.errors import RenderError

from .gpu_scene import random_fields


def as_tinycudann_reads(params: torch.Tensor, inputs: torch.Tensor, width: int, outputs: int) -> torch.Tensor:
    """A FullyFusedMLP with one hidden layer: row-major matrices one after the other; input filled up with ones."""
    padded_in, padded_out = next_16(inputs.shape[1]), next_16(outputs)
    first, last = params.split([width * padded_in, padded_out * width])
    full = torch.ones(len(inputs), padded_in)
    full[:, : inputs.shape[1]] = inputs
    return (torch.relu(full @ first.reshape(width, padded_in).T) @ last.reshape(padded_out, width).T)[:, :outputs]


@pytest.mark.parametrize("part", ["head", "torso"])
def test_a_packed_network_computes_the_fields_density(part):
    field = getattr(random_fields(), part)
    config = field.config
    chance = torch.Generator().manual_seed(0)
    inputs = torch.randn(50, config.inputs, generator=chance)
    bias = torch.randn(config.width, generator=chance)
    params = packed_density(field.density_in, bias, field.density_out)
    given = torch.cat([inputs, torch.ones(50, 1)], 1)
    made = as_tinycudann_reads(params, given, config.width, config.geometry)
    assert torch.allclose(made, field.geometry(inputs, bias), atol=1e-4)


@pytest.mark.parametrize("layout", [GridLayout(), GridLayout(levels=8, base=12, finest=448, log2_table=15)])
def test_the_grid_has_tinycudanns_sizes(layout):
    """Sizes as in its encodings/grid.h: scale, resolution, entries rounded up to 8, at most 2^T."""
    settings = grid_settings(layout)
    total = 0
    for level in range(settings["n_levels"]):
        scale = 2.0 ** (level * math.log2(settings["per_level_scale"])) * settings["base_resolution"] - 1.0
        resolution = math.ceil(scale) + 1
        total += min(-(-(resolution**3) // 8) * 8, 2 ** settings["log2_hashmap_size"])
    assert total * settings["n_features_per_level"] == layout.entries * FEATURES


def test_a_width_that_it_lacks_is_refused():
    assert network_settings(64)["n_neurons"] == 64
    with pytest.raises(RenderError, match="48 wide"):
        network_settings(48)


def test_without_it_the_advice_is_exact(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tinycudann", None)
    with pytest.raises(RenderError) as refused:
        tinycudann()
    assert "subdirectory=bindings/torch" in refused.value.hint
