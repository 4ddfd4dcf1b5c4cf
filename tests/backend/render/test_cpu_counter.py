"""The counter that threads deal tiles by."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from emogene.render.kernels.cpu_counter import take_number

EACH = 100_000


@njit(nogil=True)
def take_many(counter, taken):  # pragma: no cover
    """Mark numbers as taken until there are no more; returns how many this thread got."""
    mine = 0
    while True:
        number = take_number(counter)  # pyright: ignore[reportCallIssue]
        if number >= taken.shape[0]:
            return mine
        taken[number] += 1
        mine += 1


def test_threads_take_every_number_once():
    counter, taken = np.zeros(1, np.int64), np.zeros(4 * EACH, np.int8)
    take_many(np.zeros(1, np.int64), np.zeros(1, np.int8))
    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(lambda _: take_many(counter, taken), range(4)))
    assert (taken == 1).all() and sum(shares) == len(taken)
    assert counter[0] == len(taken) + 4
