# SPDX-License-Identifier: GPL-3.0-or-later
"""From the places and rotations of an object to the head track of the Shot document."""

import math
from collections.abc import Sequence

from ..emogene_proto.shot import HeadTrack

Quaternion = tuple[float, float, float, float]
"""w, x, y, z of unit length."""
Vector = tuple[float, float, float]

_NO_ANGLE = 1e-9


def head_track(locations: Sequence[Vector], rotations: Sequence[Quaternion], metres_per_unit: float) -> HeadTrack:
    """One row a frame: metres away from the first location, then the rotation vector.

    What stays as it is to the end is said once, as the document holds its last row.
    """
    turns = rotation_vectors(rotations)
    start = locations[0]
    rows = []
    for place, turn in zip(locations, turns, strict=True):
        away = [(now - then) * metres_per_unit for now, then in zip(place, start, strict=True)]
        rows.append(tuple([round(number, 6) + 0.0 for number in (*away, *turn)]))  # + 0.0: no negative zero
    while len(rows) > 1 and rows[-1] == rows[-2]:
        rows.pop()
    return HeadTrack(tuple(rows))


def rotation_vectors(rotations: Sequence[Quaternion]) -> list[Vector]:
    """Axis times angle in radians for each rotation.

    A rotation has many such vectors, whole turns apart; neighbours are the nearest ones, so that the track has no
    jump where the rotation has none. The first is the shortest.
    """
    vectors: list[Vector] = []
    last = (0.0, 0.0, 0.0)
    for rotation in rotations:
        last = _nearest_vector(rotation, last)
        vectors.append(last)
    return vectors


def _nearest_vector(rotation: Quaternion, last: Vector) -> Vector:
    w, *xyz = rotation if rotation[0] >= 0.0 else tuple(-part for part in rotation)
    sine = math.hypot(*xyz)
    angle = 2.0 * math.atan2(sine, w)
    length = math.hypot(*last)
    if angle > _NO_ANGLE:
        axis = [part / sine for part in xyz]
    elif length > math.pi:  # on a whole turn any axis would do; the last one goes on
        axis = [part / length for part in last]
    else:
        return (0.0, 0.0, 0.0)
    along = axis[0] * last[0] + axis[1] * last[1] + axis[2] * last[2]
    angle += 2.0 * math.pi * round((along - angle) / (2.0 * math.pi))
    return (axis[0] * angle, axis[1] * angle, axis[2] * angle)
