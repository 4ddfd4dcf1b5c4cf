"""How trained models run: without gradients, on one torch thread, so that the same input gives the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, torch keeps no gradients and uses one thread: sums are taken in one order however many cores there are.

    Networks of our own are small; more threads would gain little. HuBERT is not, and runs outside.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)
