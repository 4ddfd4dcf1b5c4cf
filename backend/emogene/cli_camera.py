"""The file of `--camera`: one camera, or one a frame, in JSON."""

from pathlib import Path
from typing import Any

import msgspec

from emogene_proto.camera_check import check_camera
from emogene_proto.errors import ShotError
from emogene_proto.shot import MOST_CAMERAS, CameraKey

_FORM = (
    'Write {"camera_to_world": [four rows of four], "focal_mm": 50, "sensor_mm": 36} for --camera, '
    "or a list of them, one a frame."
)


def read_cameras(path: Path) -> dict[str, Any]:
    """The camera in a JSON file, as fields of a Shot: `camera`, or `camera_track` where it is a list.

    Raises:
        ShotError: there is no such file, or something else is in it; rows are counted from 1.
    """
    if path.is_dir():
        raise ShotError(f"{path} is a folder.", "Give --camera a JSON file.")
    if not path.is_file():
        raise ShotError(f"There is no file {path}.", "Check the path of --camera.")
    try:
        written = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ShotError(f"{path.name} is not written as JSON, or breaks off.", f"Save it again. {_FORM}") from error
    if isinstance(written, dict):
        return {"camera": _camera(written, f"The camera of {path.name}")}
    if not isinstance(written, list) or not written:
        raise ShotError(f"{path.name} holds no camera.", _FORM)
    if len(written) > MOST_CAMERAS:
        raise ShotError(f"{path.name} has more than {MOST_CAMERAS:,} cameras.", "Make the shot shorter.")
    return {"camera_track": tuple(_camera(one, f"Camera {row} of {path.name}") for row, one in enumerate(written, 1))}


def _camera(written: Any, name: str) -> CameraKey:
    try:
        key = msgspec.convert(written, CameraKey)
    except msgspec.ValidationError as error:
        raise ShotError(f"{name} is not one: {error}.", _FORM) from error
    check_camera(key, name)
    return key
