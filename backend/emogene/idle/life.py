"""What makes a face alive beside speech and emotion: eyes that wander, lids that blink, a body that breathes.

Each has a size of its own, from 0, and random numbers of its own: changing one leaves when and how the others move as
it is, and nothing here knows of emotions.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from emogene.idle.blink import closure_at, draw_blinks
from emogene.idle.breath import breath_motion, draw_breaths
from emogene.idle.gaze import draw_fixations, gaze_track, head_turns, wandering
from emogene.idle.sway import sway_motion
from emogene_proto.shot import Performance


@dataclass(frozen=True)
class Life:
    """One row for each of the times asked for."""

    poses: np.ndarray
    """(T, 4, 4) float32 head to world, with breath, sway and the head's part in wide looks."""
    gaze: np.ndarray
    """(T, 2) float32 radians in the head frame: yaw to the subject's left, pitch up."""
    closure: np.ndarray
    """(T, 2) float32 right eye and left, 0 open to 1 shut."""


def life(
    poses: np.ndarray, activity: np.ndarray, performance: Performance, seed: int, times_seconds: np.ndarray
) -> Life:
    """Add life to a moving head, read at any times: a blink or a dart is shorter than a frame or two, so it is not
    drawn at one rate and resampled to another.

    Args:
        poses: (N, 4, 4) head to world at `times_seconds`.
        activity: (T,) at 25 fps, 0 in speech to 1 idle.
        performance: `blink`; `gaze`, which is also how far the head goes along; `breath`, which is sway too. 0 is
            exactly none of it.
        times_seconds: (N,) of the shot's frames, in order.
    """
    fixations = draw_fixations(activity, seed)
    blinks = draw_blinks(activity, fixations, seed, performance.blink)
    alive, looking = poses, np.zeros((len(poses), 2))
    if performance.gaze > 0.0:
        looking = performance.gaze * wandering(fixations, seed, times_seconds)
        turns = performance.gaze * head_turns(fixations, times_seconds)
        alive = _moved(alive, np.pad(turns[:, ::-1] * [-1.0, 1.0], ((0, 0), (0, 4))))
    if performance.breath > 0.0:
        motion = sway_motion(activity, seed, times_seconds)
        motion += breath_motion(draw_breaths(activity, seed), times_seconds)
        alive = _moved(alive, performance.breath * motion)
    return Life(alive, gaze_track(alive, looking), closure_at(blinks, times_seconds))


def _moved(poses: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """(T, 4, 4) float32 heads turned about their own axes by (T, 6) radians, and shifted in the world by metres."""
    moved = poses.copy()
    moved[:, :3, :3] = poses[:, :3, :3].astype(np.float64) @ Rotation.from_rotvec(motion[:, :3]).as_matrix()
    moved[:, :3, 3] += motion[:, 3:].astype(np.float32)
    return moved
