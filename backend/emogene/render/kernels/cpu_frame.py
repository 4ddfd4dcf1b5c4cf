"""The fused frame: march, warp, encode, networks and compositing in one pass over tiles of rays, head before torso.

A tile takes its rays' next few samples (a wave), runs them in full blocks, composites, and goes on with the rays that
are still transparent. Every sample's numbers depend on nothing but its ray and the frame, so neither tiles nor threads
show in the result.
"""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL

from .cpu_bends import set_ray
from .cpu_bundles import bundle_span, bundle_start
from .cpu_composite import add_samples, shade
from .cpu_counter import take_number
from .cpu_density import block_buffers, run_density
from .cpu_march import head_steps, torso_steps

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
def ray_through(camera, lens, x, y, ray, places):
    """Fill a ray (19,) through a place of the picture, in pixels: set_ray's numbers, then the cosine."""
    focal_x, focal_y, centre_x, centre_y = lens
    x, y = (x - centre_x) / focal_x, (centre_y - y) / focal_y
    shorter = 1.0 / np.sqrt(x * x + y * y + 1.0)
    dx = np.float32((camera[0, 0] * x + camera[0, 1] * y - camera[0, 2]) * shorter)
    dy = np.float32((camera[1, 0] * x + camera[1, 1] * y - camera[1, 2]) * shorter)
    dz = np.float32((camera[2, 0] * x + camera[2, 1] * y - camera[2, 2]) * shorter)
    ray[18] = np.float32(shorter)
    ox, oy, oz = np.float32(camera[0, 3]), np.float32(camera[1, 3]), np.float32(camera[2, 3])
    set_ray(ray, places[0], places[1], ox, oy, oz, dx, dy, dz)


