"""Paint on teeth, gums, tongue and eyeballs."""

import numpy as np

from emogene.corpus.appearance.actor import Actor
from emogene.corpus.appearance.noise import fractal_noise
from emogene.corpus.appearance.skin import smoothstep
from emogene.corpus.appearance.textures import TEXTURE_SIZE, Paint, Texels, linear

IRIS_ANGLE = 0.392
"""Half the angle that the iris takes of the eyeball, radians."""
EYE_TEXTURE_ANGLE = 1.5
"""Polar angle at the border of the eye's texture, which is an azimuthal map about the pupil."""


def paint_teeth(texels: Texels) -> Paint:
    """Ivory, a little darker towards the gums and the back."""
    p = texels.positions
    ivory = linear((0.94, 0.865, 0.775))
    to_gum = np.clip(np.abs(p[:, 1] + 0.0535) / 0.012, 0, 1)
    back = smoothstep(-p[:, 2], -0.100, -0.070)
    shade = (1 - 0.16 * to_gum**2) * (1 - 0.45 * back) * (1 + 0.06 * fractal_noise(p, 0.006, 3, 81))
    warm = np.array([1.0, 0.96, 0.88]) ** (0.8 * to_gum + back)[:, None]
    height = 0.00003 * fractal_noise(p, 0.003, 2, 82)
    return Paint(ivory * shade[:, None] * warm, np.full(len(p), 0.24) + 0.06 * to_gum, np.ones(len(p)), height)


def paint_gums(texels: Texels) -> Paint:
    """Gums and tongue: pink, wet; the tongue (flag 1) is paler along its middle and rough."""
    p = texels.positions
    tongue = texels.flags
    gum = linear((0.70, 0.40, 0.385))
    pink = linear((0.76, 0.45, 0.43))
    middle = np.exp(-(p[:, 0] ** 2) / (2 * 0.006**2))
    colour = gum * (1 - tongue[:, None]) + (pink * (0.92 + 0.12 * middle[:, None])) * tongue[:, None]
    colour = colour * (1 + 0.18 * fractal_noise(p, 0.008, 3, 91)[:, None])
    height = tongue * 0.00012 * fractal_noise(p, 0.0016, 2, 92) - 0.0005 * tongue * np.exp(
        -(p[:, 0] ** 2) / (2 * 0.0012**2)
    )
    return Paint(colour, 0.30 + 0.10 * tongue, np.ones(len(p)), height)


def paint_eye(actor: Actor) -> Paint:
    """The eyeball by angle from the pupil: iris fibres, limbal ring, pupil, and a white with veins."""
    axis = (np.arange(TEXTURE_SIZE) + 0.5) / TEXTURE_SIZE * 2 - 1
    x, y = (a.ravel() for a in np.meshgrid(axis, axis))
    angle = np.hypot(x, y) * EYE_TEXTURE_ANGLE
    turn = np.arctan2(y, x)
    ring = np.stack([np.cos(turn), np.sin(turn), 0.35 * angle / IRIS_ANGLE], 1)
    fibre = fractal_noise(ring * [9, 9, 1.2], 1.0, 3, 101) + 0.6 * fractal_noise(ring * [24, 24, 2], 1.0, 2, 102)
    r = angle / IRIS_ANGLE + 0.012 * fractal_noise(ring, 0.2, 2, 103)
    outer, inner = linear(actor.iris), linear(actor.iris_centre)
    collarette = np.exp(-((r - 0.52 - 0.05 * fibre) ** 2) / (2 * 0.10**2))[:, None]
    iris = outer * (1 - 0.75 * collarette) + inner * 0.75 * collarette
    iris = iris * np.clip(0.95 + 0.75 * fibre, 0.25, 1.9)[:, None]
    iris = iris * (1 - 0.82 * smoothstep(r, 0.76, 1.0))[:, None]
    pupil = 1 - smoothstep(r, 0.33, 0.385)
    iris = iris * (1 - pupil[:, None]) + 0.003 * pupil[:, None]
    white = _white(x, y, angle)
    edge = smoothstep(r, 0.93, 1.07)[:, None]
    colour = iris * (1 - edge) + white * edge
    n = len(angle)
    return Paint(colour.astype(np.float32), np.full(n, 0.1), np.ones(n), np.zeros(n))


def _white(x: np.ndarray, y: np.ndarray, angle: np.ndarray) -> np.ndarray:
    p = np.stack([x, y, 0 * x], 1)
    veins = np.abs(fractal_noise(p + 0.04 * fractal_noise(p, 0.1, 3, 112)[:, None], 0.16, 3, 111))
    vein = (
        (1 - smoothstep(veins, 0.0, 0.05))
        * smoothstep(angle, 0.45, 1.1)
        * (0.4 + 0.6 * (fractal_noise(p, 0.3, 1, 113) > 0))
    )
    pink = smoothstep(angle, 0.5, 1.25)[:, None]
    white = linear((0.81, 0.775, 0.735)) * (1 - 0.5 * pink) + linear((0.76, 0.63, 0.59)) * 0.5 * pink
    return white * (1 - 0.45 * vein[:, None] * np.array([0.25, 1.0, 0.95]))
