"""A trial of Triton on a device: whether its kernels run there at all, and rightly."""

import torch

from emogene.render import hash_grid
from emogene.render.hash_grid import FEATURES, GridLayout

from .encode_kernels import encode_kernel
from .parts import level_numbers


def encodes_rightly(device: torch.device) -> bool:
    """Whether a few points are encoded as torch does."""
    layout = GridLayout(levels=2, base=4, finest=16, log2_table=8)
    source = torch.Generator().manual_seed(0)
    table = torch.rand(layout.entries, FEATURES, generator=source)
    points = torch.rand(8, 3, generator=source)
    width = FEATURES * layout.levels
    features = torch.zeros(len(points), width, device=device)
    encode_kernel[(1,)](  # pyright: ignore[reportIndexIssue]
        table.to(device), points.to(device), features, *level_numbers(layout, device), len(points), width,
        COLUMNS=16, BLOCK=16, num_warps=1,
    )  # fmt: skip
    return bool(torch.allclose(features.cpu(), hash_grid.encode(layout, table, points), atol=1e-5))
