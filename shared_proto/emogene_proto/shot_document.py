"""A Shot as a JSON document, and its hash."""

import hashlib

import msgspec

from .errors import ShotError
from .shot import Shot
from .shot_check import check


def to_json(shot: Shot) -> bytes:
    """The document as readable JSON, always the same bytes for the same Shot."""
    return msgspec.json.format(msgspec.json.encode(shot, order="sorted"), indent=2)


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
    audio, background = msgspec.structs.replace(shot.audio, path=""), shot.background
    if background.picture is not None:
        nowhere = msgspec.structs.replace(background.picture, path="")
        background = msgspec.structs.replace(background, picture=nowhere)
    content = msgspec.structs.replace(shot, audio=audio, background=background)
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()
