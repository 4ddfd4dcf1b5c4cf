import numpy as np
import torch

from emogene.render.hash_grid import GridLayout, corner_index, encode
from emogene.render.kernels.cpu_encode import BLOCK, encode_block, kernel_layout

SMALL = GridLayout(levels=4, base=8, finest=64, log2_table=12)


def test_levels_are_laid_out_as_tinycudann_does():
    assert SMALL.resolutions.tolist() == [8, 16, 32, 64]
    assert SMALL.dense.tolist() == [True, True, False, False]
    assert SMALL.sizes.tolist() == [512, 4096, 4096, 4096]
    assert SMALL.offsets.tolist() == [0, 512, 4608, 8704]


def test_dense_levels_run_along_x_first():
    one, zero = torch.tensor([1]), torch.tensor([0])
    assert [int(corner_index(SMALL, 0, *at)) for at in [(one, zero, zero), (zero, one, zero), (zero, zero, one)]] == [
        1,
        8,
        64,
    ]


def test_hashed_levels_xor_the_primes():
    x, y, z = 5, 7, 11
    expected = (x ^ (y * 2654435761 % 2**32) ^ (z * 805459861 % 2**32)) % 4096
    assert int(corner_index(SMALL, 2, torch.tensor([x]), torch.tensor([y]), torch.tensor([z]))) == expected


def test_at_a_grid_point_the_encoding_is_the_table():
    table = torch.randn(SMALL.entries, 2, generator=torch.Generator().manual_seed(0))
    # position = scale * x + 0.5 is the integer (3, 2, 1) at level 0.
    point = (torch.tensor([[3.0, 2.0, 1.0]]) - 0.5) / float(SMALL.scales[0])
    assert torch.allclose(encode(SMALL, table, point)[0, :2], table[3 + 2 * 8 + 64], atol=1e-5)


def test_the_numba_kernel_encodes_the_same():
    chance = np.random.default_rng(1)
    table = chance.standard_normal((SMALL.entries, 2), np.float32)
    unit = chance.random((3, BLOCK), np.float32)
    unit[:, :3] = [[0.0, 1.0, 1.0], [0.0, 1.0, 0.0], [0.0, 1.0, 1.0]]
    features = np.empty((2 * SMALL.levels, BLOCK), np.float32)
    corners, weights = np.empty((8, BLOCK), np.uint32), np.empty((8, BLOCK), np.float32)
    encode_block(unit, 0, table.view(np.complex64).reshape(-1), kernel_layout(SMALL), corners, weights, features)
    expected = encode(SMALL, torch.from_numpy(table), torch.from_numpy(unit.T.copy())).numpy().T
    assert np.abs(features - expected).max() < 2e-4
