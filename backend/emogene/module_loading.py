"""Networks from files: nothing is made at the size that a configuration says before the tensors are seen to have it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

MOST = 4096
"""Of any number of channels, columns, phones or frames in a network's configuration."""
MOST_LAYERS = 64
MOST_ENTRIES = 256
"""Of any list in a configuration."""

M = TypeVar("M", bound=nn.Module)


def require_modest(config: Mapping[str, Any]) -> None:
    """Refuse, by ValueError, a configuration of numbers that no network has: even its plan would take hours to make."""
    for name, value in config.items():
        most = MOST_LAYERS if name.endswith("layers") else MOST
        numbers = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        if len(numbers) > MOST_ENTRIES or any(isinstance(one, int | float) and not abs(one) <= most for one in numbers):
            raise ValueError(f"{name} is out of range")


def load_module(make: Callable[[], M], tensors: Mapping[str, np.ndarray], prefix: str = "") -> M:
    """The network that `make` makes, with the tensors whose names begin with `prefix`.

    Raises:
        ValueError: they are not just those that it has, each with its shape and its kind of number.
    """
    given = {name.removeprefix(prefix): a for name, a in tensors.items() if name.startswith(prefix)}
    with torch.device("meta"):  # shapes only, no memory
        wanted = make().state_dict()
    if wanted.keys() != given.keys():
        raise ValueError(f"tensors are missing or unknown: {sorted(wanted.keys() ^ given.keys())[:3]}")
    for name, tensor in wanted.items():
        there = given[name]
        shape = tuple(tensor.shape) or (1,)  # a single number is written as one row
        if there.shape not in (shape, tuple(tensor.shape)) or (there.dtype.kind == "f") != tensor.is_floating_point():
            raise ValueError(f"{name} has another shape or type")
    module = make()
    module.load_state_dict({name: torch.from_numpy(a) for name, a in given.items()})
    return module
