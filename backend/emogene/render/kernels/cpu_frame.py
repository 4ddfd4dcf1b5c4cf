"""The fused frame: march, warp, encode, networks and compositing in one pass over tiles of rays, head before torso.

A tile takes its rays' next few samples (a wave), runs them in full blocks, composites, and goes on with the rays that
are still transparent. Every sample's numbers depend on nothing but its ray and the frame, so neither tiles nor threads
show in the result.
"""

import numpy as np
from numba import njit

from .cache import KERNEL
from .cpu_composite import add_samples, shade
from .cpu_density import block_buffers, run_density
from .cpu_march import bundle_start, head_steps, rigid_span, set_ray, span, torso_steps

TILE = 32
"""Tiles are this many rays wide and high."""
BUNDLE = 8
"""So many rays each way skip empty space together."""
WAVE = 2
"""Samples of each live ray in a wave; rays that survive share the room of those that ended."""
LAST_WAVE = 4
RAYS = TILE * TILE
CAPACITY = RAYS * WAVE
_HALF = np.float32(0.5)
_ZERO, _ONE, _FAR = np.float32(0), np.float32(1), np.float32(np.inf)
_CLEAR = np.float32(1e-6)


@njit(**KERNEL)
def start_rays(camera, lens, size, tile, places, rays):
    """Set up a tile's rays: `rays` (N, 19) of set_ray, then the cosine; 0 outside the picture.

    Args:
        camera: (3, 4) float64 camera to world.
        lens: focal length across and down, middle across and down, pixels.
        size: (width, height).
        tile: (x, y) of the tile's first pixel.
    """
    focal_x, focal_y, centre_x, centre_y = lens
    for r in range(RAYS):
        column, row = tile[0] + r % TILE, tile[1] + r // TILE
        rays[r, 18] = _ZERO
        if column >= size[0] or row >= size[1]:
            continue
        x = (column + 0.5 - centre_x) / focal_x
        y = (centre_y - row - 0.5) / focal_y
        length = np.sqrt(x * x + y * y + 1.0)
        dx = np.float32((camera[0, 0] * x + camera[0, 1] * y - camera[0, 2]) / length)
        dy = np.float32((camera[1, 0] * x + camera[1, 1] * y - camera[1, 2]) / length)
        dz = np.float32((camera[2, 0] * x + camera[2, 1] * y - camera[2, 2]) / length)
        rays[r, 18] = np.float32(1.0 / length)
        ox, oy, oz = np.float32(camera[0, 3]), np.float32(camera[1, 3]), np.float32(camera[2, 3])
        set_ray(rays[r], places[0], places[1], ox, oy, oz, dx, dy, dz)


@njit(**KERNEL)
def begin(kind, rays, places, space, head_colour, distance, steps, taken, through, front, sums, live):
    """Reset a tile's state; returns how many of its rays meet the field's cube, which `live` then lists.

    For the head (kind 0) nothing is known of the rays; the torso's (kind 1) end at a head that lets nothing through.
    """
    step, box = space[4], space[6]
    count = 0
    for r in range(RAYS):
        taken[r], through[r], front[r], sums[r] = 0, _ONE, _ONE, _ZERO
        steps[0, r] = steps[1, r] = 0
        if kind == 0:
            head_colour[r], distance[r] = _ZERO, _FAR
        if rays[r, 18] == _ZERO:
            continue
        q = rays[r]
        if kind == 0:
            first, end = rigid_span(places[0], box, step, q[0], q[1], q[2], q[3], q[4], q[5])
        else:
            first, end = span(places[0], places[1], box, step, q[0], q[1], q[2], q[3], q[4], q[5])
            if head_colour[r, 3] >= _ONE - _CLEAR:
                end = min(end, int(distance[r] / step) + 1)
        steps[0, r], steps[1, r] = first, end
    skip_together(kind, rays, places, space, steps)
    for r in range(RAYS):
        if steps[0, r] < steps[1, r]:
            live[count] = r
            count += 1
    return count


