"""Where the eyes look: they hold a point in front of the face while the head turns, and dart away now and then."""

import numpy as np

from emogene_proto.names import MODEL_FPS

FOCUS = np.array([0.0, -1.0, -0.03])
"""World point that the eyes come back to: where a camera stands in front of the resting face, metres."""
SHORTEST_FIXATION = 0.25
"""Seconds."""
NEAR_EXCESS = 1.1
"""Mean seconds by which a fixation on the focus exceeds the shortest one."""
AWAY_EXCESS = 0.4
"""The same past the focus."""
AWAY_SHARE = 0.3
"""Share of fixations that look past the focus."""
AWAY_SPREAD = (0.16, 0.07)
"""Standard deviation of those, yaw and pitch in radians."""
NEAR_SPREAD = (0.02, 0.012)
"""The same for fixations on the focus: from eye to eye, to the mouth."""
DART = np.array([0.35, 0.9])
"""Share of the way made after one and after two frames at 25 fps."""
GAZE_LIMIT = (0.35, 0.27)
"""Eyes do not turn further in the head, radians."""


def gaze_track(poses: np.ndarray, seed: int, scale: float = 1.0) -> np.ndarray:
    """(T, 2) float32 gaze at 25 fps: yaw to the subject's left and pitch up, radians in the head frame.

    Args:
        poses: (T, 4, 4) head to world, which the eyes turn against.
        scale: size of the wandering; 0 holds the focus.
    """
    wandering = _wandering(len(poses), np.random.default_rng([seed, 0x6A2E]))
    return np.clip(_towards_focus(poses) + scale * wandering, -np.array(GAZE_LIMIT), GAZE_LIMIT).astype(np.float32)


def _towards_focus(poses: np.ndarray) -> np.ndarray:
    """(T, 2) angles under which the head sees the focus."""
    offset = FOCUS - poses[:, :3, 3].astype(np.float64)
    seen = np.einsum("tij,ti->tj", poses[:, :3, :3].astype(np.float64), offset)
    return np.stack([np.arctan2(seen[:, 0], seen[:, 2]), np.arctan2(seen[:, 1], np.hypot(seen[:, 0], seen[:, 2]))], 1)


def _wandering(frames: int, random: np.random.Generator) -> np.ndarray:
    """(T, 2) fixations with quick darts between them, around the focus."""
    track = np.zeros((frames, 2))
    frame, present = 0, np.zeros(2)
    while frame < frames:
        away = frame > 0 and random.random() < AWAY_SHARE
        target = random.normal(0.0, AWAY_SPREAD if away else NEAR_SPREAD)
        seconds = SHORTEST_FIXATION + random.exponential(AWAY_EXCESS if away else NEAR_EXCESS)
        length = int(seconds * MODEL_FPS)
        way = np.concatenate([DART, np.ones(max(length, 1))])[: frames - frame, None]
        track[frame : frame + len(way)] = present + way * (target - present)
        frame, present = frame + len(way), target
    return track
