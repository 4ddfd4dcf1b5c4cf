"""Short hair, brows and lashes as single strands that are rooted on the face and go with it."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from emogene.corpus.appearance.actor import Actor
from emogene.corpus.appearance.hairline import hairline
from emogene.corpus.appearance.noise import fractal_noise
from emogene.corpus.appearance.skin import smoothstep
from emogene.corpus.appearance.textures import linear

POINTS = 8
"""Points of a strand."""
SKULL_CENTRE = np.array([0.0, 0.030, 0.0])
SKULL_RADII = np.array([0.078, 0.096, 0.094])
"""An ellipsoid like the skull: hair lies along its surfaces."""


@dataclass(frozen=True)
class Strands:
    """Hair on the neutral face."""

    points: np.ndarray
    """(S, POINTS, 3) canonical metres, root first."""
    anchors: np.ndarray
    """(S, 3) render vertices that carry the root, and `weights` (S, 3) of each."""
    weights: np.ndarray
    width: np.ndarray
    """(S,) metres at the root."""
    colour: np.ndarray
    """(S, 3) linear reflectance."""
    shelter: np.ndarray
    """(S, POINTS) what part of the light gets through the hair around."""
    normals: np.ndarray
    """(S, 3) out of the surface that the hair makes there."""
    eye: np.ndarray
    """(S,) int8: 0 or 1 for lashes of the left or right eye, which turn with the lid; -1 for other hair."""


def join(parts: list[Strands]) -> Strands:
    return Strands(*(np.concatenate([getattr(p, name) for p in parts]) for name in Strands.__dataclass_fields__))


def anchor(roots: np.ndarray, skin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The three (N, 3) nearest skin vertices of (N, 3) roots and their weights."""
    distance, nearest = KDTree(skin).query(roots, k=3)
    weights = 1.0 / (distance + 1e-4)
    return np.asarray(nearest, np.int32), (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def scatter_roots(vertices, triangles, density, count, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`count` random points on triangles, as dense as (V,) `density` says: (N, 3) corners, weights, and points."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1) * density[triangles].mean(1)
    chosen = rng.choice(len(triangles), count, p=area / area.sum())
    r1, r2 = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack([1 - r1, r1 * (1 - r2), r1 * r2], 1)
    return triangles[chosen], weights.astype(np.float32), np.einsum("nk,nkd->nd", weights, vertices[triangles[chosen]])


def grow_scalp(skin: np.ndarray, painted: np.ndarray, triangles: np.ndarray, actor: Actor) -> Strands:
    """Hair of the head: (S, 3) neutral skin, the same vertices on the generic face, and the skin's triangles."""
    rng = np.random.default_rng(actor.seed)
    density = smoothstep(hairline(painted), -0.003, 0.003) * (painted[:, 1] > -0.08)
    density = density * (1.6 - 0.6 * smoothstep(painted[:, 1], 0.05, 0.09))
    # The mouth's lining lies behind the hairline too.
    density = density * (np.abs(((painted - SKULL_CENTRE) / SKULL_RADII) ** 2).sum(1) > 0.62)
    anchors, weights, roots = scatter_roots(skin, triangles, density, actor.scalp_strands, rng)
    generic = np.einsum("nk,nkd->nd", weights, painted[anchors])
    out = _outward(roots)
    top = smoothstep(generic[:, 1], 0.058, 0.098)
    front = smoothstep(generic[:, 2], 0.0, 0.075)
    edge = smoothstep(hairline(generic), 0.0, 0.014)
    fade = smoothstep(generic[:, 1], -0.07, 0.05)
    length = (0.006 + 0.010 * fade) * (1 - top) + (0.030 + 0.014 * front) * top
    length = length * (0.55 + 0.45 * edge) * rng.uniform(0.75, 1.1, len(roots))
    comb = _comb(generic, top, front)
    points = _grow(roots, out, comb, length, 0.30 + 0.42 * top * (0.5 + 0.5 * front), top, rng)
    points = _clump(points, rng, top)
    depth = np.linspace(0, 1, POINTS)[None]
    shelter = 0.30 + 0.70 * depth ** (0.7 + 0.3 * top[:, None])
    shelter = shelter * (0.85 + 0.25 * rng.random((len(roots), 1)))
    tone = (
        linear(actor.hair)
        * (0.75 + 0.5 * rng.random((len(roots), 1)))
        * (1 + 0.2 * fractal_noise(roots, 0.02, 2, 211)[:, None])
    )
    width = rng.uniform(0.00022, 0.00034, len(roots)) * (0.75 + 0.25 * top)
    return Strands(
        points.astype(np.float32), anchors.astype(np.int32), weights, width.astype(np.float32), tone.astype(np.float32),
        shelter.astype(np.float32), _outward(points[:, POINTS // 2]).astype(np.float32),
        np.full(len(roots), -1, np.int8),
    )  # fmt: skip


def _outward(p: np.ndarray) -> np.ndarray:
    n = (p - SKULL_CENTRE) / SKULL_RADII**2
    return n / np.linalg.norm(n, axis=-1, keepdims=True)


def _comb(p: np.ndarray, top: np.ndarray, front: np.ndarray) -> np.ndarray:
    """(N, 3) where hair is combed to: down and back at the sides, over to the right and back on the top."""
    wander = np.stack([fractal_noise(p, 0.03, 2, seed) for seed in (221, 222, 223)], 1)
    side = np.array([0.0, -1.0, -0.45])
    # A parting on his left: what grows outside of it falls outwards.
    outside = smoothstep(p[:, 0], 0.030, 0.052)
    over = np.stack(
        [-0.75 + 1.25 * outside, 0.25 + 0.25 * front - 0.5 * outside, -0.75 + 0.75 * front - 0.3 * outside], 1
    )
    return side * (1 - top[:, None]) + over * top[:, None] + 0.35 * wander


def _grow(roots, out, comb, length, lift, top, rng) -> np.ndarray:
    """(S, POINTS, 3): strands leave the skin by `lift` and bend into the comb's direction along the skull."""
    step = (length / (POINTS - 1))[:, None]
    tangent = comb - (comb * out).sum(1, keepdims=True) * out
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    heading = lift[:, None] * out * 1.6 + tangent + 0.16 * rng.standard_normal(roots.shape)
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    points = [roots - 0.0006 * out]
    level = np.linalg.norm((roots - SKULL_CENTRE) / SKULL_RADII, axis=1)
    for k in range(1, POINTS):
        p = points[-1] + heading * step
        n = _outward(p)
        low = level * (1.0 + 0.10 * np.minimum(length, 0.03) / 0.03 * k / (POINTS - 1))
        now = np.linalg.norm((p - SKULL_CENTRE) / SKULL_RADII, axis=1)
        p = p + n * np.maximum(low - now, 0)[:, None] * SKULL_RADII.mean()
        along = tangent - (tangent * n).sum(1, keepdims=True) * n
        heading = heading + 0.22 * (along - heading) + 0.07 * rng.standard_normal(p.shape) - [0.0, 0.03, 0.0]
        heading /= np.linalg.norm(heading, axis=1, keepdims=True)
        points.append(p)
    return np.stack(points, 1)


def _clump(points: np.ndarray, rng, top: np.ndarray) -> np.ndarray:
    """Draw strands towards one in fifty of them, more so at the tips."""
    guides = rng.choice(len(points), len(points) // 45, replace=False)
    _, nearest = KDTree(points[guides, 0]).query(points[:, 0])
    guide = points[guides[nearest]]
    pull = np.linspace(0, 1, POINTS)[None, :, None] ** 1.3 * (0.25 + 0.4 * top)[:, None, None]
    offset = points[:, :1] - guide[:, :1]
    return points * (1 - pull) + (guide + 0.45 * offset) * pull
