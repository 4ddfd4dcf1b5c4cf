"""Moves strands with the face and lights them (after Kajiya and Kay 1989, under the studio's soft light)."""

import numba
import numpy as np

from emogene.compiled_kernels import DRAWING
from emogene.corpus.appearance.hair import Strands
from emogene.corpus.appearance.reflection import LAMP_COLOURS, LAMP_COUNT, LAMP_DIRECTIONS, LAMP_WIDTHS

_STRENGTHS = (LAMP_COLOURS * 2 * np.pi * LAMP_WIDTHS[:, None]).astype(np.float32)


def follow(strands: Strands, moved: np.ndarray, neutral: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """(S, K, 3) canonical points when skin goes from (V, 3) `neutral` to `moved`; lashes turn with the lids.

    Args:
        eyes: (2, 3) centres of the eyeballs, about which the lids turn.
    """
    shift = np.einsum("sk,skd->sd", strands.weights, moved[strands.anchors] - neutral[strands.anchors])
    points = strands.points + shift[:, None]
    lashes = np.flatnonzero(strands.eye >= 0)
    centre = eyes[strands.eye[lashes]]
    before, after = strands.points[lashes, 0] - centre, points[lashes, 0] - centre
    turn = np.arctan2(after[:, 1], after[:, 2]) - np.arctan2(before[:, 1], before[:, 2])
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    local = strands.points[lashes] - strands.points[lashes, :1]
    turned = np.stack(
        [local[..., 0], cos * local[..., 1] + sin * local[..., 2], cos * local[..., 2] - sin * local[..., 1]], -1
    )
    points[lashes] = points[lashes, :1] + turned
    return points


@numba.njit(**DRAWING)
def light_strands(world, normals, colour, shelter, flat_light, camera):  # pragma: no cover
    """(S, K, 3) linear colour of strands at (S, K, 3) world points with (S, 3) world normals in (9, 3) `flat_light`."""
    count, points = world.shape[0], world.shape[1]
    out = np.empty((count, points, 3), np.float32)
    for s in range(count):
        x, y, z = normals[s, 0], normals[s, 1], normals[s, 2]
        for k in range(points):
            a, b = max(k - 1, 0), min(k + 1, points - 1)
            tx, ty, tz = (
                world[s, b, 0] - world[s, a, 0],
                world[s, b, 1] - world[s, a, 1],
                world[s, b, 2] - world[s, a, 2],
            )
            length = np.sqrt(tx * tx + ty * ty + tz * tz) + 1e-12
            tx, ty, tz = tx / length, ty / length, tz / length
            vx, vy, vz = camera[0] - world[s, k, 0], camera[1] - world[s, k, 1], camera[2] - world[s, k, 2]
            length = np.sqrt(vx * vx + vy * vy + vz * vz)
            vx, vy, vz = vx / length, vy / length, vz / length
            for c in range(3):
                value = 0.282095 * flat_light[0, c] + 0.488603 * (
                    y * flat_light[1, c] + z * flat_light[2, c] + x * flat_light[3, c]
                )
                value += 1.092548 * (x * y * flat_light[4, c] + y * z * flat_light[5, c] + x * z * flat_light[7, c])
                value += 0.315392 * (3 * z * z - 1) * flat_light[6, c] + 0.546274 * (x * x - y * y) * flat_light[8, c]
                out[s, k, c] = colour[s, c] * max(value, 0.02) * 0.8
            for j in range(LAMP_COUNT):
                lx, ly, lz = LAMP_DIRECTIONS[j, 0], LAMP_DIRECTIONS[j, 1], LAMP_DIRECTIONS[j, 2]
                facing = min(max((x * lx + y * ly + z * lz) * 0.8 + 0.25, 0.0), 1.0)
                along = tx * lx + ty * ly + tz * lz
                sine = np.sqrt(max(1 - along * along, 0.0))
                view = tx * vx + ty * vy + tz * vz
                sine_view = np.sqrt(max(1 - view * view, 0.0))
                # Two highlights: a white one off the surface, a wider one that took the hair's colour inside.
                cone = max(sine * sine_view - along * view, 0.0)
                first, second = 0.020 * cone**48, 0.22 * cone**14
                for c in range(3):
                    body = colour[s, c] * (0.22 * sine + second)
                    out[s, k, c] += facing * _STRENGTHS[j, c] * (body + first) * 0.5
            for c in range(3):
                out[s, k, c] *= shelter[s, k]
    return out
