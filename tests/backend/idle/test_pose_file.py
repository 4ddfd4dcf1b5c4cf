"""Tracked poses: either way round, any axes of rest, and refusals that say what is wrong."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from typer.testing import CliRunner

from emogene.cli_actor import app
from emogene.idle.head_motion import load_head_motion, to_motion
from emogene.idle.pose_file import read_pose_track
from emogene_proto.errors import ActorError

TIMES = np.arange(200) / 25


def head_to_camera() -> np.ndarray:
    """(200, 4, 4) a head 0.8 m before the camera that nods, turns and sways a little."""
    poses = np.tile(np.eye(4), (len(TIMES), 1, 1))
    angles = np.stack([0.1 * np.sin(2.0 * TIMES), 0.2 * np.sin(1.1 * TIMES), 0.02 * np.sin(3.0 * TIMES)], 1)
    poses[:, :3, :3] = Rotation.from_rotvec(angles).as_matrix()
    poses[:, :3, 3] = np.array([0.02, -0.03, -0.8]) + 0.01 * angles
    return poses


def written(path: Path, poses: np.ndarray, fps: float = 25.0) -> Path:
    path.write_bytes(msgspec.json.encode({"note": "any", "fps": fps, "poses": poses.tolist()}))
    return path


def test_camera_to_head_and_head_to_camera_are_the_same_head(tmp_path):
    head = head_to_camera()
    one = read_pose_track(written(tmp_path / "a.json", head))
    other = read_pose_track(written(tmp_path / "b.json", np.linalg.inv(head)))
    assert one.dtype == np.float32 and np.allclose(one, other, atol=1e-6)


def test_axes_are_those_of_a_portrait(tmp_path):
    """A nod is about the world's X, a turn to the subject's left about its Z; moving up is its Z."""
    motion = to_motion(read_pose_track(written(tmp_path / "a.json", head_to_camera())))
    turn = np.corrcoef(motion[:, 2], np.sin(1.1 * TIMES))[0, 1]
    nod = np.corrcoef(motion[:, 0], np.sin(2.0 * TIMES))[0, 1]
    up = np.corrcoef(motion[:, 5], np.sin(1.1 * TIMES))[0, 1]
    assert min(turn, nod, up) > 0.99
    assert np.allclose(motion[:, 3:].mean(0), 0.0, atol=1e-6)


def test_other_rates_come_out_at_25_fps(tmp_path):
    poses = read_pose_track(written(tmp_path / "a.json", head_to_camera(), fps=50.0))
    assert len(poses) == 100


@pytest.mark.parametrize(
    "content",
    [b"no json", b"{}", b'{"fps": 25, "poses": [[1, 2]]}', b'{"fps": 25, "poses": [[[1,0],[0,1]]]}'],
)
def test_what_is_no_track_is_refused(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ActorError, match="pose track"):
        read_pose_track(path)


@pytest.mark.parametrize("row", [[0.0, 0.0, 0.0, 0.0], [5.0, 5.0, 5.0, 1.0], [0.0, 0.0, 0.0, 1.1]])
def test_matrices_with_another_last_row_are_refused(tmp_path, row):
    poses = head_to_camera()
    poses[:, 3] = row
    with pytest.raises(ActorError, match="last row"):
        read_pose_track(written(tmp_path / "a.json", poses))


def test_matrices_of_different_sizes_are_refused_in_plain_words(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(msgspec.json.encode({"fps": 25, "poses": [np.eye(4).tolist(), [[1.0]]]}))
    with pytest.raises(ActorError, match="same size") as refused:
        read_pose_track(path)
    assert "inhomogeneous" not in str(refused.value)


def test_scaled_poses_and_missing_files_are_refused(tmp_path):
    scaled = head_to_camera()
    scaled[:, :3] *= 2.0
    with pytest.raises(ActorError, match="rigid"):
        read_pose_track(written(tmp_path / "a.json", scaled))
    with pytest.raises(ActorError, match="cannot be read"):
        read_pose_track(tmp_path / "none.json")


def test_tracked_poses_become_an_actors_bank(tmp_path):
    track, out = written(tmp_path / "a.json", head_to_camera()), tmp_path / "head_motion.safetensors"
    told = CliRunner().invoke(app, ["motion", "--poses", str(track), "--poses", str(track), "--out", str(out)])
    assert told.exit_code == 0 and "16 s of head motion from 2 clips" in told.output
    assert [len(poses) for poses in load_head_motion(out).recordings] == [200, 200]


def test_a_bank_comes_from_a_corpus_or_from_poses_and_not_from_nothing(tmp_path):
    told = CliRunner().invoke(app, ["motion", "--out", str(tmp_path / "head_motion.safetensors")])
    assert isinstance(told.exception, ActorError)
