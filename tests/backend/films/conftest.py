"""A small planned shot, and its frames in a folder."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.films.shot_frames import ShotFrames
from emogene_proto.shot import AudioRef, EmotionKey, Shot


@pytest.fixture(scope="session")
def planned(tiny_actor):
    """A shot of eight frames with its plan and actor."""
    actor = load_actor(tiny_actor)
    keys = (EmotionKey(0.0, "happy"),)
    shot = Shot(AudioRef("0" * 64), emotions=keys, actor=str(tiny_actor), width=16, height=16, engine="cpu")
    tone = (0.2 * np.sin(np.arange(16_000 // 3) / 10)).astype(np.float32)
    return shot, pipeline.plan(shot, tone, actor), actor


@pytest.fixture
def frames_in(planned):
    """Makes the shot's frames in a folder, with changes of the shot that its plan does not depend on."""

    def made(folder: Path, **changes) -> ShotFrames:
        shot, plan, actor = planned
        folder.mkdir(exist_ok=True)
        return ShotFrames(msgspec.structs.replace(shot, **changes), actor, plan, folder)

    return made


class Told:
    """Notes what a render tells, and does something after each frame."""

    def __init__(self, after=lambda number: None):
        self.drawn: list[int] = []
        self.reused: list[int] = []
        self.lost: dict[int, str] = {}
        self._after = after

    def doing(self, what: str) -> None:
        pass

    def finished(self, number: int, reused: bool) -> None:
        (self.reused if reused else self.drawn).append(number)
        self._after(number)

    def failed(self, number: int, reason: str) -> None:
        self.lost[number] = reason


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def told_and_then():
    """Makes a report that does something after each frame."""
    return Told
