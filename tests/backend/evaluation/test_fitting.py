"""Readers learn, always the same, and leave torch as it was."""

import pytest
import torch
from torch import nn

from emogene.evaluation.fitting import fit


def _loss(network: nn.Linear) -> torch.Tensor:
    return ((network(torch.ones(1, 3)) - 0.5) ** 2).sum()


def test_a_network_learns_the_same_every_time():
    first, second = (fit(lambda: nn.Linear(3, 1), _loss, steps=600) for _ in range(2))
    torch.testing.assert_close(first.weight, second.weight, rtol=0, atol=0)
    assert _loss(first) < 0.01 and not first.training


def test_threads_and_random_numbers_are_left_as_they_were():
    threads, state = torch.get_num_threads(), torch.random.get_rng_state()
    torch.set_num_threads(2)

    def fails(network: nn.Linear) -> torch.Tensor:
        raise ValueError("no batch")

    try:
        fit(lambda: nn.Linear(3, 1), _loss, steps=1)
        assert torch.get_num_threads() == 2 and torch.equal(torch.random.get_rng_state(), state)
        with pytest.raises(ValueError, match="no batch"):
            fit(lambda: nn.Linear(3, 1), fails, steps=1)
        assert torch.get_num_threads() == 2 and torch.equal(torch.random.get_rng_state(), state)
    finally:
        torch.set_num_threads(threads)
