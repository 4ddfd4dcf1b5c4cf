"""A planned shot and its document as files: `landmarks.npz` and `shot.json`."""

import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from emogene.values import Plan
from emogene.whole_write import write_whole
from emogene_proto.errors import AudioError, ShotError
from emogene_proto.names import EMOTIONS, LANDMARK_COUNT
from emogene_proto.shot import AudioRef, PictureRef, Shot
from emogene_proto.shot_document import from_json, to_json

_SHAPES = {"landmarks": (LANDMARK_COUNT, 3), "weights": (len(EMOTIONS),), "poses": (4, 4), "gaze": (2,)}
"""Arrays of a plan, with the shape of a row."""
_PLAN_AGAIN = "Plan the shot again with 'emogene landmarks'."


@dataclass(frozen=True)
class PlanFile:
    """A plan as it lies in a file, and what it was made of."""

    plan: Plan
    shot: str
    """The key of what of a shot and its actor decides a plan; empty in files of an earlier EmoGene."""
    code: str
    """Says which releases of our code and of libraries planned it."""


def save_plan(path: Path, made: PlanFile) -> None:
    """Write landmarks, weights, poses, gaze, fps, frame_start and where it comes from as NPZ; equal plans give equal
    bytes, and a file that holds them already is left alone."""
    plan, content = made.plan, io.BytesIO()
    np.savez(
        content,
        **{name: getattr(plan, name) for name in _SHAPES},
        fps=np.float64(plan.fps),
        frame_start=np.int64(plan.frame_start),
        planned_for=np.array([made.shot, made.code, _digest(plan)]),
    )
    _write_new(path, content.getvalue())


def load_plan(path: Path) -> Plan:
    """Read what `save_plan` wrote.

    Raises:
        ShotError: the file is missing, is not a plan, or was changed since.
    """
    return load_plan_file(path).plan


