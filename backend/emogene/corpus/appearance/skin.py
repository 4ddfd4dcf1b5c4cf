"""Paint on skin: blood, pigment, stubble, lips, moles, pores and fine lines. Masks live on the generic face."""

import numba
import numpy as np

from emogene.compiled_kernels import EXACT
from emogene.corpus.appearance.actor import Actor
from emogene.corpus.appearance.hairline import hairline
from emogene.corpus.appearance.noise import fractal_noise, spots
from emogene.corpus.appearance.textures import Paint, Texels, linear

BLOOD = (
    # centre on the generic face (x mirrored), radius, strength
    ((0.046, -0.018, 0.093), 0.024, 0.27),
    ((0.0, -0.016, 0.128), 0.013, 0.36),
    ((0.012, -0.026, 0.118), 0.009, 0.24),
    ((0.076, 0.002, 0.005), 0.026, 0.42),
    ((0.0, -0.088, 0.106), 0.015, 0.22),
    ((0.031, 0.006, 0.093), 0.010, 0.16),
    ((0.031, 0.024, 0.094), 0.010, 0.20),
    ((0.0, -0.150, 0.040), 0.035, 0.16),
)
"""Where blood is near: cheeks, tip and wings of the nose, ears, chin, lids, base of the neck."""

PALE = (((0.0, 0.065, 0.10), 0.040, 0.30), ((0.05, -0.06, 0.07), 0.03, 0.12))
MOLES = ((0.041, -0.041, 0.0010), (-0.052, 0.004, 0.0008), (-0.018, 0.058, 0.0006))
"""x, y, radius of moles on the front of the face."""


@numba.njit(**EXACT)
def polygon_distance(points, corners):  # pragma: no cover
    """(N,) distance of (N, 2) points to a closed polygon of (K, 2) corners, negative inside."""
    out = np.empty(points.shape[0], np.float32)
    k = corners.shape[0]
    for i in range(points.shape[0]):
        x, y = points[i, 0], points[i, 1]
        best, inside = 1e9, False
        for j in range(k):
            ax, ay = corners[j, 0], corners[j, 1]
            bx, by = corners[(j + 1) % k, 0], corners[(j + 1) % k, 1]
            t = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2 + 1e-18)
            t = min(max(t, 0.0), 1.0)
            best = min(best, (x - ax - t * (bx - ax)) ** 2 + (y - ay - t * (by - ay)) ** 2)
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
        out[i] = -np.sqrt(best) if inside else np.sqrt(best)
    return out


def smoothstep(x: np.ndarray, low: float | np.ndarray, high: float | np.ndarray) -> np.ndarray:
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _blob(p: np.ndarray, centre, radius: float) -> np.ndarray:
    mirrored = p * [1.0, 1.0, 1.0]
    mirrored[:, 0] = np.where(centre[0] == 0.0, p[:, 0], np.abs(p[:, 0]))
    return np.exp(-((mirrored - np.array(centre)) ** 2).sum(1) / (2 * radius**2))


