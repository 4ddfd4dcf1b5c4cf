"""Noise of the latents, counted from the beginning of a recording, so that a piece of it moves as the whole does."""

import numpy as np

_BLOCK = 256
_FIRST_BLOCK = 2**32
"""Keeps the block numbers of latents before the recording's beginning positive."""


def latent_noise(seed: int, first: int, count: int, channels: int) -> np.ndarray:
    """(count, channels) float32 from N(0, 1); row k depends on `seed` and `first + k` and on nothing else.

    Args:
        first: number of the first latent in the whole recording; may be negative.
    """
    last = first + count
    blocks = range(first // _BLOCK, -(-last // _BLOCK)) if count > 0 else range(0)
    drawn = [np.random.default_rng((seed, _FIRST_BLOCK + b)).standard_normal((_BLOCK, channels)) for b in blocks]
    if not drawn:
        return np.zeros((0, channels), np.float32)
    begin = first - blocks.start * _BLOCK
    return np.concatenate(drawn)[begin : begin + count].astype(np.float32)
