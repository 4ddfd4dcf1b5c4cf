"""From the models' rate to the scene's, without drift: every new row is read at its own exact time."""

import math

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial.transform import Rotation, Slerp

from emogene.values import FaceState, Plan

_BLOCK = 2048
"""Rows that are read at a time: a curve takes many times the memory of its rows."""


def frame_count(duration_seconds: float, fps: float) -> int:
    """Frames that cover a duration; a remainder under a millionth of a frame is rounding, not another frame."""
    return max(1, math.ceil(duration_seconds * fps - 1e-6))


def frame_times(count: int, fps: float) -> np.ndarray:
    """(T,) float64 seconds of frames 0 to count - 1, each computed from its number, so that no error adds up."""
    return np.arange(count, dtype=np.float64) / fps


def resample_curves(rows: np.ndarray, fps: float, times_seconds: np.ndarray) -> np.ndarray:
    """Rows of a (T, ...) array at `fps`, read at other times, as float32.

    Monotone cubic: exact where times coincide, and never beyond the neighbouring rows, so that closed lips stay closed
    lips. Before the first and after the last row the end holds.
    """
    positions = _positions(len(rows), fps, times_seconds)
    if len(rows) == 1:
        return np.repeat(rows, len(positions), 0).astype(np.float32)
    resampled = np.empty((len(positions), *rows.shape[1:]), np.float32)
    for first in range(0, len(positions), _BLOCK):
        wanted = positions[first : first + _BLOCK]
        # A curve between two rows depends on these and on one more to each side.
        low = max(int(wanted.min()) - 2, 0)
        known = rows[low : int(wanted.max()) + 4].astype(np.float64)
        curve = PchipInterpolator(np.arange(low, low + len(known)), known, axis=0)
        resampled[first : first + _BLOCK] = curve(wanted)
    return resampled


def resample_poses(poses: np.ndarray, fps: float, times_seconds: np.ndarray) -> np.ndarray:
    """(T, 4, 4) rigid poses at `fps`, read at other times: rotations by slerp, translations as curves."""
    positions = _positions(len(poses), fps, times_seconds)
    resampled = np.tile(np.eye(4, dtype=np.float32), (len(positions), 1, 1))
    resampled[:, :3, 3] = resample_curves(poses[:, :3, 3], fps, times_seconds)
    if len(poses) == 1:
        resampled[:, :3, :3] = poses[0, :3, :3]
        return resampled
    turn = Slerp(np.arange(len(poses)), Rotation.from_matrix(poses[:, :3, :3].astype(np.float64)))
    resampled[:, :3, :3] = turn(positions).as_matrix()
    return resampled


def face_at(plan: Plan, seconds: float) -> FaceState:
    """The planned face at any time, in seconds from the plan's first row; beyond its ends the end holds.

    A time on a frame gives that row as it is. Between frames landmarks and gaze follow monotone cubic curves, and the
    head's rotation a slerp.
    """
    (position,) = _positions(len(plan), plan.fps, np.array([seconds]))
    if position == round(position):
        return plan.face(int(position))
    low = max(int(position) - 2, 0)
    near = slice(low, int(position) + 4)  # more rows a curve between two does not depend on
    times = np.array([(position - low) / plan.fps])
    return FaceState(
        landmarks=resample_curves(plan.landmarks[near], plan.fps, times)[0],
        gaze=resample_curves(plan.gaze[near], plan.fps, times)[0],
        pose=resample_poses(plan.poses[near], plan.fps, times)[0],
    )


def _positions(count: int, fps: float, times_seconds: np.ndarray) -> np.ndarray:
    """(N,) row numbers with fractions; a hair from a whole row counts as that row."""
    positions = np.asarray(times_seconds, np.float64) * fps
    whole = np.round(positions)
    positions = np.where(np.abs(positions - whole) < 1e-6, whole, positions)
    return np.clip(positions, 0.0, count - 1.0)
