"""`--camera` and `--format`: a camera or one a frame, in JSON; what cannot be is refused in words."""

from pathlib import Path

import msgspec
import pytest

from emogene.cli_options import ShotOptions
from emogene.cli_shot import source
from emogene_proto.errors import ShotError
from emogene_proto.shot import CameraKey, Crop

ROWS = ((1.0, 0.0, 0.0, 0.0), (0.0, 0.0, -1.0, -0.7), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))
KEY = {"camera_to_world": ROWS, "focal_mm": 50, "sensor_mm": 36}


@pytest.fixture
def voice(tmp_path) -> Path:
    path = tmp_path / "voice.wav"
    path.write_bytes(b"read later")
    return path


def shot_with(voice: Path, content: object, **picture):
    path = voice.with_name("camera.json")
    path.write_bytes(content if isinstance(content, bytes) else msgspec.json.encode(content))
    return source(voice, ShotOptions(), camera=path, **picture).shot


def test_one_camera_or_one_a_frame(voice):
    assert shot_with(voice, KEY).camera == CameraKey(ROWS, 50.0, 36.0)
    whole = {**KEY, "sensor_fit": "auto", "shift_x": 0.1, "crop": {"left": 1, "top": 2, "width": 30, "height": 40}}
    shot = shot_with(voice, [KEY | {"crop": whole["crop"]}, whole], output="exr")
    assert shot.camera is None and len(shot.camera_track) == 2 and shot.output == "exr"
    assert shot.camera_track[1] == CameraKey(ROWS, 50.0, 36.0, sensor_fit="auto", shift_x=0.1, crop=Crop(1, 2, 30, 40))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not written as JSON"),
        (b"[{", "not written as JSON"),
        (b"\xff", "not written as JSON"),
        (b"[]", "no camera"),
        (b"3", "no camera"),
        ([KEY, {**KEY, "focal": 3}], "Camera 2 of camera.json"),
        ([KEY, KEY, {**KEY, "focal_mm": 0}], "Camera 3 of camera.json has no possible lens"),
        ({**KEY, "camera_to_world": ROWS[:3]}, "4x4"),
        ({"focal_mm": 50}, "The camera of camera.json is not one"),
    ],
)
def test_what_is_no_camera_is_refused(voice, content, problem):
    with pytest.raises(ShotError) as caught:
        shot_with(voice, content)
    assert problem in caught.value.message and caught.value.hint


def test_missing_files_and_unknown_forms_are_told(voice, tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ShotError, match=r"no file|folder"):
            source(voice, ShotOptions(), camera=path)
    with pytest.raises(ShotError, match="tiff"):
        source(voice, ShotOptions(), output="tiff")
