"""A planned shot and its document as files: `landmarks.npz` and `shot.json`."""

import hashlib
import io
import os
import zipfile
from pathlib import Path

import msgspec
import numpy as np

from emogene.values import Plan
from emogene_proto.errors import AudioError, ShotError
from emogene_proto.names import EMOTIONS, LANDMARK_COUNT
from emogene_proto.shot import PictureRef, Shot
from emogene_proto.shot_document import from_json, to_json


def save_plan(path: Path, plan: Plan) -> None:
    """Write landmarks, weights, poses, gaze, fps and frame_start as NPZ; equal plans give equal bytes."""
    content = io.BytesIO()
    np.savez(
        content,
        landmarks=plan.landmarks,
        weights=plan.weights,
        poses=plan.poses,
        gaze=plan.gaze,
        fps=np.float64(plan.fps),
        frame_start=np.int64(plan.frame_start),
    )
    _write_whole(path, content.getbuffer())


def load_plan(path: Path) -> Plan:
    """Read what `save_plan` wrote.

    Raises:
        ShotError: the file is missing or is not a plan.
    """
    hint = "Plan the shot again with 'emogene landmarks'."
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in ("landmarks", "weights", "poses", "gaze", "fps", "frame_start")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ShotError(f"{path.name} is missing or is not a planned shot.", hint) from error
    count = len(arrays["landmarks"])
    shapes = {"landmarks": (LANDMARK_COUNT, 3), "weights": (len(EMOTIONS),), "poses": (4, 4), "gaze": (2,)}
    for name, shape in shapes.items():
        if arrays[name].shape != (count, *shape) or not np.isfinite(arrays[name]).all():
            raise ShotError(f"The {name} in {path.name} do not fit a planned shot.", hint)
    rows = {name: arrays[name].astype(np.float32) for name in shapes}
    return Plan(**rows, fps=float(arrays["fps"]), frame_start=int(arrays["frame_start"]))


def save_shot(path: Path, shot: Shot, audio: Path, picture: Path | None = None) -> None:
    """Write the document; audio and background are named relative to it, so that the folders can move together.

    Args:
        picture: where the background's picture lies, if the shot has one.
    """
    reference = msgspec.structs.replace(shot.audio, path=_relative(audio, path.parent))
    shot = msgspec.structs.replace(shot, audio=reference)
    if picture is not None and shot.background.picture is not None:
        shown = msgspec.structs.replace(shot.background.picture, path=_relative(picture, path.parent))
        shot = msgspec.structs.replace(shot, background=msgspec.structs.replace(shot.background, picture=shown))
    _write_whole(path, to_json(shot))


def load_shot(path: Path) -> tuple[Shot, Path]:
    """A shot document and where its audio lies.

    Raises:
        ShotError: the file is missing or is not a shot document.
        AudioError: the audio is not there, or is not the one that the shot was made with.
    """
    if not path.is_file():
        raise ShotError(f"There is no shot document {path}.", "Check the path.")
    shot = from_json(path.read_bytes())
    if not shot.audio.path:
        raise ShotError(f"{path.name} does not name its audio.", "Write the shot again.")
    audio = path.parent / shot.audio.path
    if not os.path.isfile(audio):  # noqa: PTH113 - Path's own raises where a name is too long
        raise AudioError(f"The shot's audio {shot.audio.path} is not there.", f"Put it back, seen from {path.parent}.")
    if shot.audio.sha256 and file_sha256(audio) != shot.audio.sha256:
        raise AudioError(f"{audio.name} has changed since the shot was made.", "Make the shot again.")
    return shot, audio


def shot_picture(path: Path, shot: Shot) -> Path | None:
    """Where the picture behind the actor of a shot document lies; None where the shot has none.

    Args:
        path: the document.

    Raises:
        ShotError: the picture is not there, or is not the one that the shot was made with.
    """
    if shot.background.kind != "picture":
        return None
    reference = shot.background.picture or PictureRef()
    picture = path.parent / reference.path
    if not reference.path or not os.path.isfile(picture):  # noqa: PTH113 - as above
        hint = f"Put it back, seen from {path.parent}."
        raise ShotError(f"The shot's background picture {reference.path} is not there.", hint)
    if reference.sha256 and file_sha256(picture) != reference.sha256:
        raise ShotError(f"{picture.name} has changed since the shot was made.", "Make the shot again.")
    return picture


def file_sha256(path: Path) -> str:
    """Hash of a file's content, as lower-case hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_whole(path: Path, content: bytes | memoryview) -> None:
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _relative(path: Path, folder: Path) -> str:
    """`path` seen from `folder`, with forward slashes; absolute where they are on different drives."""
    path, folder = path.resolve(), folder.resolve()
    if path.drive != folder.drive:
        return path.as_posix()
    return Path(os.path.relpath(path, folder)).as_posix()
