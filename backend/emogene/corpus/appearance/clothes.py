"""A knitted crew-neck sweater, lofted from the neck over shoulders wider than the face model's own bust."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter
from scipy.spatial import KDTree

from emogene.corpus.appearance.actor import Actor
from emogene.corpus.appearance.anatomy import CLOTH, Surface, vertex_normals
from emogene.corpus.appearance.noise import fractal_noise
from emogene.corpus.appearance.subdivision import triangles_of
from emogene.corpus.appearance.textures import TEXTURE_SIZE, Paint, linear

AROUND = 192
TILE = 0.066
"""Metres of cloth that the knit's texture covers."""
STITCHES, ROWS = 20, 26
NECK_AXIS_Z = -0.012
COLLAR_ROWS = 16
"""Rows of the mesh that make the collar."""

BODY = (
    # half width, front z, back z; height at the side, in front, behind
    (0.096, 0.058, -0.083, -0.1500, -0.1790, -0.1420),
    (0.134, 0.066, -0.094, -0.1660, -0.2020, -0.1600),
    (0.186, 0.082, -0.106, -0.1850, -0.2400, -0.2000),
    (0.220, 0.095, -0.115, -0.2200, -0.2850, -0.2550),
    (0.236, 0.105, -0.120, -0.2850, -0.3500, -0.3300),
    (0.240, 0.108, -0.120, -0.5000, -0.5000, -0.5000),
)


@dataclass(frozen=True)
class Sweater:
    """A mesh that stays with the torso, and whose collar goes with the neck."""

    vertices: np.ndarray
    """(C, 3) canonical metres."""
    normals: np.ndarray
    surface: Surface


def collar_height(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Height of the collar's middle: low in front, high at the nape and a little at the sides."""
    return -0.140 - 0.24 * (z + 0.01) + 0.010 * np.clip(np.abs(x) / 0.07, 0, 1) ** 2


def hidden_by_collar(points: np.ndarray) -> np.ndarray:
    """(N,) bool: which (N, 3) points of the generic face are under the sweater."""
    return points[:, 1] < collar_height(points[:, 0], points[:, 2]) - 0.017


def build_sweater(skin: np.ndarray, actor: Actor) -> Sweater:
    """The sweater around the (S, 3) actor's neutral skin."""
    turn = np.arange(AROUND) / AROUND * 2 * np.pi
    rings = _collar_rings(skin, turn) + [_body_ring(ring, turn) for ring in BODY]
    grid = _spline(np.array(rings), [3] * 5 + [8, 10, 10, 10, 8, 6])
    grid = _clear_skin(grid, skin)
    grid = _fold(grid, actor.seed)
    rows = len(grid)
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(AROUND), indexing="ij")
    after = (column + 1) % AROUND
    quads = np.stack(
        [row * AROUND + column, (row + 1) * AROUND + column, (row + 1) * AROUND + after, row * AROUND + after], -1
    )
    quads = quads.reshape(-1, 4).astype(np.int32)
    uvs = _knit_coordinates(grid)
    corner = np.stack([uvs[row, column], uvs[row + 1, column], uvs[row + 1, column + 1], uvs[row, column + 1]], 2)
    vertices = grid.reshape(-1, 3).astype(np.float32)
    triangles = triangles_of(quads)
    surface = Surface(
        triangles, triangles_of(corner.reshape(-1, 4, 2)).astype(np.float32), np.full(len(triangles), CLOTH, np.int8)
    )
    return Sweater(vertices, vertex_normals(vertices, triangles), surface)


def _collar_rings(skin: np.ndarray, turn: np.ndarray) -> list[np.ndarray]:
    """From inside the collar over its rounded edge down to where the body begins; (K, 3) each."""
    profile = ((-0.010, 0.0005), (0.002, 0.0005), (0.0085, 0.0015), (0.0095, 0.0040), (0.004, 0.0070), (-0.004, 0.0095))
    rings = []
    neck = _neck_radius(skin, turn, 0.0)
    for height, gap in profile:
        radius = neck + gap
        x, z = radius * np.sin(turn), radius * np.cos(turn) + NECK_AXIS_Z
        rings.append(np.stack([x, collar_height(x, z) + height, z], 1))
    return rings


def _neck_radius(skin: np.ndarray, turn: np.ndarray, height: float) -> np.ndarray:
    """(K,) smooth outer radius of the neck about its axis, `height` above the collar's middle."""
    near = np.abs(skin[:, 1] - collar_height(skin[:, 0], skin[:, 2]) - height) < 0.007
    x, z = skin[near, 0], skin[near, 2] - NECK_AXIS_Z
    angle, radius = np.arctan2(x, z), np.hypot(x, z)
    offset = np.abs((angle[None] - turn[:, None] + np.pi) % (2 * np.pi) - np.pi)
    outer = np.where(offset < 0.10, radius[None], 0.0).max(1)
    harmonic = np.fft.rfft(outer)
    harmonic[9:] = 0.0
    return np.fft.irfft(harmonic, len(turn))


def _body_ring(ring: tuple[float, ...], turn: np.ndarray) -> np.ndarray:
    half_width, front, back, y_side, y_front, y_back = ring
    across, along = np.sin(turn), np.cos(turn)
    x = half_width * np.sign(across) * np.abs(across) ** 0.85
    z = np.where(along > 0, front, -back) * np.sign(along) * np.abs(along) ** 0.85
    centre = NECK_AXIS_Z * np.clip(1 - half_width / 0.2, 0, 1)
    side = across**2
    y = side * y_side + (1 - side) * np.where(along > 0, y_front, y_back)
    return np.stack([x, y, z + centre], 1)