@njit(**KERNEL)
def find_bundles(camera, lens, tile, places, spaces, bent, ray, corner, bundles):
    """First and end step, for head and torso, of bundles of BUNDLE x BUNDLE rays: bundles (2, N, 2), equal where empty.

    All rays of a bundle skip the empty space before them together; most bundles see nothing and need no rays at all.
    Returns whether any sees something.
    """
    wide = TILE // BUNDLE
    found = False
    for bundle in range(wide * wide):
        left = tile[0] + (bundle % wide) * BUNDLE + 0.5
        top = tile[1] + (bundle // wide) * BUNDLE + 0.5
        ray_through(camera, lens, left + 0.5 * (BUNDLE - 1), top + 0.5 * (BUNDLE - 1), ray, places)
        spread = _ZERO
        for i in range(4):
            # Within less than a half circle the farthest of a patch's directions is a corner's.
            ray_through(camera, lens, left + (i % 2) * (BUNDLE - 1), top + (i // 2) * (BUNDLE - 1), corner, places)
            x, y, z = corner[3] - ray[3], corner[4] - ray[4], corner[5] - ray[5]
            spread = max(spread, x * x + y * y + z * z)
        spread = np.sqrt(spread) + _CLEAR
        for kind in range(2):
            space = spaces[kind]
            first, end = bundle_span(kind, places, space, spread, ray)
            if first < end:
                first = bundle_start(kind, first, end, spread, ray, space, bent)
            bundles[kind, bundle, 0], bundles[kind, bundle, 1] = first, end
            found = found or first < end
    return found


@njit(**KERNEL)
def start_rays(camera, lens, size, tile, places, bundles, rays):
    """Set up the rays (N, 19) of a tile that bundles need; the last number, a cosine, is 0 for all others.

    Args:
        camera: (3, 4) float64 camera to world.
        lens: focal length across and down, middle across and down, pixels.
        size: (width, height).
        tile: (x, y) of the tile's first pixel.
        bundles: of find_bundles.
    """
    for r in range(RAYS):
        column, row = tile[0] + r % TILE, tile[1] + r // TILE
        bundle = bundle_of(r)
        needed = bundles[0, bundle, 0] < bundles[0, bundle, 1] or bundles[1, bundle, 0] < bundles[1, bundle, 1]
        if needed and column < size[0] and row < size[1]:
            ray_through(camera, lens, column + 0.5, row + 0.5, rays[r], places)
        else:
            rays[r, 18] = _ZERO


@njit(**KERNEL)
def bundle_of(r):
    """Number of the bundle that a tile's ray belongs to."""
    return (r // TILE // BUNDLE) * (TILE // BUNDLE) + r % TILE // BUNDLE


@njit(**KERNEL)
def begin(kind, rays, bundles, step, head_colour, distance, steps, taken, through, front, sums, live):
    """Reset a tile's state; returns how many of its rays may see something, which `live` then lists.

    For the head (kind 0) nothing is known of the rays; the torso's (kind 1) end at a head that lets nothing through.
    """
    taken[:], through[:], front[:], sums[:] = 0, _ONE, _ONE, _ZERO
    if kind == 0:
        head_colour[:], distance[:] = _ZERO, _FAR
    count = 0
    for r in range(RAYS):
        bundle = bundle_of(r)
        first, end = bundles[kind, bundle, 0], bundles[kind, bundle, 1]
        if kind == 1 and head_colour[r, 3] >= _ONE - _CLEAR:
            end = min(end, int(distance[r] / step) + 1)
        steps[0, r], steps[1, r] = first, end
        if first < end and rays[r, 18] > _ZERO:
            live[count] = r
            count += 1
    return count


@njit(**KERNEL)
def take_samples(
    kind, places, space, bent, warp, live, count, wave, rays, steps, taken, sample_ray, sample_step, found
):
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
            k, after = torso_steps(k, end, _HALF, most, rays[r], places, space, bent, warp, found, sample_step, n)
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


@njit(**KERNEL)
def clear_tile(size, tile, rgba, depth):
    """Write the pixels of a tile in which nothing is."""
    right, bottom = min(tile[0] + TILE, size[0]), min(tile[1] + TILE, size[1])
    rgba[tile[1] : bottom, tile[0] : right] = _ZERO
    depth[tile[1] : bottom, tile[0] : right] = _FAR


@njit(nogil=True, **KERNEL)
def render_tiles(counter, camera, lens, size, places, bent, warps, gaze, head, torso, least, rgba, depth):
    """Render tiles into rgba (H, W, 4) and depth (H, W) until none is left, of those that no other thread took.

    Returns (4,) samples run and rays shaded of the head, then of the torso. Python's threads call it: a parallel loop
    of numba's would compile all of this twice.

    Args:
        counter: (1,) int64 of cpu_counter, 0 at first, shared by all threads: the next tile's number.
        camera, lens, size: see start_rays.
        places: of cpu_engine.placed.
        bent: where the bent torso may be, see cpu_clearance.
        warps: of head and torso, see cpu_march.head_steps.
        gaze: eye centres (2, 3), axes (3, 3).
        head, torso: space (see cpu_march.head_steps), table (entries, 4), layout, and networks: density_in,
            density_bias, density_out, colour_in, colour_bias, colour_hidden, colour_out, zeros; the detail grid's
            table and layout.
        least: transmittance under which a ray ends.
    """
    tiles_x = (size[0] + TILE - 1) // TILE
    tiles = tiles_x * ((size[1] + TILE - 1) // TILE)
    rays = np.empty((RAYS, 19), np.float32)
    ray, corner = np.empty(19, np.float32), np.empty(19, np.float32)
    bundles = np.empty((2, RAYS // (BUNDLE * BUNDLE), 2), np.int32)
    steps, taken, live = np.empty((2, RAYS), np.int32), np.empty(RAYS, np.int32), np.empty(RAYS, np.int32)
    through, front = np.empty(RAYS, np.float32), np.empty(RAYS, np.float32)
    found = np.empty((9, CAPACITY), np.float32)
    sample_ray, sample_step = np.empty(CAPACITY, np.int32), np.empty(CAPACITY, np.int32)
    alpha = np.empty(CAPACITY, np.float32)
    head_blocks, torso_blocks = block_buffers(head[3], CAPACITY), block_buffers(torso[3], CAPACITY)
    head_sums = np.empty((RAYS, head[3][2].shape[0] + 4), np.float32)
    torso_sums = np.empty((RAYS, torso[3][2].shape[0] + 4), np.float32)
    head_colour, colour = np.empty((RAYS, 4), np.float32), np.empty((RAYS, 4), np.float32)
    distance = np.empty(RAYS, np.float32)
    efforts = np.zeros(4, np.int64)
    while True:
        index = take_number(counter)  # pyright: ignore[reportCallIssue]
        if index >= tiles:
            break
        tile = ((index % tiles_x) * TILE, (index // tiles_x) * TILE)
        if not find_bundles(camera, lens, tile, places, (head[0], torso[0]), bent, ray, corner, bundles):
            clear_tile(size, tile, rgba, depth)
            continue
        start_rays(camera, lens, size, tile, places, bundles, rays)
        # One call of each kernel for both fields: LLVM copies them to every place that calls them.
        for kind in range(2):
            space, table, layout, networks, detail_table, detail = head if kind == 0 else torso
            warp = warps[0] if kind == 0 else warps[1]
            blocks = head_blocks if kind == 0 else torso_blocks
            sums = head_sums if kind == 0 else torso_sums
            count = begin(
                kind, rays, bundles, space[4], head_colour, distance, steps, taken, through, front, sums, live
            )
            while count > 0:
                wave = min(max(CAPACITY // count, WAVE), LAST_WAVE)
                n = take_samples(
                    kind,
                    places,
                    space,
                    bent,
                    warp,
                    live,
                    count,
                    wave,
                    rays,
                    steps,
                    taken,
                    sample_ray,
                    sample_step,
                    found,
                )
                run_density(kind, n, found, gaze, head_colour, sample_ray, table, layout, networks, blocks, alpha)
                add_samples(
                    n, alpha, blocks[6], found, sample_ray, sample_step, space[4], head_colour, distance, through,
                    front, sums,
                )  # fmt: skip
                efforts[2 * kind] += n
                count = still_live(live, count, steps, through, least)
            out = head_colour if kind == 0 else colour
            efforts[2 * kind + 1] += shade(
                sums, rays, space, detail_table, detail, networks, blocks, head_colour, front, out, distance, kind
            )
        finish_rays(size, tile, rays, colour, distance, rgba, depth)
    return efforts
