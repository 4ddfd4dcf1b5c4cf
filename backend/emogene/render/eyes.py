"""Eye features: where a sample lies against the direction of gaze, so that irises turn crisply with it.

Inside a window around each eyeball a sample gets its lateral position in the gaze frame (in iris radii), and how
far it is inside the iris' and the pupil's edge. The hash grid stays fixed in the head, so lids, white and lashes do
not turn.
"""

import numpy as np
import torch

EYE_RADIUS = 0.0145
IRIS_RADIUS = 0.0058
IRIS_SLOPE = 4.0
PUPIL_SIZE = 0.38
"""Pupil radius in iris radii."""
PUPIL_SLOPE = 6.0
WINDOW_FULL = 1.25
"""The window is full up to this many eyeball radii from its centre."""
WINDOW_FADE = 0.15
FRONT_START = 0.3
"""Samples less than this many radii in front of the centre get nothing."""
FRONT_FADE = 0.2
CENTRE_OFFSET = np.array([0.0, 0.0016, -0.0117], np.float32)
"""From the middle of an open eye's six landmarks at rest to the centre of its eyeball: metres."""
FEATURES = 5


def eye_centres(rest: np.ndarray) -> np.ndarray:
    """(2, 3) eyeball centres, subject's right then left, of (68, 3) landmarks at rest."""
    return np.stack([rest[36:42].mean(0), rest[42:48].mean(0)]).astype(np.float32) + CENTRE_OFFSET


def gaze_axes(gaze: np.ndarray) -> np.ndarray:
    """(3, 3) float32 rows: right, up and forward of eyes that look along (yaw, pitch)."""
    yaw, pitch = float(gaze[0]), float(gaze[1])
    forward = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    return np.stack([right, np.cross(forward, right), forward]).astype(np.float32)


def eye_features(points: torch.Tensor, centres: torch.Tensor, axes: torch.Tensor) -> torch.Tensor:
    """(N, 5) features of (N, 3) canonical points: lateral x and y, inside iris, inside pupil, window."""
    centre = torch.where(points[:, :1] < 0.0, centres[0], centres[1])
    offset = points - centre
    turned = offset @ axes.T if axes.ndim == 2 else torch.einsum("ni,nji->nj", offset, axes)
    local = turned / IRIS_RADIUS
    radius = torch.sqrt(local[:, 0] ** 2 + local[:, 1] ** 2)
    distance = torch.sqrt((offset**2).sum(1)) / EYE_RADIUS
    front = local[:, 2] * (IRIS_RADIUS / EYE_RADIUS)
    window = ((WINDOW_FULL + WINDOW_FADE - distance) / WINDOW_FADE).clamp(0, 1)
    window = window * ((front - FRONT_START) / FRONT_FADE).clamp(0, 1)
    iris = (0.5 + IRIS_SLOPE * (1.0 - radius)).clamp(0, 1)
    pupil = (0.5 + PUPIL_SLOPE * (PUPIL_SIZE - radius)).clamp(0, 1)
    lateral = 0.5 * local[:, :2].clamp(-2.0, 2.0)
    return window[:, None] * torch.cat([lateral, torch.stack([iris, pupil, torch.ones_like(iris)], 1)], 1)
