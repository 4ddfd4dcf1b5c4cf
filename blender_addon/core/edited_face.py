# SPDX-License-Identifier: GPL-3.0-or-later
"""The landmarks of a shot as they are shown: the plan, and what the artist moved by hand."""

from array import array
from collections.abc import Iterator, Sequence

from ..emogene_proto.landmark_edits import Edits
from ..emogene_proto.names import LANDMARK_COUNT
from ..emogene_proto.shot import LandmarkEdits
from .curves import LANDMARK_FLOATS
from .edit_layer import Offset, is_moved

_ROWS_A_SLICE = 8
_STILL = (0.0, 0.0, 0.0)


class EditedFace:
    """T rows of 68 points, one a frame, without edits; and by how much edits move them."""

    def __init__(self, landmarks: array, frame_start: int, fps: float):
        """
        Args:
            landmarks: T x 68 x 3 metres in the head's frame, flat.
        """
        self.landmarks = landmarks
        self.frame_start = frame_start
        self.fps = fps
        self._moved: dict[int, dict[int, Offset]] = {}
        """By row, the points that move."""

    def __len__(self) -> int:
        return len(self.landmarks) // LANDMARK_FLOATS

    def row_of(self, frame: float) -> int | None:
        """The row that a frame of the timeline shows, None beside the shot and between frames."""
        row = int(frame) - self.frame_start
        return row if frame == int(frame) and 0 <= row < len(self) else None

    def with_edits(self, edits: LandmarkEdits | None) -> Iterator[set[int]]:
        """Take these edits in place of the former ones, in slices; the last result is the points that changed."""
        moved: dict[int, dict[int, Offset]] = {}
        layer = None if edits is None else Edits(edits, self.fps)
        for rows in [] if layer is None else layer.moving_rows(len(self)):
            for row in rows:
                if points := layer.displacements(row):
                    moved[row] = points
                if row % _ROWS_A_SLICE == 0:
                    yield set()
        former, self._moved = self._moved, moved
        yield _changed_points(former, moved)

    def values(self, point: int) -> tuple[array, array, array]:
        """x, y and z of one point on each row, edits included."""
        x, y, z = (self.landmarks[3 * point + axis :: LANDMARK_FLOATS] for axis in range(3))
        for row, points in self._moved.items():
            if (offset := points.get(point)) is not None:
                x[row] += offset[0]
                y[row] += offset[1]
                z[row] += offset[2]
        return x, y, z

    def row(self, row: int) -> array:
        """68 x 3 metres, flat, edits included."""
        points = self.landmarks[row * LANDMARK_FLOATS : (row + 1) * LANDMARK_FLOATS]
        for point, offset in self._moved.get(row, {}).items():
            for axis in range(3):
                points[3 * point + axis] += offset[axis]
        return points

    def displacement(self, row: int, point: int) -> Offset:
        """By how much edits move a point on a row, metres in the head's frame."""
        return self._moved.get(row, {}).get(point, _STILL)

    def offset_to(self, row: int, point: int, place: Sequence[float]) -> Offset | None:
        """The edit that puts a point there, in metres from the plan; None where it is there already."""
        moved = self.displacement(row, point)
        at = row * LANDMARK_FLOATS + 3 * point
        offset = tuple(place[axis] - self.landmarks[at + axis] for axis in range(3))
        return offset if is_moved(a - b for a, b in zip(offset, moved, strict=True)) else None

    def offsets_to(self, point: int, curves: Sequence[Sequence[float]]) -> dict[int, Offset]:
        """The edits, by row, that make the point move as these three curves do, a value for each row."""
        shown = self.values(point)
        if all(list(curve) == list(own) for curve, own in zip(curves, shown, strict=True)):
            return {}
        edits = {}
        for row, place in enumerate(zip(*curves, strict=True)):
            if (offset := self.offset_to(row, point, place)) is not None:
                edits[row] = offset
        return edits


def face_as_shown(curves: Sequence[Sequence[array]], frame_start: int, fps: float, edits: LandmarkEdits | None):
    """The face that a .blend shows with these edits: x, y and z of each point over the same rows."""
    rows = len(curves[0][0])
    landmarks = array("f", bytes(4 * LANDMARK_FLOATS * rows))
    for point in range(LANDMARK_COUNT):
        for axis in range(3):
            landmarks[3 * point + axis :: LANDMARK_FLOATS] = curves[point][axis]
    face = EditedFace(landmarks, frame_start, fps)
    for _ in face.with_edits(edits):
        pass
    for row, points in face._moved.items():
        for point, offset in points.items():
            for axis in range(3):
                landmarks[row * LANDMARK_FLOATS + 3 * point + axis] -= offset[axis]
    return face


def _changed_points(former: dict[int, dict[int, Offset]], now: dict[int, dict[int, Offset]]) -> set[int]:
    changed = set()
    for row in former.keys() | now.keys():
        before, after = former.get(row, {}), now.get(row, {})
        if before != after:
            changed |= {point for point in before.keys() | after.keys() if before.get(point) != after.get(point)}
    return changed
