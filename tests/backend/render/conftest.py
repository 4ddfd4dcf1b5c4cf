"""A small head field with random weights and an analytic occupancy, and cameras to look at it."""

import numpy as np
import pytest
import torch

from emogene.render.head_field import HeadField, tiny_config
from emogene.render.neck import TORSO_POSE
from emogene.values import Camera, FaceState


def face_landmarks() -> np.ndarray:
    """(68, 3) a plausible resting face, symmetric, mouth closed: metres, canonical head frame."""
    points = np.zeros((68, 3), np.float32)
    turn = np.linspace(-1.0, 1.0, 17) * 1.3
    points[:17] = np.stack([0.073 * np.sin(turn), 0.02 - 0.115 * np.cos(turn) ** 2, 0.04 + 0.065 * np.cos(turn)], 1)
    points[17:22] = np.stack([np.linspace(-0.058, -0.012, 5), np.full(5, 0.04), np.linspace(0.08, 0.107, 5)], 1)
    points[22:27] = points[21:16:-1] * [-1, 1, 1]
    points[27:31] = np.stack([np.zeros(4), np.linspace(0.017, -0.016, 4), np.linspace(0.107, 0.131, 4)], 1)
    points[31:36] = np.stack(
        [np.linspace(-0.0125, 0.0125, 5), np.full(5, -0.0315), [0.109, 0.114, 0.116, 0.114, 0.109]], 1
    )
    eye = np.array([[-0.0446, 0.0143, 0.086], [-0.0387, 0.0187, 0.0936], [-0.0278, 0.0194, 0.0953],
                    [-0.0184, 0.0125, 0.092], [-0.0273, 0.0108, 0.0941], [-0.0386, 0.0107, 0.0923]])  # fmt: skip
    points[36:42] = eye
    points[[45, 44, 43, 42, 47, 46]] = eye * [-1, 1, 1]
    x = np.array([-0.025, -0.017, -0.007, 0.0, 0.007, 0.017, 0.025, 0.018, 0.010, 0.0, -0.010, -0.018])
    y = np.array([-0.055, -0.048, -0.044, -0.045, -0.044, -0.048, -0.055, -0.061, -0.063, -0.064, -0.063, -0.061])
    points[48:60] = np.stack([x, y, 0.118 - 25.0 * x**2], 1)
    x = np.array([-0.022, -0.010, 0.0, 0.010, 0.022, 0.0107, 0.0, -0.0107])
    y = np.array([-0.0549, -0.053, -0.0532, -0.053, -0.0549, -0.0538, -0.054, -0.0538])
    points[60:68] = np.stack([x, y, 0.1128 - 23.0 * x**2], 1)
    return points


def opened(landmarks: np.ndarray, drop: float) -> np.ndarray:
    """The face with lower lip and chin moved down by `drop` metres."""
    moved = landmarks.copy()
    moved[5:12, 1] -= drop
    moved[[55, 56, 57, 58, 59, 65, 66, 67], 1] -= drop
    return moved


@pytest.fixture
def rest() -> np.ndarray:
    return face_landmarks()


@pytest.fixture
def field(rest: np.ndarray) -> HeadField:
    """Random weights, visible inside an ellipsoid for the head and a box for the shoulders."""
    config = tiny_config()
    made = HeadField(config, rest, opened(rest, 0.010), seed=3).requires_grad_(False)
    made.table.mul_(100.0)
    axis = (np.arange(config.occupancy) + 0.5) / config.occupancy * config.box_side
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1) + np.array(config.box_low)
    head = ((points / [0.09, 0.12, 0.11]) ** 2).sum(-1) < 1.0
    shoulders = (np.abs(points - [0.0, -0.2, 0.0]) < [0.15, 0.06, 0.08]).all(-1)
    made.occupied.copy_(torch.from_numpy((head | shoulders).astype(np.uint8)))
    return made


def turned(yaw: float, pitch: float, shift: tuple[float, float, float]) -> np.ndarray:
    """(4, 4) head pose turned by degrees and moved by metres against the torso."""
    a, b = np.radians([yaw, pitch])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    pose = TORSO_POSE.copy()
    pose[:3, :3] = TORSO_POSE[:3, :3] @ about_y @ about_x
    pose[:3, 3] += shift
    return pose.astype(np.float32)


@pytest.fixture
def face(rest: np.ndarray) -> FaceState:
    return FaceState(opened(rest, 0.004), np.array([0.2, -0.1], np.float32), turned(12.0, 8.0, (0.01, 0.02, -0.005)))


def front_camera(width: int, height: int) -> Camera:
    """One metre in front of the face."""
    to_world = np.array([[1, 0, 0, 0], [0, 0, -1, -1.0], [0, 1, 0, -0.04], [0, 0, 0, 1]], np.float64)
    return Camera(to_world, 70.0, 36.0, width, height)
