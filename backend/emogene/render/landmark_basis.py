"""What training fixes from the corpus' landmarks before it starts: the reference face and the components."""

import numpy as np
import torch

from .field import RadianceField

OPEN_EYES = 0.2
"""Frames that blink less than this may shape the reference face."""
REFERENCE_SHARE = 0.15
"""The reference face is the mean of this share of the frames, those with the widest open mouths."""
UPPER_LIP, LOWER_LIP = [61, 62, 63], [67, 66, 65]
FLOOR = 0.002
"""Metres added to a component's deviation, so that components of mere noise stay small."""
LIMIT = 1.15
"""Components are clamped to this times the largest that the corpus has."""


def reference_face(landmarks: np.ndarray, blink: np.ndarray) -> np.ndarray:
    """(68, 3) mean of the frames with open eyes and the widest open mouths.

    There lips and lids are apart, so the warp has room between them.
    """
    opening = np.linalg.norm(landmarks[:, UPPER_LIP] - landmarks[:, LOWER_LIP], axis=2).mean(1)
    opening = np.where(blink < OPEN_EYES, opening, -1.0)
    chosen = np.argsort(opening)[-max(1, int(REFERENCE_SHARE * len(landmarks))) :]
    return landmarks[chosen].mean(0).astype(np.float32)


def fit_landmarks(field: RadianceField, landmarks: np.ndarray) -> None:
    """Set the field's landmark components to the principal ones of (N, 68, 3) landmarks, nearly whitened."""
    flat = landmarks.reshape(len(landmarks), -1).astype(np.float64)
    mean = flat.mean(0)
    _, values, rows = np.linalg.svd(flat - mean, full_matrices=False)
    deviation = values / np.sqrt(len(flat))
    # The sign that a decomposition picks is chance; the largest entry is made positive.
    rows *= np.sign(rows[np.arange(len(rows)), np.abs(rows).argmax(1)])[:, None]
    basis = np.zeros((flat.shape[1], field.config.components))
    count = min(field.config.components, len(rows))
    basis[:, :count] = (rows / (deviation[:, None] + FLOOR))[:count].T
    field.landmark_mean.copy_(torch.from_numpy(mean))
    field.landmark_basis.copy_(torch.from_numpy(basis))
    field.landmark_limit.copy_(torch.from_numpy(LIMIT * np.abs((flat - mean) @ basis).max(0) + 1e-3))
