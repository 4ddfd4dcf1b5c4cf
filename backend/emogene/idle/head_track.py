"""The movement of an animated object, e.g. an empty in Blender, that moves the head."""

import numpy as np

from emogene_proto.shot import HeadTrack


def object_motion(track: HeadTrack, frames: int) -> np.ndarray:
    """(T, 6) motion at the shot's rate: rotation vector and metres in the world's axes, away from the resting head.

    The rows are those of the track, as they were animated: a quick nod read at the models' rate and back would lose a
    good part of its size.

    The head does what the object does: it turns about its own origin between the ears, where its upper joint is, and
    the neck bends after it. Before its first and after its last row the object holds.

    Args:
        track: one row a frame of the shot, from the first sample of the sound on.
        frames: of the shot.
    """
    rows = np.array(track.motion, np.float64).reshape(-1, 6)[np.minimum(np.arange(frames), len(track.motion) - 1)]
    return np.concatenate([rows[:, 3:], rows[:, :3]], axis=1)
