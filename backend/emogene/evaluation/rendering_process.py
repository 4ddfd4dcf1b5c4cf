"""A process of its own that loads an actor, renders one frame as a shot does, and tells how much memory that took.

    python -m emogene.evaluation.rendering_process ACTOR SIZE QUALITY

Of its own, since memory that a process once had counts for as long as it lives.
"""

import json
import sys

import numpy as np

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.evaluation.planning_process import peak_bytes
from emogene_proto.names import SAMPLE_RATE
from emogene_proto.shot import AudioRef, EmotionKey, Shot

SPOKEN_SECONDS = 1.0


def main() -> None:
    """Plan a second of sound, render its last frame, and print one line of JSON."""
    actor = load_actor(sys.argv[1])
    size, quality = int(sys.argv[2]), sys.argv[3]
    keys = (EmotionKey(0.0, "happy"),)
    shot = Shot(AudioRef(), width=size, height=size, quality=quality, emotions=keys)
    sound = np.random.default_rng(0).standard_normal(round(SPOKEN_SECONDS * SAMPLE_RATE)).astype(np.float32) * 0.05
    plan = pipeline.plan(shot, sound, actor)
    planned = peak_bytes()
    engine = pipeline.load_engine(shot, actor)
    frame = pipeline.render_row(plan, len(plan) - 1, shot, actor, engine)
    shown = float((frame.rgba[..., 3] > 0.5).mean())
    print(json.dumps({"planned_bytes": planned, "peak_bytes": peak_bytes(), "shown": shown}))


if __name__ == "__main__":
    main()
