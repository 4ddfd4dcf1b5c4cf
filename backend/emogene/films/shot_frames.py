"""The frames of a planned shot in a folder: their files, what each picture depends on, where it stands in the film."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import msgspec

from emogene import pipeline
from emogene.actors.pack import Actor
from emogene.frame_keys import background_key, drawing_code, frame_key
from emogene.render.output.files import frame_file_name
from emogene.render.output.rates import film_rate
from emogene.values import Plan, View
from emogene_proto.shot import Shot
from emogene_proto.shot_document import shot_hash


@dataclass(frozen=True)
class Place:
    """Where in a film a frame stands; written into EXR files, and no part of the picture."""

    number: int
    rate: Fraction
    """Frames a second."""
    shot: str
    """Hash of the shot."""

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.number} {self.rate} {self.shot}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class FrameTask:
    """All that is needed to draw a frame, beside the actor and the shot's settings."""

    key: str
    """Of the picture, whoever draws it."""
    view: View
    place: Place
    output: str

    @property
    def number(self) -> int:
        return self.place.number

    @property
    def file_name(self) -> str:
        return frame_file_name(self.number, self.output)

    @property
    def place_key(self) -> str:
        """Empty for files that do not say where they stand."""
        return self.place.key if self.output == "exr" else ""


@dataclass(frozen=True)
class ShotFrames:
    """A planned shot and its actor; rows count from 0, numbers from the shot's first frame."""

    shot: Shot
    """With the hashes of its audio and picture."""
    actor: Actor
    plan: Plan
    folder: Path

    def task(self, row: int) -> FrameTask:
        """What is to be drawn for a row."""
        view = pipeline.view_of(self.plan, row, self.shot, self.actor)
        key = frame_key(view.face, view.camera, self._picture_made_of, self.shot.output)
        place = Place(self.shot.frame_start + row, film_rate(self.shot.fps), self._shot_hash)
        return FrameTask(key, view, place, self.shot.output)

    @cached_property
    def _picture_made_of(self) -> str:
        return " ".join((self.actor.fingerprint, self.shot.quality, background_key(self.shot.background)))

    @cached_property
    def _shot_hash(self) -> str:
        return film_hash(self.shot, self.actor)


def film_hash(shot: Shot, actor: Actor) -> str:
    """The shot's hash with the actor's content in place of its name: the same wherever its folder lies."""
    return shot_hash(msgspec.structs.replace(shot, actor=actor.fingerprint))


def drawn_by(engine: str) -> str:
    """Says which engine, releases of our code and of libraries draw here."""
    return hashlib.sha256(f"{engine} {drawing_code()}".encode()).hexdigest()[:16]
