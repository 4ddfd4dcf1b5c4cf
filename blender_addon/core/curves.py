# SPDX-License-Identifier: GPL-3.0-or-later
"""From planned landmarks and head poses to the curves of empties.

The landmark empties are children of the head empty, so their own curves are in the canonical head frame.
"""

from dataclasses import dataclass

import numpy as np

LANDMARK_NAME = "EmoGene_lm_{:02d}"
HEAD_NAME = "EmoGene_head"
COLLECTION_NAME = "EmoGene landmarks"


@dataclass(frozen=True)
class PlannedShot:
    """A plan as it came from the backend: one row a frame at the scene's rate."""

    landmarks: np.ndarray
    """(T, 68, 3) float32 metres, canonical head frame."""
    weights: np.ndarray
    """(T, 8) float32 emotion weights, rows sum to 1."""
    poses: np.ndarray
    """(T, 4, 4) float32 head to world."""
    fps: float
    frame_start: int

    def __len__(self) -> int:
        return len(self.landmarks)


@dataclass(frozen=True)
class Curve:
    """One animated number: a Blender data path and index, and its value on each frame."""

    data_path: str
    index: int
    values: np.ndarray
    """(T,) float32"""


def landmark_curves(landmarks: np.ndarray, point: int) -> list[Curve]:
    """Location curves of one landmark of (T, 68, 3)."""
    return [Curve("location", axis, landmarks[:, point, axis]) for axis in range(3)]


def head_curves(poses: np.ndarray) -> list[Curve]:
    """Location and quaternion curves of (T, 4, 4) head poses."""
    curves = [Curve("location", axis, poses[:, axis, 3]) for axis in range(3)]
    turns = quaternions(poses[:, :3, :3])
    return curves + [Curve("rotation_quaternion", part, turns[:, part]) for part in range(4)]


def keyframe_coordinates(values: np.ndarray, frame_start: int) -> np.ndarray:
    """(2 T,) float32 frame, value, frame, value ... as Blender takes keyframes in bulk."""
    coordinates = np.empty((len(values), 2), np.float32)
    coordinates[:, 0] = np.arange(frame_start, frame_start + len(values))
    coordinates[:, 1] = values
    return coordinates.ravel()


def quaternions(rotations: np.ndarray) -> np.ndarray:
    """(T, 4) float32 w, x, y, z of (T, 3, 3) rotations; neighbours never differ in sign, so that curves are smooth."""
    products = _quaternion_products(rotations.astype(np.float64))
    # Row k of q q^T is q[k] q; the row of the largest component is the one that divides safely.
    largest = np.argmax(np.einsum("tkk->tk", products), axis=1)
    rows = products[np.arange(len(products)), largest]
    turns = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    flips = np.sign(np.sum(turns[1:] * turns[:-1], axis=1))
    flips[flips == 0] = 1.0
    signs = np.concatenate([np.where(turns[:1, 0] < 0, -1.0, 1.0), flips]).cumprod()
    return (turns * signs[:, None]).astype(np.float32)


def _quaternion_products(m: np.ndarray) -> np.ndarray:
    """(T, 4, 4) outer products 4 q q^T from (T, 3, 3) rotation matrices."""
    trace = np.einsum("tii->t", m)
    products = np.empty((len(m), 4, 4))
    products[:, 0, 0] = 1.0 + trace
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        products[:, i + 1, i + 1] = 1.0 + 2.0 * m[:, i, i] - trace
        products[:, 0, i + 1] = products[:, i + 1, 0] = m[:, k, j] - m[:, j, k]
        products[:, j + 1, k + 1] = products[:, k + 1, j + 1] = m[:, k, j] + m[:, j, k]
    return products


def empty_size(landmarks: np.ndarray) -> float:
    """Display size in metres of a landmark empty: a small part of the face's width."""
    width = float(np.linalg.norm(landmarks[0, 16] - landmarks[0, 0]))
    return max(0.015 * width, 1e-4)