def lip_mask(p: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """(N,) 1 on the lips for (N, 3) generic points; `lips` are the 12 outer lip landmarks (12, 3)."""
    distance = polygon_distance(np.ascontiguousarray(p[:, :2], np.float64), _rounded(lips[:, :2]))
    distance = distance + 0.0006 * fractal_noise(p, 0.004, 2, 11)
    return (1.0 - smoothstep(distance, -0.0013, 0.0013)) * (p[:, 2] > 0.085)


def _rounded(corners: np.ndarray, steps: int = 6) -> np.ndarray:
    """Closed Catmull-Rom curve through (K, 2) corners."""
    t = np.arange(steps)[:, None] / steps
    p0, p1, p2, p3 = (np.roll(corners, s, 0)[:, None] for s in (1, 0, -1, -2))
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return curve.reshape(-1, 2).astype(np.float64)


def beard_mask(p: np.ndarray) -> np.ndarray:
    """(N,) how densely beard hair grows: moustache, chin, jaw and upper neck of the generic face."""
    x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
    # The upper border falls from the sideburn to the corner of the mouth.
    border = np.interp(
        x,
        [0.0, 0.012, 0.024, 0.032, 0.045, 0.062, 0.072, 0.09],
        [-0.036, -0.0365, -0.043, -0.058, -0.061, -0.045, -0.02, 0.0],
    )
    upper = 1.0 - smoothstep(y + 0.004 * fractal_noise(p, 0.01, 2, 21), border - 0.004, border + 0.004)
    lower = smoothstep(y + 0.3 * z, -0.103, -0.078)
    behind = smoothstep(z, 0.005, 0.03)
    under_lip = 1.0 - 0.55 * np.exp(-((x - 0.017) ** 2 + (y + 0.070) ** 2) / (2 * 0.006**2))
    return upper * lower * behind * under_lip


def paint_skin(texels: Texels, actor: Actor, lips: np.ndarray) -> Paint:
    """Paint the skin's texels; `flags` are 1 inside the mouth."""
    p = texels.positions
    inside_mouth = smoothstep(texels.flags, 0.3, 0.7)[:, None]
    lip = lip_mask(p, lips)
    colour = _complexion(p, actor)
    beard = beard_mask(p) * (1 - lip)
    grain = 0.62 + 0.55 * np.clip(fractal_noise(p, 0.0016, 2, 31), -0.6, 0.8) + 0.22 * fractal_noise(p, 0.012, 3, 32)
    shade = np.clip(0.58 * beard * np.clip(grain, 0, 1.2), 0, 0.7)[:, None]
    colour = colour * (1 - shade) + linear(actor.stubble) * shade
    lip_tone = linear(actor.lips) * (1.0 + 0.16 * fractal_noise(p, 0.006, 3, 41)[:, None])
    colour = colour * (1 - 0.8 * lip[:, None]) + lip_tone * 0.8 * lip[:, None]
    # Under the hair the skin is dark with roots; short hair shows it.
    scalp = 0.72 * smoothstep(hairline(p), -0.004, 0.009) * np.clip(0.9 + 0.5 * fractal_noise(p, 0.0014, 2, 33), 0, 1.2)
    scalp = np.clip(scalp, 0, 0.9)[:, None] * (1 - inside_mouth)
    colour = colour * (1 - scalp) + 0.8 * linear(actor.hair) * scalp
    socket = np.array([0.20, 0.045, 0.04], np.float32)
    colour = colour * (1 - inside_mouth) + socket * inside_mouth

    oily = sum(
        _blob(p, c, r) for c, r in (((0, -0.005, 0.125), 0.016), ((0, 0.055, 0.105), 0.03), ((0, -0.085, 0.11), 0.012))
    )
    roughness = 0.50 - 0.09 * np.clip(oily, 0, 1) + 0.05 * fractal_noise(p, 0.003, 2, 51) - 0.16 * lip
    roughness = roughness * (1 - inside_mouth[:, 0]) + 0.25 * inside_mouth[:, 0]
    specular = 1.0 + 0.25 * fractal_noise(p, 0.008, 3, 52) + 0.15 * lip
    specular = specular * (1 - 0.9 * np.minimum(scalp[:, 0] * 1.3, 1.0))
    return Paint(colour.astype(np.float32), roughness, specular, _relief(p, lip, beard) * (1 - inside_mouth[:, 0]))


def _complexion(p: np.ndarray, actor: Actor) -> np.ndarray:
    """(N, 3) linear colour of shaven skin."""
    base, blood = linear(actor.skin), linear(actor.blood)
    mottle = fractal_noise(p, 0.022, 4, 61)
    redness = sum(strength * _blob(p, centre, radius) for centre, radius, strength in BLOOD)
    redness = redness * (1.0 + 0.45 * mottle) + 0.10 + 0.10 * mottle
    redness = np.clip(redness - sum(s * _blob(p, c, r) for c, r, s in PALE) * 0.5, 0.0, 0.85)[:, None]
    colour = base * (1 - redness) + blood * redness
    pigment = 0.05 * fractal_noise(p, 0.05, 3, 62) + 0.05 * fractal_noise(p, 0.004, 3, 63)
    distance, value = spots(p, 0.0052, 64)
    pigment = pigment + 0.20 * (1 - smoothstep(distance, 0.06, 0.20)) * (value > 0.72) * _blob(
        p, (0.03, -0.005, 0.11), 0.035
    )
    pigment = pigment + 0.16 * _eye_shadow(p)
    for x, y, radius in MOLES:
        on_front = (p[:, 2] > 0.03) * np.exp(-((((p[:, 0] - x) ** 2 + (p[:, 1] - y) ** 2) / radius**2) ** 2))
        pigment = pigment + 0.75 * on_front
    absorbed = np.array([0.75, 1.15, 1.35]) * np.clip(pigment, -0.2, 1.2)[:, None]
    return colour * np.exp(-absorbed)


def _eye_shadow(p: np.ndarray) -> np.ndarray:
    """(N,) darker, thinner skin under and inside of the eyes."""
    under = _blob(p, (0.028, 0.002, 0.095), 0.0075) + 0.8 * _blob(p, (0.017, 0.008, 0.098), 0.007)
    return np.clip(under + 0.5 * _blob(p, (0.03, 0.026, 0.096), 0.008), 0, 1)


def _relief(p: np.ndarray, lip: np.ndarray, beard: np.ndarray) -> np.ndarray:
    """(N,) metres: pores, creases of the lips, lines of the forehead and round the eyes."""
    x, y = p[:, 0], p[:, 1]
    warp = 0.004 * fractal_noise(p, 0.03, 2, 71)
    pores = 0.00006 * fractal_noise(p, 0.0022, 2, 72) + 0.00009 * fractal_noise(p, 0.006, 2, 73)
    creases = 0.00012 * np.sin((x + 0.3 * warp) * 2 * np.pi / 0.0021 + 3 * fractal_noise(p, 0.006, 2, 74))
    fore = np.exp(-((y - 0.068) ** 2) / (2 * 0.014**2)) * np.exp(-(x**2) / (2 * 0.032**2)) * (p[:, 2] > 0.05)
    lines = -0.00016 * fore * np.clip(np.sin((y + warp + 4 * x**2) * 2 * np.pi / 0.0125), 0.3, 1)
    corner = np.stack([np.abs(x) - 0.047, y - 0.013], 1)
    radius, turn = np.hypot(*corner.T), np.arctan2(corner[:, 1], corner[:, 0])
    crow = np.exp(-((radius - 0.011) ** 2) / (2 * 0.005**2)) * np.exp(-(turn**2) / 0.7)
    lines = lines - 0.00012 * crow * np.clip(np.cos(turn * 9 + 40 * warp), 0, 1)
    return pores * (1 - lip) * (1 + 0.5 * beard) + creases * lip + lines