def _spline(rings: np.ndarray, steps: list[int]) -> np.ndarray:
    """(rows, K, 3) Catmull-Rom surface through (R, K, 3) rings, `steps` rows in each span."""
    padded = np.concatenate([rings[:1], rings, rings[-1:]])
    rows = []
    for i, count in enumerate(steps):
        p0, p1, p2, p3 = padded[i : i + 4]
        for t in np.arange(count) / count:
            rows.append(
                0.5
                * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
            )
    return np.array([*rows, rings[-1]])


def _clear_skin(grid: np.ndarray, skin: np.ndarray, gap: float = 0.004) -> np.ndarray:
    """Lift the cloth above the bust wherever the face model has one, smoothly; the collar stays."""
    distance, near = KDTree(skin[:, [0, 2]]).query(grid[..., [0, 2]].reshape(-1, 2), k=6)
    inside = (distance < 0.006) & (np.abs(skin[near, 1] - grid[..., 1].reshape(-1, 1)) < 0.03)
    top = np.where(inside, skin[near, 1], -1.0).max(1).reshape(grid.shape[:2])
    lift = np.clip(top + gap - grid[..., 1], 0.0, 0.02)
    # Only where the bust slopes; in front and behind the cloth hangs clear of it.
    lift *= np.abs(np.sin(np.arange(AROUND) / AROUND * 2 * np.pi)) ** 1.5
    lift[:COLLAR_ROWS] = 0.0
    around = np.pad(lift, ((0, 0), (24, 24)), mode="wrap")
    around = gaussian_filter(maximum_filter(around, 9, mode="nearest"), 4, mode="nearest")
    lift = around[:, 24:-24]
    lift *= np.clip((np.arange(len(grid)) - COLLAR_ROWS) / 4.0, 0, 1)[:, None]
    return grid + lift[..., None] * [0.0, 1.0, 0.0]


def _fold(grid: np.ndarray, seed: int) -> np.ndarray:
    """Soft folds of heavy knit, drawn down from the shoulders; none at the collar."""
    flat = grid.reshape(-1, 3)
    slanted = flat * [1.0, 0.42, 1.0] + 0.012 * fractal_noise(flat, 0.08, 2, seed + 3)[:, None]
    depth = 0.0085 * fractal_noise(slanted, 0.052, 2, seed) + 0.004 * fractal_noise(flat, 0.11, 2, seed + 1)
    depth = depth.reshape(grid.shape[:2]) * np.clip((np.arange(len(grid)) - COLLAR_ROWS) / 14.0, 0, 1)[:, None]
    outward = grid - np.array([0.0, -0.30, 0.0])
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True)
    return grid + outward * depth[..., None]


def _knit_coordinates(grid: np.ndarray) -> np.ndarray:
    """(rows, K + 1, 2) texture coordinates: metres along the ring from the front, metres down, both over TILE."""
    closed = np.concatenate([grid, grid[:, :1]], 1)
    half = AROUND // 2
    along = np.concatenate(
        [np.zeros((len(grid), 1)), np.linalg.norm(np.diff(closed[..., [0, 2]], axis=1), axis=-1).cumsum(1)], 1
    )
    along = np.where(np.arange(AROUND + 1) > half, along - along[:, -1:], along)
    down = np.concatenate([np.zeros((1, AROUND + 1)), np.linalg.norm(np.diff(closed, axis=0), axis=-1).cumsum(0)])
    # Each wale of the collar goes on in the body.
    along[:COLLAR_ROWS] = along[COLLAR_ROWS]
    return np.stack([along, down], -1) / TILE


def paint_knit(actor: Actor) -> tuple[Paint, np.ndarray]:
    """One tile of stocking stitch, and its relief's change of normal in the cloth's tangent frame (N, 3)."""
    axis = (np.arange(TEXTURE_SIZE) + 0.5) / TEXTURE_SIZE
    v, u = (a.ravel() for a in np.meshgrid(axis, axis, indexing="ij"))
    a = (u * STITCHES) % 1.0
    left = a < 0.5
    across = np.where(left, a, 1.0 - a) * 2 - 0.5
    b = (v * ROWS + 1.1 * across) % 1.0 - 0.5
    strand = np.clip(1 - (across / 0.46) ** 2, 0, 1) * np.clip(1 - (b / 0.62) ** 2, 0, 1)
    turn = np.stack([np.cos(2 * np.pi * u), np.sin(2 * np.pi * u), np.cos(2 * np.pi * v), np.sin(2 * np.pi * v)], 1)
    fibre = fractal_noise(turn[:, :3] + 0.7 * turn[:, 3:], 0.03, 3, actor.seed)
    height = strand + 0.25 * fibre
    tone = (0.74 + 0.32 * strand**0.7) * (1 + 0.30 * fibre + 0.10 * fractal_noise(turn[:, :3] * [1, 1, 2], 0.4, 2, 5))
    image = height.reshape(TEXTURE_SIZE, TEXTURE_SIZE)
    slope = 0.0007 / (TILE / TEXTURE_SIZE)
    across_slope = (np.roll(image, -1, 1) - np.roll(image, 1, 1)) * 0.5 * slope
    down_slope = (np.roll(image, -1, 0) - np.roll(image, 1, 0)) * 0.5 * slope
    change = np.stack([-across_slope, -down_slope, 0 * image], -1).reshape(-1, 3)
    n = len(u)
    colour = linear(actor.sweater) * np.clip(tone, 0.1, 2)[:, None]
    return Paint(colour, np.full(n, 0.75), np.full(n, 0.7), height), np.clip(change, -0.8, 0.8)
