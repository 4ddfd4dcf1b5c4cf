"""The file of `--head-track`: a movement of the head as rows of numbers in JSON."""

from pathlib import Path
from typing import Any

import msgspec

from emogene_proto.errors import ShotError
from emogene_proto.shot import MOST_ROWS, HeadTrack
from emogene_proto.shot_check import LARGEST_HEAD_MOTION

_FORM = "Write [[x, y, z, rx, ry, rz], ...] for --head-track: metres and a rotation vector in radians, one row a frame."
_NAMES = ("x", "y", "z", "rx", "ry", "rz")


def read_head_track(path: Path) -> HeadTrack:
    """The movement in a JSON file: rows of three metres and a rotation vector.

    Raises:
        ShotError: there is no such file, or something else is in it; rows are counted from 1.
    """
    if path.is_dir():
        raise ShotError(f"{path} is a folder.", "Give --head-track a JSON file.")
    if not path.is_file():
        raise ShotError(f"There is no file {path}.", "Check the path of --head-track.")
    rows = _decoded(path)
    if not isinstance(rows, list) or not rows:
        raise ShotError(f"{path.name} holds no list of rows.", _FORM)
    if len(rows) > MOST_ROWS:
        raise ShotError(f"{path.name} has more than {MOST_ROWS:,} rows.", f"Use a shorter movement. {_FORM}")
    for number, row in enumerate(rows, 1):
        if wrong := _wrong_row(row):
            problem, hint = wrong
            raise ShotError(f"Row {number} of {path.name} {problem}.", hint)
    return msgspec.convert({"motion": rows}, HeadTrack)


def _decoded(path: Path) -> Any:
    content = path.read_bytes()
    if not content.strip():
        raise ShotError(f"{path.name} is empty.", _FORM)
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        short = "truncated" in str(error)
        problem = "breaks off before its end" if short else "is not written as JSON"
        raise ShotError(f"{path.name} {problem}.", f"Save it again. {_FORM}") from error


def _wrong_row(row: Any) -> tuple[str, str] | None:
    """What is wrong with a row, going on from its name, and how to mend it; None for a good one."""
    if not isinstance(row, list):
        return "is not a list of numbers", _FORM
    if len(row) != len(_NAMES):
        return f"has {len(row)} numbers instead of 6", _FORM
    for name, value in zip(_NAMES, row, strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"has no number for {name}", _FORM
        if not abs(value) < LARGEST_HEAD_MOTION:
            unit, hint = ("radians", "Write radians, not degrees") if name.startswith("r") else ("m", "Write metres")
            return (
                f"has {value:g} {unit} for {name}",
                f"{hint}: less than {LARGEST_HEAD_MOTION:g} either way. {_FORM}",
            )
    return None