def load_plan_file(path: Path) -> PlanFile:
    """Read a plan and what it was made of.

    Raises:
        ShotError: the file is missing, is not a plan, or was changed since.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in (*_SHAPES, "fps", "frame_start")}
            source = stored["planned_for"] if "planned_for" in stored else np.array(["", "", ""])
        fps, frame_start = float(arrays["fps"]), int(arrays["frame_start"])
        shot, code, digest = (str(text) for text in source)
    except FileNotFoundError as error:
        raise ShotError(f"There is no planned shot {path}.", "Check the path, or leave out --plan.") from error
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ShotError(f"{path.name} is not a planned shot, or cannot be read.", _PLAN_AGAIN) from error
    count = len(arrays["landmarks"]) if arrays["landmarks"].ndim else 0
    for name, shape in _SHAPES.items():
        rows = arrays[name]
        if rows.shape != (count, *shape) or rows.dtype.kind != "f" or not np.isfinite(rows).all():
            raise ShotError(f"The {name} in {path.name} do not fit a planned shot.", _PLAN_AGAIN)
    plan = Plan(**{name: arrays[name].astype(np.float32) for name in _SHAPES}, fps=fps, frame_start=frame_start)
    if digest and digest != _digest(plan):
        raise ShotError(f"{path.name} was changed since it was planned.", _PLAN_AGAIN)
    return PlanFile(plan, shot, code)


def _digest(plan: Plan) -> str:
    digest = hashlib.sha256()
    for name in _SHAPES:
        digest.update(np.ascontiguousarray(getattr(plan, name), "<f4").tobytes())
    return digest.hexdigest()


def save_shot(path: Path, shot: Shot, recordings: Sequence[Path], picture: Path | None = None) -> None:
    """Write the document; recordings, background and actor are named relative to it, so that folders can move together.

    Args:
        shot: an actor that is not bundled is named by its absolute path.
        recordings: where each of `shot.recordings` lies.
        picture: where the background's picture lies, if the shot has one.
    """
    if Path(shot.actor).is_absolute():
        shot = msgspec.structs.replace(shot, actor=_relative(Path(shot.actor), path.parent))
    shot = _with_recordings(shot, [{"path": _relative(audio, path.parent)} for audio in recordings])
    if picture is not None and shot.background.picture is not None:
        shown = msgspec.structs.replace(shot.background.picture, path=_relative(picture, path.parent))
        shot = msgspec.structs.replace(shot, background=msgspec.structs.replace(shot.background, picture=shown))
    _write_new(path, to_json(shot))


def load_shot(path: Path) -> tuple[Shot, tuple[Path, ...]]:
    """A shot document and where each of its recordings lies.

    Raises:
        ShotError: the file is missing or is not a shot document.
        AudioError: a recording is not there, or is not the one that the shot was made with.
    """
    if not path.is_file():
        raise ShotError(f"There is no shot document {path}.", "Check the path.")
    shot = from_json(path.read_bytes())
    return shot, shot_recordings(path, shot)


def shot_recordings(path: Path, shot: Shot) -> tuple[Path, ...]:
    """Where each recording of a shot document lies; one that is used several times is read once.

    Args:
        path: the document.

    Raises:
        ShotError: the shot names none.
        AudioError: one is not there, or is not the one that the shot was made with.
    """
    named = [msgspec.structs.replace(part.audio, offset_seconds=0.0, duration_seconds=None) for part in shot.recordings]
    found = {reference: recording_file(path, reference) for reference in dict.fromkeys(named)}
    return tuple(found[reference] for reference in named)


def recording_file(path: Path, reference: AudioRef) -> Path:
    """Where a recording of a shot document lies.

    Args:
        path: the document.

    Raises:
        ShotError: the shot does not name it.
        AudioError: it is not there, or is not the one that the shot was made with.
    """
    if not reference.path:
        raise ShotError(f"{path.name} does not name its audio.", "Write the shot again.")
    audio = path.parent / reference.path
    if not os.path.isfile(audio):  # noqa: PTH113 - Path's own raises where a name is too long
        raise AudioError(f"The shot's audio {reference.path} is not there.", f"Put it at {audio.absolute()}.")
    if reference.sha256 and file_sha256(audio) != reference.sha256:
        raise AudioError(f"{audio.name} has changed since the shot was made.", "Make the shot again.")
    return audio


def shot_actor(path: Path, shot: Shot) -> str:
    """The actor of a shot document: `bundled`, or the absolute path of its pack, which need not be there.

    Args:
        path: the document; a relative name is seen from its folder.
    """
    return shot.actor if shot.actor == "bundled" else (path.parent / shot.actor).resolve().as_posix()


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
        hint = f"Put it at {picture.absolute()}."
        raise ShotError(f"The shot's background picture {reference.path} is not there.", hint)
    if reference.sha256 and file_sha256(picture) != reference.sha256:
        raise ShotError(f"{picture.name} has changed since the shot was made.", "Make the shot again.")
    return picture


def with_file_hashes(shot: Shot, recordings: Sequence[Path], picture: Path | None) -> Shot:
    """The shot with the hashes of its recordings and of its background's picture in it.

    Args:
        recordings: where each of `shot.recordings` lies.
    """
    hashes = {audio: file_sha256(audio) for audio in dict.fromkeys(recordings)}
    shot = _with_recordings(shot, [{"sha256": hashes[audio]} for audio in recordings])
    background = shot.background
    if picture is not None and background.picture is not None:
        shown = msgspec.structs.replace(background.picture, sha256=file_sha256(picture))
        background = msgspec.structs.replace(background, picture=shown)
    return msgspec.structs.replace(shot, background=background)


def _with_recordings(shot: Shot, changes: Sequence[dict[str, str]]) -> Shot:
    """The shot with changed references to its recordings, one change for each."""
    replace = msgspec.structs.replace
    first, *further = (
        replace(part, audio=replace(part.audio, **change))
        for part, change in zip(shot.recordings, changes, strict=True)
    )
    return replace(shot, audio=first.audio, further_audio=tuple(further))


def file_sha256(path: Path) -> str:
    """Hash of a file's content, as lower-case hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_new(path: Path, content: bytes) -> None:
    """Write, unless it is there already: several processes may render parts of one shot into one folder."""
    try:
        if path.read_bytes() == content:
            return
    except OSError:
        pass  # not there, or not to be read; writing says what is wrong
    write_whole(path, content)


def _relative(path: Path, folder: Path) -> str:
    """`path` seen from `folder`, with forward slashes; absolute where they are on different drives."""
    path, folder = path.resolve(), folder.resolve()
    if path.drive != folder.drive:
        return path.as_posix()
    return Path(os.path.relpath(path, folder)).as_posix()
