"""How long an artist waits who has moved one emotion key of a minute's shot, from the request to the landmarks."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Protocol

import msgspec

from emogene.actors.pack import BUNDLED, Actor
from emogene.evaluation.backend_process import ask, fresh_backend, upload
from emogene.evaluation.recordings import audio_files, joined
from emogene.evaluation.speed import write_recording
from emogene.evaluation.suite import Values
from emogene_proto.client import Client
from emogene_proto.errors import BackendError
from emogene_proto.messages import PlanShot, ShotPlanned
from emogene_proto.shot import AudioRef, EmotionKey, Shot

SHOT_SECONDS = 60.0
FPS = 24.0
MOVES = 15
"""So often a key is moved; the median counts."""


class Replanned(Protocol):
    """What is needed of a material."""

    @property
    def actor(self) -> Actor: ...
    @property
    def speech(self) -> Path:
        """A folder of recordings."""
        ...


def replan(material: Replanned, seconds: float = SHOT_SECONDS, moves: int = MOVES) -> Values:
    """Seconds that a shot takes in a fresh backend on two cores, with its arrays: at first, and after a key was moved.

    The backend is a process of its own, asked over its socket as Blender asks it. The first plan reads the models too.

    Raises:
        EmoGeneError: there are no recordings, or the backend does not plan.
    """
    actor = material.actor
    with tempfile.TemporaryDirectory(prefix="emogene-") as scratch:
        folder = Path(scratch)
        recording = folder / "speech.flac"
        write_recording(recording, joined(audio_files(material.speech), seconds))
        name = "bundled" if actor.folder == BUNDLED else actor.folder.name
        with fresh_backend(folder, actor.folder.parent) as client:
            sha256 = upload(client, recording)
            shot = Shot(AudioRef(sha256, recording.name), fps=FPS, actor=name)
            times = [waited(client, keyed(shot, seconds, move)) for move in range(moves + 1)]
    return {"replan_seconds": statistics.median(times[1:]), "first_plan_seconds": times[0]}


def waited(client: Client, shot: Shot) -> float:
    """Seconds from the request until all arrays of the plan are here."""
    began = time.perf_counter()
    answers = ask(client, PlanShot(shot=shot))
    seconds = time.perf_counter() - began
    if not any(isinstance(event, ShotPlanned) and event.frames for event, _ in answers):
        raise BackendError("The backend that is measured sent no plan.", "`emogene doctor` may say why.")
    return seconds


def keyed(shot: Shot, seconds: float, move: int) -> Shot:
    """The shot with an emotion every few seconds, one of whose keys was moved so often by a frame."""
    emotions = ("happy", "sad", "surprised", "angry", "neutral")
    times = [seconds * (number + 0.5) / 10 for number in range(10)]
    times[4] += move / shot.fps
    keys = tuple(EmotionKey(at, emotions[i % 5], 0.0 if i % 5 == 4 else 0.8) for i, at in enumerate(times))
    return msgspec.structs.replace(shot, emotions=keys)
