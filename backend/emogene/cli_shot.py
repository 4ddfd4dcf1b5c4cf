"""What the command line was given, as a Shot."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from emogene.actors.pack import Actor, load_actor
from emogene.emotion.key_syntax import parse_key
from emogene.plan_files import file_sha256, load_shot
from emogene_proto.errors import AudioError, ShotError
from emogene_proto.shot import AudioRef, Shot, Speaking, check


@dataclass(frozen=True)
class Source:
    """A shot and where its audio lies."""

    shot: Shot
    audio: Path

    @cached_property
    def _actor(self) -> Actor:
        return load_actor(self.shot.actor)

    def load_actor(self) -> Actor:
        """The shot's actor, read once."""
        return self._actor

    def with_hash(self) -> Shot:
        """The shot with its audio's hash in it."""
        reference = msgspec.structs.replace(self.shot.audio, sha256=file_sha256(self.audio))
        return msgspec.structs.replace(self.shot, audio=reference)


def source(path: Path, emotions: Sequence[str] | None, speaking: Mapping[str, float | None], **settings: Any) -> Source:
    """A shot document as it is, or a recording with keys and settings (None is a Shot's default).

    Args:
        speaking: settings of its Speaking, likewise.

    Raises:
        ShotError: the document or a setting is wrong, or both a document and settings were given.
        AudioError: there is no such file.
    """
    chosen = {name: value for name, value in settings.items() if value is not None}
    spoken = {name: value for name, value in speaking.items() if value is not None}
    if path.suffix.lower() == ".json":
        if chosen or spoken or emotions:
            raise ShotError(
                "A shot document says everything itself.", "Leave out --emotion and the like, or change the document."
            )
        return Source(*load_shot(path))
    if not path.exists():
        raise AudioError(f"There is no file {path}.", "Check the path.")
    if chosen.get("actor", "bundled") != "bundled":
        chosen["actor"] = Path(chosen["actor"]).resolve().as_posix()
    keys = sorted((parse_key(text) for text in emotions or ()), key=lambda key: key.seconds)
    shot = Shot(audio=AudioRef(), emotions=tuple(keys), speaking=Speaking(**spoken), **chosen)
    check(shot)
    return Source(shot, path)


def parse_frames(text: str | None, first: int, count: int) -> range:
    """Rows of a plan for `A-B` or `A`, where `first` is the number of row 0; None is all rows.

    Raises:
        ShotError: not of this form, or outside the shot.
    """
    if text is None:
        return range(count)
    match = re.fullmatch(r"(-?\d+)(?:-(-?\d+))?", text.strip())
    last = first + count - 1
    if match is None:
        raise ShotError(f"'{text}' is not a range of frames.", f"Write A-B within {first}-{last}, e.g. {first}-{last}.")
    begin = int(match[1])
    end = int(match[2]) if match[2] is not None else begin
    if not first <= begin <= end <= last:
        raise ShotError(f"Frames {text} are outside the shot.", f"It has frames {first} to {last}.")
    return range(begin - first, end - first + 1)
