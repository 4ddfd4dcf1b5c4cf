# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as it comes from the backend: arrays as raw bytes."""

import sys
from array import array

from ..emogene_proto.errors import BackendError
from ..emogene_proto.messages import ShotPlanned
from ..emogene_proto.wire import Buffer
from .curves import PlannedShot


def read_plan(event: ShotPlanned, parts: list[Buffer]) -> PlannedShot:
    """The arrays of a plan, by name.

    Raises:
        BackendError: one is missing.
    """
    arrays = {spec.name: _floats(part) for spec, part in zip(event.arrays, parts, strict=True)}
    try:
        landmarks, weights, poses, gaze = (arrays[name] for name in ("landmarks", "weights", "poses", "gaze"))
    except KeyError as error:
        raise BackendError(
            f"The backend's plan has no {error}.", "Update the add-on and the backend to the same release."
        ) from error
    return PlannedShot(landmarks, weights, poses, gaze, event.fps, event.frame_start)


def _floats(part: Buffer) -> array:
    """Little-endian float32 from the wire as this computer's numbers."""
    numbers = array("f")
    numbers.frombytes(part)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
