"""A minute's shot, one key moved: every frame that did not change must be reused."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import open_audio
from emogene.evaluation.suite import Values
from emogene_proto.messages import Accepted, JobStatus, RenderRange
from emogene_proto.shot import EmotionKey

from .bench import ask, backend_in_a_folder, of_type, rendered, shot_of, upload, voice_file

SECONDS, FRAMES, SIDE = 60.0, 1440, 64


def measure(tell: Callable[[str], None]) -> Values:
    """`reused_ratio`: frames reused of those whose face, gaze and pose are the same; and how many were to change."""
    with tempfile.TemporaryDirectory(prefix="emogene-bench-") as folder, backend_in_a_folder() as backend:
        voice = voice_file(Path(folder), SECONDS)
        client = backend.connect()
        sha256 = upload(client, voice)
        keys = (EmotionKey(5.0, "happy", 0.7), EmotionKey(30.0, "sad", 0.6), EmotionKey(50.0, "angry", 0.5))
        moved = (keys[0], EmotionKey(31.0, "sad", 0.6), keys[2])
        before, after = (shot_of(sha256, SIDE, emotions=each) for each in (keys, moved))
        tell(f"Rendering {FRAMES} frames")
        rendered(client, before, 1, FRAMES)
        received = ask(client, RenderRange(shot=after, first=1, last=FRAMES, credit=1_000_000))
        job = of_type(received, Accepted)[0].job
        reused = ask(client, JobStatus(job=job))[-1].event.jobs[0].reused  # pyright: ignore[reportAttributeAccessIssue]
        audio, actor = voice, load_actor("bundled")
        plans = [pipeline.plan(msgspec.structs.replace(shot), open_audio(audio), actor) for shot in (before, after)]
    same = np.ones(FRAMES, bool)
    for name in ("landmarks", "gaze", "poses"):
        a, b = (getattr(plan, name)[:FRAMES].reshape(FRAMES, -1) for plan in plans)
        same &= (a == b).all(1)
    tell(f"{reused} of {same.sum()} unchanged frames reused, {FRAMES - same.sum()} changed")
    return {"reused_ratio": reused / float(same.sum()), "changed_frames": float(FRAMES - same.sum())}
