# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes of a job, for whoever shows it."""

from dataclasses import dataclass
from pathlib import Path

from ..emogene_proto.errors import EmoGeneError
from ..emogene_proto.shot import Shot
from .character_key import CharacterKey
from .curves import PlannedShot


@dataclass(frozen=True)
class Planned:
    """The shot is planned."""

    whose: CharacterKey
    shot: Shot
    plan: PlannedShot
    note: str = ""
    """What the artist should know of the recording, if anything."""
    warnings: tuple[str, ...] = ()
    """What will look wrong when it is rendered."""


@dataclass(frozen=True)
class FrameSaved:
    """One frame's file is whole and in its place."""

    whose: CharacterKey
    number: int
    """Counted from 1 at the first frame of the shot."""
    folder: Path
    frame_start: int
    """The timeline's frame of number 1."""
    form: str = "png"
    """Of its file: png or exr."""
    shot_frames: int = 0
    """The whole shot's."""


@dataclass(frozen=True)
class TakenUp:
    """A render that began earlier goes on here."""

    whose: CharacterKey
    numbers: tuple[int, ...]
    """Frames that were saved already, counted from 1 at the first frame of the shot."""
    folder: Path
    frame_start: int
    form: str
    shot_frames: int


@dataclass(frozen=True)
class FramePictured:
    """The picture that was asked for is here."""

    whose: CharacterKey
    frame: int
    """Of the timeline."""
    png: bytes
    """Its file."""


@dataclass(frozen=True)
class Finished:
    """The job is over, whichever way."""

    whose: CharacterKey
    rendered: bool
    """Whether it was to render, and not only to plan."""
    cancelled: bool
    problem: EmoGeneError | None


Happening = Planned | FrameSaved | TakenUp | FramePictured | Finished
