"""Many clients at once, each with a shot of its own, planned and fetched: all must get the frames of their own."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import open_audio
from emogene.evaluation.suite import Values
from emogene.render.output.files import frame_bytes
from emogene_proto.messages import Done, FrameDone, PlanShot, RenderRange, ShotPlanned
from emogene_proto.shot import Shot

from .bench import Frames, backend_in_a_folder, shot_of, upload, voice_file

SECONDS, FRAMES, SIDE, PATIENCE_SECONDS = 1.0, 24, 64, 900.0


def truth(shot: Shot, voice: Path) -> tuple[bytes, Frames]:
    """Landmarks and frames, straight from the pipeline."""
    actor = load_actor(shot.actor)
    planned = pipeline.plan(shot, open_audio(voice), actor)
    engine = pipeline.load_engine(shot, actor)
    rows = {
        row + 1: frame_bytes(pipeline.render_row(planned, row, shot, actor, engine), shot.output)
        for row in range(FRAMES)
    }
    return planned.landmarks.tobytes(), rows


def measure(clients: int, tell: Callable[[str], None]) -> Values:
    """`clients`: how many of them got their own plan and frames, complete and right."""
    with tempfile.TemporaryDirectory(prefix="emogene-bench-") as folder, backend_in_a_folder() as backend:
        voice = voice_file(Path(folder), SECONDS)
        first = backend.connect()
        shots = [shot_of(upload(first, voice), SIDE, seed) for seed in range(clients)]
        first.close()
        crowd = [backend.connect(f"client {number}") for number in range(clients)]
        began = time.monotonic()
        plans = [client.send(PlanShot(shot=shot)) for client, shot in zip(crowd, shots, strict=True)]
        renders = [
            client.send(RenderRange(shot=shot, first=1, last=FRAMES, credit=FRAMES))
            for client, shot in zip(crowd, shots, strict=True)
        ]
        landmarks: list[bytes] = [b""] * clients
        frames = [Frames() for _ in crowd]
        over: set[int] = set()
        while len(over) < clients and time.monotonic() - began < PATIENCE_SECONDS:
            time.sleep(0.005)
            for number, client in enumerate(crowd):
                for event, parts in client.poll():
                    if isinstance(event, ShotPlanned) and event.id == plans[number]:
                        landmarks[number] = bytes(parts[0])
                    elif isinstance(event, FrameDone) and event.id == renders[number]:
                        frames[number][event.frame] = bytes(parts[0])
                    elif isinstance(event, Done) and event.id == renders[number]:
                        over.add(number)
        tell(f"{len(over)} of {clients} clients served in {time.monotonic() - began:.0f} s")
        return {"clients": float(sum((landmarks[i], frames[i]) == truth(shots[i], voice) for i in over))}
