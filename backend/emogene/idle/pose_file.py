"""Head poses that were tracked in a video, from a JSON file."""

from pathlib import Path

import msgspec
import numpy as np
from scipy.spatial.transform import Rotation

from emogene.render.neck import TORSO_POSE
from emogene.resample import frame_count, frame_times, resample_poses
from emogene_proto.errors import ActorError
from emogene_proto.names import MODEL_FPS

_RIGID = 1e-2
"""How far a rotation may be from orthogonal, as rounded numbers are."""


class PoseTrack(msgspec.Struct, frozen=True):
    """What the file holds; whatever else is in it does not matter."""

    fps: float
    poses: list[list[list[float]]]
    """(n, 4, 4) rows of the matrices, of consecutive pictures."""


def read_pose_track(path: Path) -> np.ndarray:
    """(n, 4, 4) float32 head to world at 25 fps, around the resting head.

    Head and camera have axes as a portrait has them: x to the right of the picture, y up, z towards who looks at it.
    Trackers write head to camera, or camera to head as data sets for radiance fields do, and often do not say which:
    read the wrong way round, a head that only turns circles around the camera. So the way is taken in which it stays
    nearer to one place.

    Raises:
        ActorError: no such file, or not such a track.
    """
    hint = 'Use a JSON file with "fps" and "poses", a list of 4x4 matrices.'
    try:
        track = msgspec.json.decode(path.read_bytes(), type=PoseTrack)
        poses = np.array(track.poses, np.float64)
    except OSError as error:
        raise ActorError(
            f"The pose track {path} cannot be read: {error.strerror}.", "Check the file's name."
        ) from error
    except msgspec.DecodeError as error:
        raise ActorError(f"{path} is not a pose track: {error}.", hint) from error
    except ValueError as error:
        raise ActorError(f"{path} is not a pose track: not all of its matrices have the same size.", hint) from error
    if poses.ndim != 3 or poses.shape[1:] != (4, 4) or not np.isfinite(poses).all() or not 1.0 <= track.fps <= 240.0:
        raise ActorError(f"{path} is not a pose track.", hint)
    if np.abs(poses[:, 3] - [0.0, 0.0, 0.0, 1.0]).max(initial=0.0) > _RIGID:
        raise ActorError(f"{path} is not a pose track: the last row of each matrix must be 0, 0, 0, 1.", hint)
    poses[:, 3] = [0.0, 0.0, 0.0, 1.0]
    turns = poses[:, :3, :3]
    if np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max() > _RIGID or (np.linalg.det(turns) < 0.0).any():
        raise ActorError(f"The poses in {path} are not rigid.", hint)
    around = _around_rest(poses)
    times = frame_times(frame_count(len(poses) / track.fps, MODEL_FPS), MODEL_FPS)
    return around if track.fps == MODEL_FPS else resample_poses(around, track.fps, times)


def _around_rest(poses: np.ndarray) -> np.ndarray:
    """(n, 4, 4) float32 head to world whose mean is the resting head."""
    inverse = np.linalg.inv(poses)
    head = min((poses, inverse), key=lambda track: float(track[:, :3, 3].var(0).sum()))
    usual = Rotation.from_matrix(head[:, :3, :3]).mean().as_matrix()
    settled = np.tile(np.eye(4), (len(poses), 1, 1))
    settled[:, :3, :3] = head[:, :3, :3] @ usual.T
    settled[:, :3, 3] = head[:, :3, 3] - head[:, :3, 3].mean(0)
    # Axes of the portrait are those of the head at rest, which TORSO_POSE lays into the world.
    turn = TORSO_POSE[:3, :3].astype(np.float64)
    settled[:, :3, :3] = turn @ settled[:, :3, :3]
    settled[:, :3, 3] = settled[:, :3, 3] @ turn.T
    return settled.astype(np.float32)
