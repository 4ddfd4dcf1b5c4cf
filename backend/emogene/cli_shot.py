"""What the command line was given, as a Shot."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from emogene.actors.pack import Actor, load_actor
from emogene.cli_background import parse_background
from emogene.cli_camera import read_cameras
from emogene.cli_head_track import read_head_track
from emogene.cli_options import ShotOptions
from emogene.emotion.key_syntax import parse_key
from emogene.plan_files import load_shot, shot_actor, shot_picture, with_file_hashes
from emogene_proto.errors import AudioError, ShotError
from emogene_proto.shot import AudioRef, EmotionStrength, Performance, Shot, Speaking
from emogene_proto.shot_check import check
from emogene_proto.shot_document import from_json, shot_hash

_STRENGTHS = {
    "emotion_strength": "overall",
    "brow_strength": "brows",
    "eye_strength": "eyes",
    "mouth_strength": "mouth",
}
"""Options, and the fields of an EmotionStrength that they set."""


@dataclass(frozen=True)
class Source:
    """A shot, and where its recordings and the picture behind the actor lie, if there is one."""

    shot: Shot
    recordings: tuple[Path, ...]
    """Of each of `shot.recordings`."""
    picture: Path | None = None

    @cached_property
    def _actor(self) -> Actor:
        return load_actor(self.shot.actor)

    def load_actor(self) -> Actor:
        """The shot's actor, read once."""
        return self._actor

    def check_backdrop(self) -> None:
        """Read what lies behind the actor, and let go of it.

        Raises:
            EmoGeneError: see `pipeline.load_backdrop`.
        """
        from emogene import pipeline

        pipeline.load_backdrop(self.shot, self._actor, self.picture)

    def with_hash(self) -> Shot:
        """The shot with the hashes of its recordings and of its background's picture in it."""
        return with_file_hashes(self.shot, self.recordings, self.picture)


def source(path: Path, options: ShotOptions, **picture: Any) -> Source:
    """A shot document as it is, or a recording with what the command line says (None is a Shot's default).

    Args:
        picture: settings of a Shot that only some commands have.

    Raises:
        ShotError: the document or a setting is wrong, or both a document and settings were given.
        AudioError: there is no such file.
    """
    given = options.given | {name: value for name, value in picture.items() if value is not None}
    if path.suffix.lower() == ".json":
        if given:
            names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            message = f"A shot document says everything itself, and {names} was given too."
            raise ShotError(message, "Leave it out, or change the document.")
        shot, recordings = load_shot(path)
        shot = msgspec.structs.replace(shot, actor=shot_actor(path, shot))
        return Source(shot, recordings, shot_picture(path, shot))
    if not path.exists():
        raise AudioError(f"There is no file {path}.", "Check the path.")
    background, shown = parse_background(given.pop("background", "transparent"))
    shot = msgspec.structs.replace(_shot(given), background=background)
    check(shot)
    return Source(shot, (path,), shown)


def _shot(given: dict[str, Any]) -> Shot:
    """A Shot with what was given, not checked yet."""
    if "head_object" in given and "head_track" not in given:
        raise ShotError(
            "There is no movement for --head-object to weigh.", "Give one with --head-track, or leave it out."
        )
    strength = {part: given[option] for option, part in _STRENGTHS.items() if option in given}
    names = ("fps", "seed", "engine", "width", "height", "actor", "output", "quality")
    whole = {name: given[name] for name in names if name in given}
    if "camera" in given:
        whole |= read_cameras(given["camera"])
    if whole.get("actor", "bundled") != "bundled":
        whole["actor"] = Path(whole["actor"]).resolve().as_posix()
    keys = sorted(map(parse_key, given.get("emotion", ())), key=lambda key: key.seconds)
    return Shot(
        audio=AudioRef(),
        emotions=tuple(keys),
        emotion_strength=EmotionStrength(**strength),
        performance=Performance(**{name: given[name] for name in Performance.__struct_fields__ if name in given}),
        head_track=read_head_track(given["head_track"]) if "head_track" in given else None,
        speaking=Speaking(**{name: given[name] for name in Speaking.__struct_fields__ if name in given}),
        **whole,
    )


def same_shot(path: Path, given: Source) -> bool:
    """Whether the document in a file says the same as the given shot."""
    try:
        there = from_json(path.read_bytes())
    except ShotError:
        return False
    return shot_hash(msgspec.structs.replace(there, actor=shot_actor(path, there))) == shot_hash(given.with_hash())


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
    if end < begin:
        raise ShotError(f"Frames {text} are no range: the last comes before the first.", "Give the first frame first.")
    if not first <= begin <= end <= last:
        raise ShotError(f"Frames {text} are outside the shot.", f"It has frames {first} to {last}.")
    return range(begin - first, end - first + 1)
