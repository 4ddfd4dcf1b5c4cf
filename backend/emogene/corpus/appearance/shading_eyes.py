"""Shades eyeballs: a painted ball that turns with the gaze, its iris below a clear cornea that mirrors the lamps."""

import numba
import numpy as np

from emogene.compiled_kernels import DRAWING
from emogene.corpus.appearance.anatomy import EYE
from emogene.corpus.appearance.mouth_and_eyes import EYE_TEXTURE_ANGLE, IRIS_ANGLE
from emogene.corpus.appearance.reflection import (
    GROUND_COLOUR,
    LAMP_COLOURS,
    LAMP_COUNT,
    LAMP_DIRECTIONS,
    SKY_COLOUR,
    dot,
    look_up,
    normalise,
    rotate,
    rotate_back,
    smooth,
)

PARALLAX = 0.07
"""How far the iris seems shifted against the cornea, radians for a look from the side."""
BULGE = 1.85
"""How much faster the cornea's normal turns than the ball's."""


@numba.njit(**DRAWING)
def shade_eye(point, centre, gaze, view, to_world, shade, reach, textures, texel, work, out):  # pragma: no cover
    """One sample of an eyeball into `out` (3,).

    Args:
        point, centre: (3,) canonical; view: (3,) unit, to the camera in the world.
        gaze, to_world: (3, 3) turn of the eyes in the head, of the head in the world.
        shade: (3,) diffuse light; reach: (L + 1,) what part of each lamp and the room gets here.
        texel, work: (8,) and (3, 3) scratch.
    """
    local, seen, normal = work[0], work[1], work[2]
    for c in range(3):
        normal[c] = point[c] - centre[c]
    normalise(normal)
    rotate_back(gaze, normal, local)
    rotate_back(to_world, view, normal)
    rotate_back(gaze, normal, seen)
    angle = np.arccos(min(max(local[2], -1.0), 1.0))
    side = np.sqrt(local[0] * local[0] + local[1] * local[1]) + 1e-9
    on_iris = 1.0 - smooth(angle, 0.80 * IRIS_ANGLE, 1.08 * IRIS_ANGLE)
    tx = local[0] / side * angle - PARALLAX * on_iris * seen[0]
    ty = local[1] / side * angle - PARALLAX * on_iris * seen[1]
    look_up(textures, EYE, 0.5 + 0.5 * tx / EYE_TEXTURE_ANGLE, 0.5 + 0.5 * ty / EYE_TEXTURE_ANGLE, False, texel)
    # The iris is a bowl: lit most on the side away from the lamp.
    rotate_back(to_world, LAMP_DIRECTIONS[0], seen)
    bowl = max(1.15 - on_iris * 1.35 * (tx * seen[0] + ty * seen[1]) / IRIS_ANGLE, 0.3)
    polar = angle * (1.0 + (BULGE - 1.0) * on_iris)
    local[0], local[1], local[2] = local[0] / side * np.sin(polar), local[1] / side * np.sin(polar), np.cos(polar)
    rotate(gaze, local, seen)
    rotate(to_world, seen, normal)
    nv = dot(normal, view)
    for c in range(3):
        seen[c] = 2 * nv * normal[c] - view[c]
    fresnel = 0.03 + 0.388 * (1.0 - max(nv, 0.0)) ** 5
    for c in range(3):
        out[c] = texel[c] * texel[c] * shade[c] * bowl + fresnel * _mirrored(seen, reach, c)


@numba.njit(**DRAWING)
def _mirrored(direction, reach, c):  # pragma: no cover
    """Colour c of what a mirror shows in a direction: the room, and key and fill as round soft boxes."""
    up = 0.5 * direction[2] + 0.5
    total = 0.8 * reach[LAMP_COUNT] * (GROUND_COLOUR[c] + (SKY_COLOUR[c] - GROUND_COLOUR[c]) * up)
    for k in range(2):
        window = smooth(dot(direction, LAMP_DIRECTIONS[k]), 0.955, 0.975)
        total += (5.5 if k == 0 else 3.0) * window * LAMP_COLOURS[k, c] * min(1.5 * reach[k], 1.0)
    return total
