"""Network layers on feature-major blocks, [feature, sample]: the innermost loop runs over samples and vectorises."""

import numpy as np
from numba import njit

from .cache import KERNEL
from .cpu_encode import BLOCK

_HALF = np.float32(0.5)
_ONE = np.float32(1.0)
_LIMIT = np.float32(20.0)
_EXP_PARTS = np.float32(1.0 / 64.0)
_C2, _C3, _C4, _C5 = np.float32(1 / 2), np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120)


@njit(**KERNEL)
def layer(weights, bias, inputs, outputs):
    """outputs (J, BLOCK) = weights (J, I) @ inputs (I, BLOCK) + bias (J,); J and I are multiples of 4.

    Four rows times four columns at a time: 16 products for 8 reads and 4 writes.
    """
    for j in range(0, weights.shape[0], 4):
        o0, o1, o2, o3 = outputs[j], outputs[j + 1], outputs[j + 2], outputs[j + 3]
        for s in range(BLOCK):
            o0[s] = bias[j]
            o1[s] = bias[j + 1]
            o2[s] = bias[j + 2]
            o3[s] = bias[j + 3]
        for i in range(0, weights.shape[1], 4):
            x0, x1, x2, x3 = inputs[i], inputs[i + 1], inputs[i + 2], inputs[i + 3]
            w00, w01, w02, w03 = weights[j, i], weights[j, i + 1], weights[j, i + 2], weights[j, i + 3]
            w10, w11, w12, w13 = weights[j + 1, i], weights[j + 1, i + 1], weights[j + 1, i + 2], weights[j + 1, i + 3]
            w20, w21, w22, w23 = weights[j + 2, i], weights[j + 2, i + 1], weights[j + 2, i + 2], weights[j + 2, i + 3]
            w30, w31, w32, w33 = weights[j + 3, i], weights[j + 3, i + 1], weights[j + 3, i + 2], weights[j + 3, i + 3]
            for s in range(BLOCK):
                a, b, c, d = x0[s], x1[s], x2[s], x3[s]
                o0[s] += w00 * a + w01 * b + w02 * c + w03 * d
                o1[s] += w10 * a + w11 * b + w12 * c + w13 * d
                o2[s] += w20 * a + w21 * b + w22 * c + w23 * d
                o3[s] += w30 * a + w31 * b + w32 * c + w33 * d


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
