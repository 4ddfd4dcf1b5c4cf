"""Many clients at once, each with a shot of its own, planned and fetched: all must get the frames of their own."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import open_audio
from emogene.evaluation.suite import Values
from emogene.render.output.files import frame_bytes
from emogene_proto.client import Client
from emogene_proto.messages import Done, Failed, FrameDone, PlanShot, RenderRange, ShotPlanned
from emogene_proto.shot import EmotionKey, Shot

from .bench import Frames, backend_in_a_folder, shot_of, upload, voice_file

SECONDS, FRAMES, SIDE = 1.0, 24, 64
PATIENCE_SECONDS = 180.0
"""So long nobody may get anything, before those that wait are given up."""


@dataclass
class Guest:
    """A client, what it asked for, and what it got."""

    client: Client
    shot: Shot
    landmarks: bytes = b""
    frames: Frames = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    """Its requests that are not over."""
    twice: bool = False
    """A frame came to it more than once."""

    def ask(self) -> None:
        whole = RenderRange(shot=self.shot, first=1, last=FRAMES, credit=FRAMES)
        self.open = {self.client.send(PlanShot(shot=self.shot)), self.client.send(whole)}

    def listen(self) -> int:
        """Take what has come; how many messages."""
        received = self.client.poll()
        for event, parts in received:
            if isinstance(event, ShotPlanned):
                self.landmarks = bytes(parts[0])
            elif isinstance(event, FrameDone):
                self.twice |= event.frame in self.frames
                self.frames[event.frame] = bytes(parts[0])
            if isinstance(event, Done | Failed | ShotPlanned):
                self.open.discard(event.id)
        return len(received)


def shots_of(voice_sha256: str, count: int) -> list[Shot]:
    """Shots of different seeds and emotions: no two have a frame in common."""
    names = ("happy", "sad", "angry")
    return [
        shot_of(voice_sha256, SIDE, number, emotions=(EmotionKey(0.2, names[number % 3], 0.3 + 0.6 * number / count),))
        for number in range(count)
    ]


def truths(shots: Sequence[Shot], voice: Path, tell: Callable[[str], None]) -> list[tuple[bytes, Frames]]:
    """Landmarks and frames of each, straight from the pipeline.

    Raises:
        AssertionError: two shots are so alike that one client would not notice that it got the other's.
    """
    actor = load_actor(shots[0].actor)
    engine = pipeline.load_engine(shots[0], actor)  # they differ in emotions and seed only
    made = []
    for shot in shots:
        planned = pipeline.plan(shot, open_audio(voice), actor)
        rows = (pipeline.render_row(planned, row, shot, actor, engine) for row in range(FRAMES))
        frames = {number: frame_bytes(picture, shot.output) for number, picture in enumerate(rows, 1)}
        made.append((planned.landmarks.tobytes(), frames))
        if len(made) % 20 == 0:
            tell(f"compared with {len(made)} shots of the pipeline's own")
    assert len({landmarks for landmarks, _ in made}) == len(made), "shots are alike"
    return made


def serve(guests: Sequence[Guest], tell: Callable[[str], None]) -> None:
    """Until all have what they asked for, or nobody gets anything any more."""
    began = heard = told = time.monotonic()
    for guest in guests:
        guest.ask()
    while waiting := [guest for guest in guests if guest.open]:
        time.sleep(0.005)
        now = time.monotonic()
        if sum(guest.listen() for guest in waiting):
            heard = now
        if now - told > 15.0:
            told = now
            frames = sum(len(guest.frames) for guest in guests)
            tell(f"{len(guests) - len(waiting)} of {len(guests)} clients served, {frames} frames")
        if now - heard > PATIENCE_SECONDS:
            tell(f"nothing came for {PATIENCE_SECONDS:.0f} s")
            break
    served = sum(not guest.open for guest in guests)
    tell(f"{served} of {len(guests)} clients served in {time.monotonic() - began:.0f} s")


def measure(clients: int, tell: Callable[[str], None]) -> Values:
    """`clients`: how many of them got their own plan and frames, complete and right; and `clients_wrong`."""
    with tempfile.TemporaryDirectory(prefix="emogene-bench-") as folder, backend_in_a_folder() as backend:
        voice = voice_file(Path(folder), SECONDS)
        first = backend.connect()
        shots = shots_of(upload(first, voice), clients)
        first.close()
        guests = [Guest(backend.connect(f"client {number}"), shot) for number, shot in enumerate(shots)]
        tell(f"{clients} clients are connected")
        serve(guests, tell)
        right = 0
        for guest, truth in zip(guests, truths(shots, voice, tell), strict=True):
            right += not guest.open and not guest.twice and (guest.landmarks, guest.frames) == truth
        return {"clients": float(right), "clients_wrong": float(clients - right)}
