"""Batches made beside the training, a few steps ahead."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Prefetch(Generic[T]):
    """Calls `make(step)` in threads before the step comes. `make` must depend on nothing but the step."""

    def __init__(self, make: Callable[[int], T], steps: int, ahead: int = 3, workers: int = 1):
        self._make = make
        self._steps = steps
        self._ahead = ahead
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="batches")
        self._waiting: dict[int, Future[T]] = {}

    def __call__(self, step: int) -> T:
        for wanted in range(step, min(step + self._ahead, self._steps)):
            if wanted not in self._waiting:
                self._waiting[wanted] = self._pool.submit(self._make, wanted)
        return self._waiting.pop(step).result()

    def close(self) -> None:
        """Drop what was made ahead and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
