"""Eight entries of four floats by vector loads: what plain sums give, at any place of any array."""

import numpy as np
import pytest
from numba import njit

from emogene.compiled_kernels import KERNEL
from emogene.render.kernels.cpu_blend import blend


@njit(**KERNEL)
def blended(table, entries, weights):
    return blend(
        table, entries[0], entries[1], entries[2], entries[3], entries[4], entries[5], entries[6], entries[7],
        weights[0], weights[1], weights[2], weights[3], weights[4], weights[5], weights[6], weights[7],
    )  # fmt: skip


@pytest.mark.parametrize("shape", [(4096, 4), (16, 16, 16, 4)])
def test_sums_are_the_plain_ones(shape):
    """Tables of the hash grid have two dimensions, those of the warp four."""
    chance = np.random.default_rng(0)
    table = chance.standard_normal(shape, np.float32)
    for _ in range(50):
        entries, weights = chance.integers(0, 4096, 8).astype(np.uint32), chance.random(8, np.float32)
        entries[:2] = 0, 4095
        wanted = (table.reshape(-1, 4)[entries].astype(np.float64) * weights[:, None]).sum(0)
        assert np.abs(np.array(blended(table, entries, weights)) - wanted).max() < 2e-6


def test_an_entry_alone_comes_back_as_it_is():
    table = np.random.default_rng(1).standard_normal((64, 4), np.float32)
    weights = np.zeros(8, np.float32)
    weights[5] = 1.0
    entries = np.arange(8, dtype=np.uint32) * 7
    assert np.array(blended(table, entries, weights), np.float32).tolist() == table[35].tolist()


def test_tables_need_not_lie_at_a_multiple_of_a_vector():
    """Memory that numpy takes for a part of an array may begin at any float."""
    whole = np.random.default_rng(2).standard_normal(4 * 64 + 1).astype(np.float32)
    for start in (0, 1):
        table = whole[start : start + 4 * 63].reshape(63, 4)
        entries, weights = np.arange(8, dtype=np.uint32), np.full(8, 0.125, np.float32)
        assert np.allclose(blended(table, entries, weights), table[:8].mean(0), atol=1e-6)
