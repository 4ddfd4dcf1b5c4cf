# SPDX-License-Identifier: GPL-3.0-or-later
"""From planned landmarks and head poses to the curves of empties.

The landmark empties are children of the head empty, so their own curves are in the canonical head frame.
Arrays are flat `array("f")`: distributions ship Blender without numpy, and curves need no more.
"""

import functools
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..emogene_proto.names import LANDMARK_COUNT

LANDMARK_NAME = "EmoGene_lm_{:02d}"
HEAD_NAME = "EmoGene_head"
FACE_NAME = "EmoGene_face"
COLLECTION_NAME = "EmoGene landmarks"

LANDMARK_FLOATS = LANDMARK_COUNT * 3
POSE_FLOATS = 16
_TURNS_A_SLICE = 300


@dataclass(frozen=True)
class PlannedShot:
    """A plan as it came from the backend: T rows, one a frame at the scene's rate, each array row after row."""

    landmarks: array
    """T x 68 x 3 metres, canonical head frame."""
    weights: array
    """T x 8 emotion weights, rows sum to 1."""
    poses: array
    """T x 4 x 4 head to world."""
    gaze: array
    """T x 2 radians: to the subject's left, up."""
    fps: float
    frame_start: int

    def __len__(self) -> int:
        return len(self.landmarks) // LANDMARK_FLOATS


@dataclass(frozen=True)
class Curve:
    """One animated number: a Blender data path and index, and its value on each frame."""

    data_path: str
    index: int
    values: array


def head_curves(plan: PlannedShot) -> Iterator[Curve | None]:
    """Location and quaternion curves of the head poses; None wherever a slice of the work for them is done."""
    for axis in range(3):
        yield Curve("location", axis, plan.poses[4 * axis + 3 :: POSE_FLOATS])
    turns = array("f")
    for first in range(0, len(plan.poses), _TURNS_A_SLICE * POSE_FLOATS):
        turns += quaternions(plan.poses[first : first + _TURNS_A_SLICE * POSE_FLOATS], turns[-4:])
        yield None
    for part in range(4):
        yield Curve("rotation_quaternion", part, turns[part::4])


def keyframe_coordinates(values: array, frame_start: int) -> array:
    """Frame, value, frame, value ... as Blender takes keyframes in bulk."""
    coordinates = _frames_alone(frame_start, len(values))[:]
    coordinates[1::2] = values
    return coordinates


@functools.lru_cache(maxsize=4)  # the same for all curves of a face
def _frames_alone(frame_start: int, count: int) -> array:
    coordinates = array("f", bytes(8 * count))
    coordinates[0::2] = array("f", range(frame_start, frame_start + count))
    return coordinates


def quaternions(poses: array, before: Sequence[float] = ()) -> array:
    """w, x, y, z of each of T x 4 x 4 poses; neighbours never differ in sign, so that curves are smooth.

    Args:
        before: the quaternion of the pose before the first one, if there is one.
    """
    turns = array("f")
    last: Sequence[float] = before or (1.0, 0.0, 0.0, 0.0)
    for row in range(0, len(poses), POSE_FLOATS):
        turn = _quaternion(poses[row : row + POSE_FLOATS])
        if sum(a * b for a, b in zip(turn, last, strict=True)) < 0.0:
            turn = tuple(-part for part in turn)
        turns.extend(turn)
        last = turn
    return turns


def _quaternion(m: Sequence[float]) -> tuple[float, ...]:
    """The unit quaternion of a 4 x 4 row-major pose, from the row of 4 q q^T that divides safely."""
    rows = (
        (1 + m[0] + m[5] + m[10], m[9] - m[6], m[2] - m[8], m[4] - m[1]),
        (m[9] - m[6], 1 + m[0] - m[5] - m[10], m[4] + m[1], m[2] + m[8]),
        (m[2] - m[8], m[4] + m[1], 1 - m[0] + m[5] - m[10], m[9] + m[6]),
        (m[4] - m[1], m[2] + m[8], m[9] + m[6], 1 - m[0] - m[5] + m[10]),
    )
    row = max(range(4), key=lambda part: rows[part][part])
    length = math.hypot(*rows[row])
    return tuple(part / length for part in rows[row])


def empty_size(landmarks: array) -> float:
    """Display size in metres of a landmark empty: a small part of the face's width, from ear to ear."""
    right, left = landmarks[0:3], landmarks[3 * 16 : 3 * 17]
    return max(0.015 * math.dist(right, left), 1e-4)
