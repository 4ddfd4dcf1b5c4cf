"""How the small readers learn: the same every time, on one thread, in some seconds."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

STEPS = 2000
_LEARNING_RATE = 2e-3
_WEIGHT_DECAY = 1e-3

Network = TypeVar("Network", bound=nn.Module)


def fit(build: Callable[[], Network], loss: Callable[[Network], torch.Tensor], steps: int = STEPS) -> Network:
    """Build a network and train it (AdamW, one cycle of the learning rate).

    Args:
        build: makes the untrained network; its weights are drawn from a fixed seed.
        loss: of a batch that it draws itself, anew in each of the steps.

    Returns:
        The network, ready to be asked.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build()
    optimiser = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _LEARNING_RATE, total_steps=steps)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums are then taken in one order
    try:
        for _ in range(steps):
            found = loss(network)
            optimiser.zero_grad()
            found.backward()
            optimiser.step()
            schedule.step()
    finally:
        torch.set_num_threads(threads)
    return network.eval()
