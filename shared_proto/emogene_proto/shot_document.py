"""A Shot as a JSON document, and its hash."""

import hashlib
from typing import Any

import msgspec

from .errors import ShotError
from .shot import LandmarkEdits, Shot
from .shot_check import check

_LATER = ("further_audio", "landmark_edits")
"""Fields that the first releases did not have: unless they say something, a shot has the hash and the document that it
had there."""


def to_json(shot: Shot) -> bytes:
    """The document as readable JSON, always the same bytes for the same Shot."""
    return msgspec.json.format(msgspec.json.encode(said(shot), order="sorted"), indent=2)


def from_json(data: bytes) -> Shot:
    """Read and check a document.

    Raises:
        ShotError: not a shot document, or one that cannot be rendered.
    """
    try:
        shot = msgspec.json.decode(data, type=Shot)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ShotError(
            f"This is not a shot document: {error}.",
            "Write it again with the program that wrote it, or mend the place that is named.",
        ) from error
    check(shot)
    return shot


def shot_hash(shot: Shot) -> str:
    """Sha256 over all that decides the frames; where the audio and the background's picture lie does not count."""
    return hashlib.sha256(msgspec.json.encode(said(unplaced(shot)), order="sorted")).hexdigest()


def unplaced(shot: Shot) -> Shot:
    """The shot without the places where its audio and its background's picture lie."""
    replace, background = msgspec.structs.replace, shot.background
    if background.picture is not None:
        background = replace(background, picture=replace(background.picture, path=""))
    further = tuple(replace(part, audio=replace(part.audio, path="")) for part in shot.further_audio)
    return replace(shot, audio=replace(shot.audio, path=""), further_audio=further, background=background)


def said(shot: Shot) -> dict[str, Any]:
    """The fields of a shot by name, without those of `_LATER` in which it says nothing."""
    fields = {name: getattr(shot, name) for name in shot.__struct_fields__}
    return {name: value for name, value in fields.items() if name not in _LATER or not _empty(value)}


def _empty(value: Any) -> bool:
    return not (value.keys if isinstance(value, LandmarkEdits) else value)
