"""A minute's shot, one key moved: every frame that did not change must be reused, and every other one rendered."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import open_audio
from emogene.evaluation.suite import Values
from emogene.render.output.files import frame_bytes
from emogene.values import Plan
from emogene_proto.messages import Accepted, FrameDone, JobStatus, RenderRange
from emogene_proto.shot import EmotionKey, Shot

from .bench import Frames, ask, backend_in_a_folder, of_type, rendered, shot_of, upload, voice_file

SECONDS, FRAMES, SIDE = 60.0, 1440, 64
SHOWN = ("landmarks", "gaze", "poses")
"""Of a plan: all that a picture is made of and that changes over time."""


def unchanged(before: Plan, after: Plan) -> np.ndarray:
    """Which frames have the same face, gaze and pose in two plans of shots that differ in emotions only."""
    same = np.ones(FRAMES, bool)
    for name in SHOWN:
        a, b = (getattr(plan, name)[:FRAMES].reshape(FRAMES, -1) for plan in (before, after))
        same &= (a == b).all(1)
    return same


def wrong(shot: Shot, planned: Plan, frames: Frames, tell: Callable[[str], None]) -> int:
    """How many frames have other bytes than the pipeline makes, which knows no store."""
    actor = load_actor(shot.actor)
    engine = pipeline.load_engine(shot, actor)
    count = 0
    for row in range(FRAMES):
        picture = pipeline.render_row(planned, row, shot, actor, engine)
        count += frames.get(row + 1) != frame_bytes(picture, shot.output)
        if row % 240 == 239:
            tell(f"compared {row + 1} frames, {count} wrong")
    return count


def measure(tell: Callable[[str], None]) -> Values:
    """`reused_ratio` of the frames whose face, gaze and pose are the same; `changed_frames` have others;
    `reuse_wrong` are not the frames of the shot as it is now."""
    with tempfile.TemporaryDirectory(prefix="emogene-bench-") as folder, backend_in_a_folder() as backend:
        voice = voice_file(Path(folder), SECONDS)
        client = backend.connect()
        sha256 = upload(client, voice)
        keys = (EmotionKey(5.0, "happy", 0.7), EmotionKey(30.0, "sad", 0.6), EmotionKey(50.0, "angry", 0.5))
        moved = (keys[0], EmotionKey(31.0, "sad", 0.6), keys[2])
        before, after = (shot_of(sha256, SIDE, emotions=each) for each in (keys, moved))
        tell(f"rendering {FRAMES} frames")
        rendered(client, before, 1, FRAMES)
        tell("rendering them with a key moved")
        received = ask(client, RenderRange(shot=after, first=1, last=FRAMES, credit=1_000_000))
        frames = {event.frame: bytes(parts[0]) for event, parts in received if isinstance(event, FrameDone)}
        job = of_type(received, Accepted)[0].job
        reused = ask(client, JobStatus(job=job))[-1].event.jobs[0].reused  # pyright: ignore[reportAttributeAccessIssue]
        actor = load_actor("bundled")
        first, second = (pipeline.plan(shot, open_audio(voice), actor) for shot in (before, after))
    same = int(unchanged(first, second).sum())
    assert 0 < same < FRAMES, "moving a key changed nothing or everything: there is nothing to measure"
    tell(f"{reused} frames reused; {same} unchanged, {FRAMES - same} changed")
    return {
        "reused_ratio": min(reused, same) / same,
        "changed_frames": float(FRAMES - same),
        "reuse_wrong": float(wrong(after, second, frames, tell)),
    }
