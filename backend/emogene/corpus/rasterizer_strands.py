"""Draws hair: thin tapered lines with soft edges, blended from back to front over a rasterised picture."""

import numba
import numpy as np

from emogene.compiled_kernels import DRAWING

DEPTH_TOLERANCE = 0.0008
"""Part of its depth by which a strand may lie behind a surface and still show: roots start in the skin."""


def draw_strands(
    screen: np.ndarray,
    colours: np.ndarray,
    widths: np.ndarray,
    opacity: np.ndarray,
    inverse_depth: np.ndarray,
    picture: np.ndarray,
    seen_inverse: np.ndarray,
) -> None:
    """Blend strands into a premultiplied picture, in place.

    Args:
        screen: (S, K, 3) float32 points of each strand in samples, the third coordinate 1 / depth.
        colours: (S, K, 3) float32 linear colour at each point.
        widths: (S, K) float32 width at each point in samples; thinner than one sample becomes fainter.
        opacity: (S,) float32
        inverse_depth: (H, W) of the surfaces drawn before.
        picture: (H, W, 4) float32 premultiplied, changed.
        seen_inverse: (H, W) float32 1 / depth of what is seen, premultiplied as colours are, changed.
    """
    seen = np.empty((screen.shape[0], screen.shape[1] - 1), np.bool_)
    _find_seen(screen, inverse_depth, seen)
    spans = np.flatnonzero(seen)
    nearness = (screen[:, :-1, 2] + screen[:, 1:, 2]).ravel()[spans]
    if len(spans) == 0:
        return
    # In 65,536 steps of depth, which sorts much faster than floats.
    low, high = nearness.min(), nearness.max()
    steps = ((nearness - low) * (65535.0 / max(high - low, 1e-9))).astype(np.uint16)
    order = spans[np.argsort(steps, kind="stable")]
    _blend(screen, colours, widths, opacity, order, inverse_depth, picture, seen_inverse)


@numba.njit(**DRAWING)
def _find_seen(screen, inverse_depth, seen):  # pragma: no cover
    """Leave out spans that are outside of the picture or well behind a surface at both ends."""
    height, width = inverse_depth.shape
    for s in range(seen.shape[0]):
        for k in range(seen.shape[1]):
            seen[s, k] = False
            for end in range(2):
                x, y = int(screen[s, k + end, 0]), int(screen[s, k + end, 1])
                if x < 0 or y < 0 or x >= width or y >= height:
                    continue
                if screen[s, k + end, 2] >= inverse_depth[y, x] * (1.0 - 10 * DEPTH_TOLERANCE):
                    seen[s, k] = True


@numba.njit(**DRAWING)
def _blend(screen, colours, widths, opacity, order, inverse_depth, picture, seen_inverse):  # pragma: no cover
    height, width = inverse_depth.shape
    spans = screen.shape[1] - 1
    for index in range(order.shape[0]):
        s, k = order[index] // spans, order[index] % spans
        ax, ay, az = screen[s, k, 0], screen[s, k, 1], screen[s, k, 2]
        bx, by, bz = screen[s, k + 1, 0], screen[s, k + 1, 1], screen[s, k + 1, 2]
        reach = 0.5 * max(widths[s, k], widths[s, k + 1]) + 0.5
        x0 = max(int(np.floor(min(ax, bx) - reach)), 0)
        x1 = min(int(np.ceil(max(ax, bx) + reach)), width - 1)
        y0 = max(int(np.floor(min(ay, by) - reach)), 0)
        y1 = min(int(np.ceil(max(ay, by) + reach)), height - 1)
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        if length2 < 1e-6:
            continue
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5 - ax, y + 0.5 - ay
                t = (px * dx + py * dy) / length2
                # Half open, so that neighbouring spans of a strand do not both draw a sample.
                if t < 0.0 or t >= 1.0:
                    continue
                z = az + (bz - az) * t
                if z < inverse_depth[y, x] * (1.0 - DEPTH_TOLERANCE):
                    continue
                distance = abs(px * dy - py * dx) / np.sqrt(length2)
                thick = widths[s, k] + (widths[s, k + 1] - widths[s, k]) * t
                cover = min(max(0.5 * thick + 0.5 - distance, 0.0), min(thick, 1.0)) * opacity[s]
                if cover <= 0.0:
                    continue
                keep = 1.0 - cover
                seen_inverse[y, x] = seen_inverse[y, x] * keep + z * cover
                for c in range(3):
                    colour = colours[s, k, c] + (colours[s, k + 1, c] - colours[s, k, c]) * t
                    picture[y, x, c] = picture[y, x, c] * keep + colour * cover
                picture[y, x, 3] = picture[y, x, 3] * keep + cover
