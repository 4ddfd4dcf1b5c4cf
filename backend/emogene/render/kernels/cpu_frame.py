"""The fused frame: march, warp, encode, networks and compositing in one pass over tiles of rays.

A tile takes its rays' next few occupied samples (a wave), runs them in full blocks, composites, and goes on with
the rays that are still transparent. Every sample's numbers depend on nothing but its ray and the frame, so neither
tiles nor threads show in the result.
"""

import numpy as np
from numba import njit, prange

from emogene.render.head_field import DENSITY_SHIFT, DISPLACEMENT_SCALE
from emogene.render.rays import ALPHA_FLOOR, STOP_TRANSMITTANCE

from .cache import KERNEL
from .cpu_encode import BLOCK, encode_block
from .cpu_march import displacement, eye_features, occupied_steps, set_ray, span
from .cpu_networks import layer, rectify, sigmoid

TILE = 32
"""Tiles are this many rays wide and high."""
WAVE = 3
"""Samples of each live ray in a wave; rays that survive share the room of those that ended."""
LAST_WAVE = 6
CAPACITY = TILE * TILE * WAVE
_SHIFT, _FLOOR, _STOP = np.float32(DENSITY_SHIFT), np.float32(ALPHA_FLOOR), np.float32(STOP_TRANSMITTANCE)
_SCALE = np.float32(DISPLACEMENT_SCALE)
_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)


@njit(**KERNEL)
def start_rays(camera, focal, size, tile, place, low, side, step, rays, steps):
    """Set up a tile's rays: `rays` (N, 19) of set_ray, then the cosine; first and end step in `steps` (2, N).

    Args:
        camera: (3, 4) float64 camera to world.
        size: (width, height).
        tile: (x, y) of the tile's first pixel.
    """
    head, torso = place
    for r in range(TILE * TILE):
        column, row = tile[0] + r % TILE, tile[1] + r // TILE
        steps[0, r] = 0
        steps[1, r] = 0
        if column >= size[0] or row >= size[1]:
            continue
        x = (column + 0.5 - 0.5 * size[0]) / focal
        y = (0.5 * size[1] - row - 0.5) / focal
        length = np.sqrt(x * x + y * y + 1.0)
        dx = np.float32((camera[0, 0] * x + camera[0, 1] * y - camera[0, 2]) / length)
        dy = np.float32((camera[1, 0] * x + camera[1, 1] * y - camera[1, 2]) / length)
        dz = np.float32((camera[2, 0] * x + camera[2, 1] * y - camera[2, 2]) / length)
        rays[r, 18] = np.float32(1.0 / length)
        ox, oy, oz = np.float32(camera[0, 3]), np.float32(camera[1, 3]), np.float32(camera[2, 3])
        set_ray(rays[r], head, torso, ox, oy, oz, dx, dy, dz)
        first, end = span(head, torso, low, side, step, ox, oy, oz, dx, dy, dz)
        steps[0, r] = first
        steps[1, r] = end


@njit(**KERNEL)
def take_samples(place, space, live, count, wave, rays, steps, taken, sample_ray, sample_step, points):
    """Collect up to `wave` next occupied samples of each live ray; returns their number.

    A ray whose steps are over keeps first == end.
    """
    head, torso = place
    free, low, side, step, limit = space
    per_cell = np.float32(free.shape[0]) / side
    n = 0
    for a in range(count):
        r = live[a]
        most = min(wave, limit - taken[r])
        k, after = occupied_steps(
            steps[0, r], steps[1, r], _HALF, most, rays[r], head, torso,
            free, low, per_cell, step, points, sample_step, n,
        )  # fmt: skip
        sample_ray[n:after] = r
        taken[r] += after - n
        n = after
        steps[0, r] = k
        if taken[r] == limit:
            steps[1, r] = k
    return n


@njit(**KERNEL)
def place_samples(points, start, n, low, side, warp, gaze, base, features, unit):
    """Write unit-cube positions (3, BLOCK), and the direct inputs from row `base` of the features on; padding is 0."""
    values, origin, per_cell = warp
    centres, axes = gaze
    per_side = _ONE / side
    for s in range(BLOCK):
        if start + s >= n:
            for axis in range(3):
                unit[axis, s] = _ZERO
            for row in range(base, features.shape[0]):
                features[row, s] = _ZERO
            continue
        x, y, z = points[0, start + s], points[1, start + s], points[2, start + s]
        mx, my, mz = displacement(values, origin, per_cell, x, y, z)
        unit[0, s] = min(max((x + mx - low[0]) * per_side, _ZERO), _ONE)
        unit[1, s] = min(max((y + my - low[1]) * per_side, _ZERO), _ONE)
        unit[2, s] = min(max((z + mz - low[2]) * per_side, _ZERO), _ONE)
        u, v, iris, pupil, window = eye_features(centres, axes, x, y, z)
        features[base, s] = u
        features[base + 1, s] = v
        features[base + 2, s] = iris
        features[base + 3, s] = pupil
        features[base + 4, s] = window
        features[base + 5, s] = mx * _SCALE
        features[base + 6, s] = my * _SCALE
        features[base + 7, s] = mz * _SCALE


