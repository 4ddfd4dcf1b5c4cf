# SPDX-License-Identifier: GPL-3.0-or-later
"""How landmarks look in the viewport: a colour and a size for each region of the face."""

from ..emogene_proto.names import LANDMARK_REGIONS

Colour = tuple[float, float, float, float]

REGION_OF = {point: region for region, points in LANDMARK_REGIONS.items() for point in points}
"""Region by point."""

_LOOKS: dict[str, tuple[Colour, float]] = {
    "jaw": ((0.62, 0.66, 0.72, 1.0), 1.0),
    "brow_right": ((0.95, 0.69, 0.25, 1.0), 1.0),
    "brow_left": ((0.95, 0.69, 0.25, 1.0), 1.0),
    "nose": ((0.45, 0.80, 0.45, 1.0), 0.9),
    "eye_right": ((0.35, 0.70, 0.95, 1.0), 0.75),
    "eye_left": ((0.35, 0.70, 0.95, 1.0), 0.75),
    "lips_outer": ((0.93, 0.38, 0.42, 1.0), 0.85),
    "lips_inner": ((0.98, 0.60, 0.66, 1.0), 0.65),
}
"""Colour, and size against one of middle size: smaller where points lie close together."""


def colour_of(point: int) -> Colour:
    """Red, green, blue, alpha, 0 to 1."""
    return _LOOKS[REGION_OF[point]][0]


def size_of(point: int) -> float:
    return _LOOKS[REGION_OF[point]][1]
