"""Textures read as a pixel sees them: averaged over what lies under it, so that fine patterns make no moiré.

Eyes are read point by point: their texture is no finer than a sample.
"""

import numba
import numpy as np

from emogene.compiled_kernels import DRAWING
from emogene.corpus.appearance.reflection import look_up

MOST_LOOKS = 8
"""Looks along the longer side of a footprint; beyond that it is blurred across."""
SPACING = 1.4
"""Shaded samples are so many samples apart: in a smooth block every other one is."""


def pyramid(textures: np.ndarray) -> tuple[np.ndarray, ...]:
    """(L, S, S, 8) uint8 layers, then of half the size and so on, down to 1/64; reflectance is averaged linearly."""
    levels = [textures]
    while len(levels) < 7:
        wide = levels[-1].astype(np.float32)
        wide[..., :3] **= 2
        layers, size = wide.shape[:2]
        half = wide.reshape(layers, size // 2, 2, size // 2, 2, 8).mean((2, 4))
        half[..., :3] **= 0.5
        levels.append((half + 0.5).astype(np.uint8))
    return tuple(levels)


@numba.njit(**DRAWING)
def footprint(corner, uv, screen, size, out):  # pragma: no cover
    """Texels that a shaded sample's step to the right and down goes across a triangle: out (2, 2), its rows."""
    ax, ay = screen[corner[1], 0] - screen[corner[0], 0], screen[corner[1], 1] - screen[corner[0], 1]
    bx, by = screen[corner[2], 0] - screen[corner[0], 0], screen[corner[2], 1] - screen[corner[0], 1]
    area = ax * by - bx * ay
    scale = SPACING * size / area if area != 0.0 else 0.0
    for k in range(2):
        a, b = uv[1, k] - uv[0, k], uv[2, k] - uv[0, k]
        out[0, k], out[1, k] = (a * by - b * ay) * scale, (b * ax - a * bx) * scale


@numba.njit(**DRAWING)
def look_up_filtered(textures, layer, u, v, wrap, across, texel, out):  # pragma: no cover
    """Mean of a layer over a footprint (2, 2) in texels: looks along its longer side, each as wide as the shorter one.

    Args:
        textures: of `pyramid`.
        texel: (8,) to work in.
    """
    right = np.sqrt(across[0, 0] ** 2 + across[0, 1] ** 2)
    down = np.sqrt(across[1, 0] ** 2 + across[1, 1] ** 2)
    longer = 0 if right >= down else 1
    most, least = max(right, down), min(right, down)
    looks = min(int(np.ceil(most / max(least, 1.0))), MOST_LOOKS)
    looks = max(looks, 1)
    level = min(max(np.log2(max(most / looks, 1.0)), 0.0), len(textures) - 1.001)
    fine = int(level)
    share = level - fine
    size = textures[0].shape[1]
    for k in range(8):
        out[k] = 0.0
    for look in range(looks):
        along = ((look + 0.5) / looks - 0.5) / size
        at_u, at_v = u + along * across[longer, 0], v + along * across[longer, 1]
        for step in range(2):
            weight = (share if step == 1 else 1.0 - share) / looks
            look_up(textures[fine + step], layer, at_u, at_v, wrap, texel)
            for k in range(8):
                out[k] += weight * texel[k]
