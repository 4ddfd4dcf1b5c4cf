"""The hash grid: laid out as tinycudann does, read alike by torch and kernels, never outside of its table."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emogene.render.hash_grid import FEATURES, GridLayout, corner_index, encode
from emogene.render.kernels.cpu_encode import BLOCK, encode_block, kernel_layout, level_corners

SMALL = GridLayout(levels=4, base=8, finest=64, log2_table=12)


def corners_of(layout: GridLayout, unit: np.ndarray) -> np.ndarray:
    """(L, 8, BLOCK) entries that the kernels read for (3, BLOCK) points."""
    found = np.empty((layout.levels, 8, BLOCK), np.uint32)
    for level in range(layout.levels):
        level_corners(unit, 0, level, kernel_layout(layout), found[level])
    return found


def points(seed: int) -> np.ndarray:
    """(3, BLOCK) of the unit cube, all of its corners among them."""
    unit = np.random.default_rng(seed).random((3, BLOCK), np.float32)
    unit[:, :8] = np.indices((2, 2, 2)).reshape(3, 8)
    unit[:, 8:16] = np.nextafter(unit[:, :8], np.float32(0.5))
    return unit


def test_levels_are_laid_out_as_tinycudann_does():
    assert SMALL.resolutions.tolist() == [8, 16, 32, 64]
    assert SMALL.dense.tolist() == [True, True, False, False]
    assert SMALL.sizes.tolist() == [512, 4096, 4096, 4096]
    assert SMALL.offsets.tolist() == [0, 512, 4608, 8704]
    assert SMALL.entries == 12800


def test_dense_levels_run_along_x_first():
    one, zero = torch.tensor([1]), torch.tensor([0])
    along = [(one, zero, zero), (zero, one, zero), (zero, zero, one)]
    assert [int(corner_index(SMALL, 0, *at)) for at in along] == [1, 8, 64]


def test_hashed_levels_xor_the_primes():
    x, y, z = 5, 7, 11
    expected = (x ^ (y * 2654435761 % 2**32) ^ (z * 805459861 % 2**32)) % 4096
    assert int(corner_index(SMALL, 2, torch.tensor([x]), torch.tensor([y]), torch.tensor([z]))) == expected


def test_at_a_grid_point_the_encoding_is_the_table():
    table = torch.randn(SMALL.entries, FEATURES, generator=torch.Generator().manual_seed(0))
    # position = scale * x + 0.5 is the integer (3, 2, 1) at level 0.
    point = (torch.tensor([[3.0, 2.0, 1.0]]) - 0.5) / float(SMALL.scales[0])
    assert torch.allclose(encode(SMALL, table, point)[0, :FEATURES], table[3 + 2 * 8 + 64], atol=1e-5)


def test_a_table_of_one_value_encodes_to_it_everywhere():
    """Trilinear weights sum to 1, also at the cube's faces."""
    table = torch.arange(1.0, FEATURES + 1).expand(SMALL.entries, FEATURES)
    encoded = encode(SMALL, table, torch.from_numpy(points(3).T))
    assert torch.allclose(encoded, torch.arange(1.0, FEATURES + 1).repeat(SMALL.levels).expand_as(encoded), atol=1e-4)


@pytest.mark.parametrize("layout", [SMALL, GridLayout(levels=3, base=2, finest=7, log2_table=9), GridLayout()])
def test_the_kernel_encodes_the_same(layout):
    table = np.random.default_rng(1).standard_normal((layout.entries, FEATURES), np.float32)
    unit = points(1)
    features = np.empty((FEATURES * layout.levels, BLOCK), np.float32)
    corners, weights = np.empty((8, BLOCK), np.uint32), np.empty((8, BLOCK), np.float32)
    encode_block(unit, 0, table, kernel_layout(layout), corners, weights, features)
    expected = encode(layout, torch.from_numpy(table), torch.from_numpy(unit.T.copy())).numpy().T
    # Neighbouring grid points differ by about 1, so at 512 of them a side the last bit of a position is worth 3e-5.
    assert np.abs(features - expected).max() < 5e-4


LAYOUTS = st.builds(
    lambda levels, base, more, log2: (levels, base, base + more, log2),
    st.integers(1, 32), st.integers(2, 2**14), st.integers(0, 2**14), st.integers(4, 24),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(sizes=LAYOUTS, seed=st.integers(0, 1000))
def test_a_layout_that_is_taken_is_never_read_outside_its_levels(sizes, seed):
    try:
        layout = GridLayout(*sizes)
    except ValueError:
        return
    found = corners_of(layout, points(seed)).astype(np.int64)
    first = layout.offsets.astype(np.int64)[:, None, None]
    assert (found >= first).all() and (found < first + layout.sizes.astype(np.int64)[:, None, None]).all()
    assert layout.entries < 2**32
    assert np.array_equal(layout.dense | (layout.sizes == 1 << layout.log2_table), np.ones(layout.levels, bool))


@given(
    name=st.sampled_from(["levels", "base", "finest", "log2_table"]),
    value=st.sampled_from([0, -1, 1 << 15, 25, 33, 8.5, 8.0, True, None, "8", float("nan"), float("inf")]),
)
def test_other_layouts_are_refused(name, value):
    good = {"levels": 4, "base": 8, "finest": 64, "log2_table": 12}
    limits = {"levels": (1, 32), "base": (2, 64), "finest": (8, 2**14), "log2_table": (4, 24)}
    if type(value) is int and limits[name][0] <= value <= limits[name][1]:
        assert getattr(GridLayout(**{**good, name: value}), name) == value
        return
    with pytest.raises((ValueError, TypeError)):
        GridLayout(**{**good, name: value})
