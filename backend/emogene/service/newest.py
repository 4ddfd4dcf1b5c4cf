"""The newest few results of a costly stage, in memory, no more than so many bytes."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Values by key; those that were not used for longest go first. A value larger than the limit is not kept."""

    def __init__(self, most_bytes: int):
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, tuple[T, int]] = OrderedDict()

    def get(self, key: str) -> T | None:
        """The value, which is now the newest; None if it is not kept."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def put(self, key: str, value: T, nbytes: int) -> None:
        """Keep a value of so many bytes."""
        self._kept.pop(key, None)
        if nbytes > self._most_bytes:
            return
        self._kept[key] = (value, nbytes)
        while self.nbytes > self._most_bytes:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        self._kept.clear()

    @property
    def nbytes(self) -> int:
        return sum(nbytes for _, nbytes in self._kept.values())
