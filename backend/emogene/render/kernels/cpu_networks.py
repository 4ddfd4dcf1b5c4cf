"""Network layers on feature-major blocks, [feature, sample]: the innermost loop runs over samples and vectorises."""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL

from .cpu_encode import BLOCK
from .cpu_products import LANES, ROWS, multiply_rows

_HALF = np.float32(0.5)
_ONE = np.float32(1.0)
_LIMIT = np.float32(20.0)
_EXP_PARTS = np.float32(1.0 / 64.0)
_C2, _C3, _C4, _C5 = np.float32(1 / 2), np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120)


@njit(**KERNEL)
def layer(weights, bias, inputs, outputs):
    """outputs (J, BLOCK) = weights (J, I) @ inputs (I, BLOCK) + bias (J,); J is a multiple of ROWS."""
    for s in range(0, BLOCK, LANES):
        for j in range(0, weights.shape[0], ROWS):
            multiply_rows(weights, bias, inputs, outputs, j, s)  # pyright: ignore[reportCallIssue]


@njit(**KERNEL)
def rectify(values):
    """ReLU in place on (J, BLOCK); (x + |x|) / 2 is exactly that, and vectorises where max and conditions do not."""
    for j in range(values.shape[0]):
        row = values[j]
        for s in range(BLOCK):
            row[s] = _HALF * (row[s] + abs(row[s]))


@njit(**KERNEL)
def sigmoid(values, shift, results):
    """results (BLOCK,) = sigmoid(values + shift), by exp(x) = exp(x / 64)^64 with a Taylor series: error below 2e-5."""
    for s in range(BLOCK):
        x = min(max(values[s] + shift, -_LIMIT), _LIMIT) * _EXP_PARTS
        e = _ONE + x * (_ONE + x * (_C2 + x * (_C3 + x * (_C4 + x * _C5))))
        e = e * e
        e = e * e
        e = e * e
        e = e * e
        e = e * e
        e = e * e
        results[s] = e / (_ONE + e)
