"""Brows and lashes, strand by strand."""

import numpy as np
from scipy.spatial import KDTree

from emogene.corpus.appearance.actor import Actor
from emogene.corpus.appearance.hair import POINTS, Strands, anchor
from emogene.corpus.appearance.textures import linear

BROW_RIGHT, BROW_LEFT = range(17, 22), range(22, 27)


def _curve(corners: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(N, 3) points at t in 0..1 along a polyline of (K, 3) corners, smoothed by a cubic fit."""
    s = np.linspace(0, 1, len(corners))
    return np.stack([np.polyval(np.polyfit(s, corners[:, k], min(3, len(corners) - 1)), t) for k in range(3)], 1)


def grow_brows(skin: np.ndarray, normals: np.ndarray, marks: np.ndarray, actor: Actor) -> list[Strands]:
    """Both brows from (S, 3) neutral skin, its normals and the actor's (68, 3) neutral landmarks."""
    tree = KDTree(skin)
    parts = []
    for number, (rows, side) in enumerate(((list(BROW_RIGHT)[::-1], -1.0), (list(BROW_LEFT), 1.0))):
        rng = np.random.default_rng(actor.seed + 10 + number)
        n = actor.brow_strands
        t = rng.beta(1.0, 1.2, n)
        across = np.clip(rng.normal(0, 0.48, n), -1, 1)
        half = np.interp(t, [0, 0.12, 0.45, 0.75, 1.0], [0.0040, 0.0056, 0.0054, 0.0042, 0.0020])
        roots = (
            _curve(marks[rows], t)
            + np.outer(np.interp(t, [0, 0.3, 0.7, 1], [-0.0026, -0.0036, -0.0040, 0.0008]), [0.0, 1.0, 0.0])
            + np.outer(across * half, [0.0, 1.0, 0.0])
        )
        near = tree.query(roots)[1]
        normal = normals[near]
        roots = roots - ((roots - skin[near]) * normal).sum(1, keepdims=True) * normal
        turn = np.radians(np.interp(t, [0, 0.15, 0.5, 0.8, 1.0], [80, 50, 18, 2, -10])) - 0.35 * across * np.interp(
            t, [0, 0.3, 1], [0.4, 1, 0.6]
        )
        turn = turn + rng.normal(0, 0.16, n)
        heading = np.stack([side * np.cos(turn), np.sin(turn), np.zeros(n)], 1)
        length = np.interp(t, [0, 0.2, 0.7, 1], [0.0055, 0.0085, 0.0080, 0.0050]) * rng.uniform(0.7, 1.1, n)
        points = _lay(roots, normal, heading, length, 0.16)
        tone = linear(actor.brows) * rng.uniform(0.9, 2.3, (n, 1))
        parts.append(_strands(points, skin, normal, rng.uniform(0.00018, 0.00028, n), tone, -1, 0.75))
    return parts


def _lay(roots, normal, heading, length, lift) -> np.ndarray:
    """(S, POINTS, 3): hairs that lie close to the skin, rising a little and then falling back to it."""
    tangent = heading - (heading * normal).sum(1, keepdims=True) * normal
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    s = np.linspace(0, 1, POINTS)[None, :, None]
    rise = lift * length[:, None, None] * (1.6 * s - 1.1 * s * s) + 0.0002
    droop = np.array([0.0, -0.12, 0.0]) * (length[:, None, None] * s * s)
    return roots[:, None] + tangent[:, None] * (length[:, None, None] * s) + normal[:, None] * rise + droop


def grow_lashes(
    lids: list[tuple[np.ndarray, np.ndarray]], eyes: np.ndarray, skin: np.ndarray, actor: Actor
) -> list[Strands]:
    """Lashes of both eyes, left first.

    Args:
        lids: (K, 3) borders of the upper and the lower lid of each eye, from the inner corner outwards.
        eyes: (2, 3) centres of the eyeballs.
        skin: (S, 3) neutral skin that carries the lashes.
    """
    parts = []
    for eye, (loop, centre) in enumerate(zip(lids, eyes, strict=True)):
        rng = np.random.default_rng(actor.seed + 20 + eye)
        side = np.sign(centre[0])
        for upper, count, size in ((True, 92, 0.0058), (False, 48, 0.0032)):
            border = loop[0] if upper else loop[1]
            t = np.sort(rng.uniform(0.12 if upper else 0.25, 0.97, count))
            s = np.linspace(0, 1, len(border))
            roots = np.stack([np.interp(t, s, border[:, k]) for k in range(3)], 1)
            lift = 1.0 if upper else -1.0
            roots = roots + [0.0, 0.0001 * lift, 0.0002]
            fan = (t - 0.42) * 1.25 + rng.normal(0, 0.10, count)
            length = size * np.interp(t, [0, 0.3, 0.75, 1], [0.55, 0.9, 1.1, 0.75]) * rng.uniform(0.75, 1.1, count)
            out = np.stack([side * np.sin(fan), np.full(count, -0.10 * lift + (0 if upper else -0.35)), np.cos(fan)], 1)
            k = np.linspace(0, 1, POINTS)[None, :, None] * length[:, None, None]
            curl = np.array([0.0, 105.0 * lift if upper else -35.0, -12.0])
            points = roots[:, None] + out[:, None] * k + curl * k * k
            tone = linear(actor.lashes) * rng.uniform(0.8, 1.3, (count, 1))
            parts.append(
                _strands(points, skin, np.repeat([[0.0, 0.3, 1.0]], count, 0), np.full(count, 0.00017), tone, eye, 0.9)
            )
    return parts


def _strands(points, skin, normals, width, tone, eye, shelter) -> Strands:
    n = len(points)
    anchors, weights = anchor(points[:, 0], skin)
    return Strands(
        points.astype(np.float32), anchors, weights, np.asarray(width, np.float32), np.asarray(tone, np.float32),
        np.full((n, POINTS), shelter, np.float32), np.asarray(normals, np.float32), np.full(n, eye, np.int8),
    )  # fmt: skip
