"""Compositing in Triton: each live ray takes a wave's samples in order, and ends where no light is left.

Twin of cpu_composite.add_samples.
"""

import triton  # pyright: ignore[reportMissingImports]
import triton.language as tl  # pyright: ignore[reportMissingImports]

from emogene.render.rays import ALPHA_FLOOR, STOP_TRANSMITTANCE

_FLOOR, _STOP = tl.constexpr(ALPHA_FLOOR), tl.constexpr(STOP_TRANSMITTANCE)


@triton.jit
def composite_kernel(
    live, begins, ends, sample_step, geometry, shift, head_colour, head_distance, through, front, sums, distance,
    live_count, rows, step,
    UNDER: tl.constexpr, OUT: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Add samples [begins, ends) (L,) of live rays (L,) to sums (R, rows), weight first, and distance (R,).

    Args:
        geometry: (S, rows) opacity, then features.
        head_colour, head_distance: (R, 4) and (R,), read where UNDER: the field lies over and under a head.
        through, front: (R,) what this field leaves of the light, and what its samples before the head leave.
    """
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = i < live_count
    column = tl.arange(0, OUT)
    r = tl.load(live + i, mask, 0)
    at = tl.load(begins + i, mask, 0)
    end = tl.load(ends + i, mask, 0)
    within = tl.load(shift + r, mask, 0.0)
    left = tl.load(through + r, mask, 0.0)
    before = tl.load(front + r, mask, 0.0)
    head_alpha = tl.zeros_like(left)
    head_far = tl.zeros_like(left) + float("inf")
    if UNDER:
        head_alpha = tl.load(head_colour + 4 * r + 3, mask, 0.0)
        head_far = tl.load(head_distance + r, mask, 0.0)
    place = r[:, None] * rows + column[None, :]
    read = mask[:, None] & (column < rows)[None, :]
    total = tl.load(sums + place, read, 0.0)
    far = tl.load(distance + r, mask, 0.0)
    while tl.max((at < end).to(tl.int32), 0) > 0:
        here = at < end
        alpha = tl.load(geometry + at * rows, here, 0.0)
        metres = (tl.load(sample_step + at, here, 0).to(tl.float32) + within) * step
        behind = metres > head_far
        seen = tl.where(behind, left * (1.0 - head_alpha), left)
        used = here & (seen >= _STOP) & (alpha >= _FLOOR)
        weight = tl.where(used, seen * alpha, 0.0)
        left = tl.where(used, left * (1.0 - alpha), left)
        before = tl.where(used & ~behind, left, before)
        values = tl.load(geometry + at[:, None] * rows + column[None, :], used[:, None] & (column < rows)[None, :], 0.0)
        total += weight[:, None] * tl.where(column[None, :] == 0, 1.0, values)
        far += weight * metres
        at += 1
    tl.store(sums + place, total, read)
    tl.store(distance + r, far, mask)
    tl.store(through + r, left, mask)
    tl.store(front + r, before, mask)
