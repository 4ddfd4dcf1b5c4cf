"""The fused training kernels: torch's own gradients, the same on every computer."""

import numba
import numpy as np
import pytest
import torch

from emogene.render.field import DIRECT, RadianceField
from emogene.render.field_autograd import WORKERS, detail_at, geometry_at
from emogene.render.kernels.cpu_encode import BLOCK


def drawn(blocks: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (3, N) of the unit cube and direct inputs (DIRECT, N)."""
    chance = np.random.default_rng(seed)
    return chance.random((3, BLOCK * blocks), np.float32), chance.standard_normal((DIRECT, BLOCK * blocks), np.float32)


def frame_inputs(field: RadianceField, frames: int) -> torch.Tensor:
    return torch.randn(frames, field.condition_in.shape[1], generator=torch.Generator().manual_seed(frames))


def plain(field: RadianceField, unit: np.ndarray, direct: np.ndarray, block_frame: np.ndarray, bias: torch.Tensor):
    """geometry_at by the field's own torch operations."""
    frame = torch.from_numpy(np.repeat(block_frame, BLOCK)).long()
    features = torch.cat([field.encode(torch.from_numpy(unit.T)), torch.from_numpy(direct.T)], 1)
    return field.geometry(features, bias[frame]).T


def test_fused_gradients_are_torchs(field):
    """Of every weight that geometry depends on, by way of three blocks of two frames."""
    field.requires_grad_(True)
    unit, direct = drawn(3, 0)
    block_frame = np.array([1, 0, 1], np.int32)
    inputs = frame_inputs(field, 2)
    weights = torch.randn(field.config.geometry, 3 * BLOCK, generator=torch.Generator().manual_seed(1))

    def gradients(geometry) -> dict[str, torch.Tensor]:
        field.zero_grad()
        made = geometry(field, unit, direct, block_frame, field.biases(inputs)[0])
        (made * weights).sum().backward()
        found = {name: p.grad.clone() for name, p in field.named_parameters() if p.grad is not None}
        return {"geometry": made.detach(), **found}

    mine, theirs = gradients(geometry_at), gradients(plain)
    assert set(mine) == set(theirs) == {
        "geometry", "table", "density_in", "density_condition", "density_out",
        "condition_in", "condition_in_bias", "condition_out", "condition_out_bias",
    }  # fmt: skip
    for name, wanted in theirs.items():
        assert float(wanted.abs().max()) > 0, name
        assert float((mine[name] - wanted).abs().max()) <= 2e-5 * max(1.0, float(wanted.abs().max())), name


def test_detail_and_its_gradient_are_torchs(field):
    """Of a number of rays that fills no block."""
    field.requires_grad_(True)
    where = torch.rand(BLOCK + 5, 3, generator=torch.Generator().manual_seed(4))
    weights = torch.randn(BLOCK + 5, 4 * field.config.detail.levels, generator=torch.Generator().manual_seed(5))
    found = []
    for made in (detail_at(field, where), field.encode_detail(where)):
        field.zero_grad()
        (made * weights).sum().backward()
        found.append((made.detach(), field.detail_table.grad.clone()))
    for mine, theirs in zip(*found, strict=True):
        assert mine.shape == theirs.shape and float(theirs.abs().max()) > 0
        assert float((mine - theirs).abs().max()) < 1e-5 * max(1.0, float(theirs.abs().max()))


def test_a_frame_without_samples_has_no_gradient(field):
    field.requires_grad_(True)
    unit, direct = drawn(1, 2)
    bias = torch.zeros(2, field.config.width, requires_grad=True)
    geometry_at(field, unit, direct, np.array([1], np.int32), bias).square().sum().backward()
    assert bias.grad is not None
    assert not bias.grad[0].any() and bias.grad[1].any()


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="numba has one thread here")  # pyright: ignore[reportAttributeAccessIssue]
def test_gradients_do_not_depend_on_the_computers_cores(field):
    """Blocks are summed in as many parts everywhere, whatever number of threads numba has."""
    field.requires_grad_(True)
    blocks = WORKERS + 3
    unit, direct = drawn(blocks, 1)
    inputs, before, found = frame_inputs(field, 1), numba.get_num_threads(), []
    for threads in (1, 2):
        numba.set_num_threads(threads)
        field.zero_grad()
        made = geometry_at(field, unit, direct, np.zeros(blocks, np.int32), field.biases(inputs)[0])
        made.square().sum().backward()
        found.append([p.grad.numpy().tobytes() for p in field.parameters() if p.grad is not None])
    numba.set_num_threads(before)
    assert len(found[0]) == 8
    assert found[0] == found[1]