@njit(**KERNEL)
def composite(n, alpha, sample_ray, sample_step, step, through, sums, chosen, weight):
    """Take samples in order: transmittance, alpha and depth; returns how many samples' colours are wanted.

    Args:
        through: (N,) transmittance of each ray; sums: (5, N) colour, alpha, depth.
        chosen, weight: index and weight of the samples that will be seen.
    """
    m = 0
    for i in range(n):
        r, a = sample_ray[i], alpha[i]
        t = through[r]
        if t < _STOP or a < _FLOOR:
            continue
        w = t * a
        through[r] = t * (_ONE - a)
        sums[3, r] += w
        sums[4, r] += w * ((np.float32(sample_step[i]) + _HALF) * step)
        chosen[m] = i
        weight[m] = w
        m += 1
    return m


@njit(**KERNEL)
def add_colours(m, chosen, weight, sample_ray, geometry, networks, scratch, sums):
    """Run the colour network on the chosen samples, in full blocks, and add them up."""
    _, _, _, colour_in, colour_bias, colour_hidden, colour_out, zeros = networks
    inputs, hidden, second, colours = scratch
    for start in range(0, m, BLOCK):
        for g in range(inputs.shape[0]):
            for s in range(BLOCK):
                inputs[g, s] = geometry[g, chosen[min(start + s, m - 1)]]
        layer(colour_in, colour_bias, inputs, hidden)
        rectify(hidden)
        layer(colour_hidden, zeros, hidden, second)
        rectify(second)
        layer(colour_out, zeros, second, colours)
        for channel in range(3):
            sigmoid(colours[channel], _ZERO, colours[channel])
        for s in range(min(BLOCK, m - start)):
            r, w = sample_ray[chosen[start + s]], weight[start + s]
            sums[0, r] += w * colours[0, s]
            sums[1, r] += w * colours[1, s]
            sums[2, r] += w * colours[2, s]


@njit(**KERNEL)
def finish_rays(size, tile, rays, through, sums, rgba, depth):
    """Write a tile's pixels."""
    for r in range(TILE * TILE):
        column, row = tile[0] + r % TILE, tile[1] + r // TILE
        if column >= size[0] or row >= size[1]:
            continue
        scale = _ONE / (_ONE - through[r]) if through[r] < _STOP else _ONE
        for channel in range(4):
            rgba[row, column, channel] = sums[channel, r] * scale
        depth[row, column] = sums[4, r] / sums[3, r] * rays[r, 18] if sums[3, r] > _ZERO else np.float32(np.inf)


@njit(**KERNEL)
def _sample_buffers(geometry_rows):
    """Room for a wave's samples: points, ray, step, chosen, weight, alpha, geometry."""
    return (
        np.empty((3, CAPACITY), np.float32),
        np.empty(CAPACITY, np.int32),
        np.empty(CAPACITY, np.int32),
        np.empty(CAPACITY, np.int32),
        np.empty(CAPACITY, np.float32),
        np.empty(CAPACITY, np.float32),
        np.empty((geometry_rows, CAPACITY), np.float32),
    )


@njit(**KERNEL)
def _block_buffers(inputs, width, geometry_rows):
    """Room for one block: unit, features, corners, their weights, outputs, hidden, second, colours."""
    return (
        np.empty((3, BLOCK), np.float32),
        np.zeros((inputs, BLOCK), np.float32),
        np.empty((8, BLOCK), np.uint32),
        np.empty((8, BLOCK), np.float32),
        np.empty((geometry_rows, BLOCK), np.float32),
        np.empty((width, BLOCK), np.float32),
        np.empty((width, BLOCK), np.float32),
        np.empty((4, BLOCK), np.float32),
    )


