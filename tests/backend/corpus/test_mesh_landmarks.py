"""The table from MediaPipe's mesh to the 68 landmarks."""

import numpy as np

from emogene.corpus.mesh_landmarks import IBUG_POINTS, MESH_POINTS, STABLE_POINTS, TRACKED_POINTS, tracked_points
from emogene_proto.names import LANDMARK_REGIONS

MIRRORED = (
    *reversed(range(17)),
    *reversed(range(17, 27)),
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
)
"""The landmark on the other side of each."""
MESH_PAIRS = {61: 291, 78: 308, 33: 263, 133: 362, 127: 356, 39: 269, 81: 311, 178: 402, 98: 327, 70: 300, 160: 387}


def test_every_landmark_has_a_point_of_its_own():
    assert len(IBUG_POINTS) == len(set(IBUG_POINTS)) == 68
    assert TRACKED_POINTS[:68] == IBUG_POINTS
    assert max(TRACKED_POINTS) < MESH_POINTS


def test_corners_and_middles_of_the_mouth_are_the_meshs_own():
    assert [IBUG_POINTS[i] for i in (48, 54, 60, 64, 51, 57, 62, 66)] == [61, 291, 78, 308, 0, 17, 13, 14]


def test_left_and_right_are_mirror_images():
    for right, left in MESH_PAIRS.items():
        assert MIRRORED[IBUG_POINTS.index(right)] == IBUG_POINTS.index(left)


def test_what_moves_in_speech_is_not_called_stable():
    moving = [i for name in ("jaw", "lips_outer", "lips_inner") for i in LANDMARK_REGIONS[name]][3:14]
    assert not {IBUG_POINTS[i] for i in moving} & set(STABLE_POINTS)
    assert not set(IBUG_POINTS[48:]) & set(STABLE_POINTS)


def test_pixels_point_right_up_and_to_the_camera():
    mesh = np.zeros((MESH_POINTS, 3), np.float32)
    mesh[IBUG_POINTS[30]] = [0.5, 0.25, -0.1]
    assert np.allclose(tracked_points(mesh, 640, 480)[30], [320, -120, 64])