@njit(**KERNEL)
def skip_together(kind, rays, places, space, steps):
    """Move the first step of bundles of BUNDLE x BUNDLE rays to where one of them may come upon something."""
    for bundle in range(RAYS // (BUNDLE * BUNDLE)):
        corner = (bundle // (TILE // BUNDLE)) * BUNDLE * TILE + (bundle % (TILE // BUNDLE)) * BUNDLE
        middle = corner + (BUNDLE // 2) * TILE + BUNDLE // 2
        first, end = 2**30, 0
        spread = _ZERO
        for i in range(BUNDLE * BUNDLE):
            r = corner + (i // BUNDLE) * TILE + i % BUNDLE
            if steps[0, r] < steps[1, r]:
                first, end = min(first, steps[0, r]), max(end, steps[1, r])
                x, y, z = rays[r, 3] - rays[middle, 3], rays[r, 4] - rays[middle, 4], rays[r, 5] - rays[middle, 5]
                spread = max(spread, x * x + y * y + z * z)
        if first >= end or rays[middle, 18] == _ZERO:
            continue
        first = bundle_start(kind, first, end, np.sqrt(spread), rays[middle], places, space)
        for i in range(BUNDLE * BUNDLE):
            r = corner + (i // BUNDLE) * TILE + i % BUNDLE
            steps[0, r] = max(steps[0, r], first)


@njit(**KERNEL)
def take_samples(kind, places, space, warp, live, count, wave, rays, steps, taken, sample_ray, sample_step, found):
    """Collect up to `wave` next samples of each live ray; returns their number.

    A ray whose steps are over keeps first == end.
    """
    limit = space[5]
    n = 0
    for a in range(count):
        r = live[a]
        most = min(wave, limit - taken[r])
        k, end = steps[0, r], steps[1, r]
        if kind == 0:
            k, after = head_steps(k, end, _HALF, most, rays[r], places, space, warp, found, sample_step, n)
        else:
            k, after = torso_steps(k, end, _HALF, most, rays[r], places, space, warp, found, sample_step, n)
        sample_ray[n:after] = r
        taken[r] += after - n
        n = after
        steps[0, r] = k
        if taken[r] == limit:
            steps[1, r] = k
    return n


@njit(**KERNEL)
def still_live(live, count, steps, through, least):
    """Keep the rays that have steps and light left in `live`; returns their number."""
    kept = 0
    for a in range(count):
        r = live[a]
        if steps[0, r] < steps[1, r] and through[r] >= least:
            live[kept] = r
            kept += 1
    return kept


@njit(**KERNEL)
def finish_rays(size, tile, rays, colour, distance, rgba, depth):
    """Write a tile's pixels."""
    for r in range(RAYS):
        column, row = tile[0] + r % TILE, tile[1] + r // TILE
        if column >= size[0] or row >= size[1]:
            continue
        for channel in range(4):
            rgba[row, column, channel] = colour[r, channel]
        depth[row, column] = distance[r] * rays[r, 18] if colour[r, 3] > _ZERO else _FAR


@njit(nogil=True, **KERNEL)
def render_tiles(worker, workers, camera, lens, size, places, warps, gaze, head, torso, least, rgba, depth):
    """Render every `workers`-th tile from number `worker` on into rgba (H, W, 4) and depth (H, W).

    Returns (4,) samples run and rays shaded of the head, then of the torso. Threads call it with numbers of their own:
    a parallel loop of numba's would compile all of this twice.

    Args:
        camera, lens, size: see start_rays.
        places: poses of head and torso, (3, 4) float32, canonical to world.
        warps: of head and torso, see cpu_march.head_steps.
        gaze: eye centres (2, 3), axes (3, 3).
        head, torso: space (see cpu_march.head_steps), table (entries, 4), layout, and networks: density_in,
            density_bias, density_out, colour_in, colour_bias, colour_hidden, colour_out, zeros.
        least: transmittance under which a ray ends.
    """
    tiles_x = (size[0] + TILE - 1) // TILE
    tiles = tiles_x * ((size[1] + TILE - 1) // TILE)
    rays = np.empty((RAYS, 19), np.float32)
    steps, taken, live = np.empty((2, RAYS), np.int32), np.empty(RAYS, np.int32), np.empty(RAYS, np.int32)
    through, front = np.empty(RAYS, np.float32), np.empty(RAYS, np.float32)
    found = np.empty((9, CAPACITY), np.float32)
    sample_ray, sample_step = np.empty(CAPACITY, np.int32), np.empty(CAPACITY, np.int32)
    alpha = np.empty(CAPACITY, np.float32)
    head_blocks, torso_blocks = block_buffers(head[3], CAPACITY), block_buffers(torso[3], CAPACITY)
    head_sums = np.empty((RAYS, head[3][2].shape[0] + 1), np.float32)
    torso_sums = np.empty((RAYS, torso[3][2].shape[0] + 1), np.float32)
    head_colour, colour = np.empty((RAYS, 4), np.float32), np.empty((RAYS, 4), np.float32)
    distance = np.empty(RAYS, np.float32)
    efforts = np.zeros(4, np.int64)
    for index in range(worker, tiles, workers):
        tile = ((index % tiles_x) * TILE, (index // tiles_x) * TILE)
        start_rays(camera, lens, size, tile, places, rays)
        # One call of each kernel for both fields: LLVM copies them to every place that calls them.
        for kind in range(2):
            space, table, layout, networks = head if kind == 0 else torso
            warp = warps[0] if kind == 0 else warps[1]
            blocks = head_blocks if kind == 0 else torso_blocks
            sums = head_sums if kind == 0 else torso_sums
            count = begin(kind, rays, places, space, head_colour, distance, steps, taken, through, front, sums, live)
            while count > 0:
                wave = min(max(CAPACITY // count, WAVE), LAST_WAVE)
                n = take_samples(
                    kind, places, space, warp, live, count, wave, rays, steps, taken, sample_ray, sample_step, found
                )
                run_density(kind, n, found, gaze, head_colour, sample_ray, table, layout, networks, blocks, alpha)
                add_samples(
                    n, alpha, blocks[6], sample_ray, sample_step, space[4], head_colour, distance, through, front, sums
                )
                efforts[2 * kind] += n
                count = still_live(live, count, steps, through, least)
            out = head_colour if kind == 0 else colour
            efforts[2 * kind + 1] += shade(sums, networks, blocks, head_colour, front, out, distance, kind)
        finish_rays(size, tile, rays, colour, distance, rgba, depth)
    return efforts