@njit(**KERNEL)
def run_density(n, points, low, side, warp, gaze, table, layout, networks, blocks, geometry, alpha):
    """Geometry (G, N) and opacity (N,) of the first n samples, in full blocks."""
    unit, features, corners, weights, outputs, hidden = blocks[:6]
    for start in range(0, n, BLOCK):
        place_samples(points, start, n, low, side, warp, gaze, 2 * len(layout[0]), features, unit)
        encode_block(unit, 0, table, layout, corners, weights, features)
        layer(networks[0], networks[1], features, hidden)
        rectify(hidden)
        layer(networks[2], networks[7], hidden, outputs)
        for g in range(outputs.shape[0]):
            for s in range(BLOCK):
                geometry[g, start + s] = outputs[g, s]
        sigmoid(outputs[0], _SHIFT, alpha[start : start + BLOCK])


@njit(**KERNEL)
def _render_tiles(worker, workers, camera, focal, size, place, space, warp, gaze, table, layout, networks, rgba, depth):
    """Render every `workers`-th tile from number `worker` on; returns samples run and seen."""
    density_in, density_out = networks[0], networks[2]
    tiles_x = (size[0] + TILE - 1) // TILE
    tiles = tiles_x * ((size[1] + TILE - 1) // TILE)
    _, low, side, step, _ = space
    n_rays = TILE * TILE
    rays = np.empty((n_rays, 19), np.float32)
    steps, taken = np.empty((2, n_rays), np.int32), np.empty(n_rays, np.int32)
    live, through = np.empty(n_rays, np.int32), np.empty(n_rays, np.float32)
    sums = np.empty((5, n_rays), np.float32)
    points, sample_ray, sample_step, chosen, weight, alpha, geometry = _sample_buffers(density_out.shape[0])
    blocks = _block_buffers(density_in.shape[1], density_in.shape[0], density_out.shape[0])
    samples, seen = 0, 0
    for index in range(worker, tiles, workers):
        tile = ((index % tiles_x) * TILE, (index // tiles_x) * TILE)
        start_rays(camera, focal, size, tile, place, low, side, step, rays, steps)
        count = begin_tile(steps, taken, through, sums, live)
        while count > 0:
            wave = min(max(CAPACITY // 2 // count, WAVE), LAST_WAVE)
            n = take_samples(place, space, live, count, wave, rays, steps, taken, sample_ray, sample_step, points)
            run_density(n, points, low, side, warp, gaze, table, layout, networks, blocks, geometry, alpha)
            m = composite(n, alpha, sample_ray, sample_step, step, through, sums, chosen, weight)
            add_colours(m, chosen, weight, sample_ray, geometry, networks, blocks[4:], sums)
            samples += n
            seen += m
            count = still_live(live, count, steps, through)
        finish_rays(size, tile, rays, through, sums, rgba, depth)
    return samples, seen


@njit(**KERNEL)
def begin_tile(steps, taken, through, sums, live):
    """Reset a tile's state; returns how many of its rays meet the cube, which `live` then lists."""
    count = 0
    for r in range(TILE * TILE):
        taken[r] = 0
        through[r] = _ONE
        for row in range(5):
            sums[row, r] = _ZERO
        if steps[0, r] < steps[1, r]:
            live[count] = r
            count += 1
    return count


@njit(**KERNEL)
def still_live(live, count, steps, through):
    """Keep the rays that have steps and light left in `live`; returns their number."""
    kept = 0
    for a in range(count):
        r = live[a]
        if steps[0, r] < steps[1, r] and through[r] >= _STOP:
            live[kept] = r
            kept += 1
    return kept


@njit(parallel=True, **KERNEL)
def render_frame(camera, focal, size, place, space, warp, gaze, table, layout, networks, workers, rgba, depth):
    """Render a frame into rgba (H, W, 4) and depth (H, W); workers take tiles in turn. Returns samples run and seen.

    Args:
        place: head and torso (3, 4) float32, canonical to world.
        space: (G, G, G) uint8 of occupancy.free_steps, low corner, side, step, samples at most a ray.
        warp: displacement grid, origin, cells a metre. gaze: eye centres (2, 3), axes (3, 3).
        networks: density_in, density_bias, density_out, colour_in, colour_bias, colour_hidden, colour_out, zeros.
    """
    counts = np.zeros((workers, 2), np.int64)
    for worker in prange(workers):
        samples, seen = _render_tiles(
            worker, workers, camera, focal, size, place, space, warp, gaze, table, layout, networks, rgba, depth
        )
        counts[worker, 0] = samples
        counts[worker, 1] = seen
    return counts.sum(0)
