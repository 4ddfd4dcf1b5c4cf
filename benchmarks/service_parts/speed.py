"""How a second worker helps, and what service and wire cost over calling the pipeline."""

import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest.mock import patch

from emogene import pipeline
from emogene.actors.pack import Actor, load_actor
from emogene.audio.load import open_audio
from emogene.evaluation.suite import Values
from emogene.render.output.files import frame_bytes
from emogene_proto.shot import Shot

from .bench import backend_in_a_folder, rendered, shot_of, upload, voice_file

SECONDS, FRAMES, ROUNDS = 5.0, 120, 5
ONE_CORE = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def seconds_of(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def scaling(tell: Callable[[str], None]) -> Values:
    """`worker_scaling`: frames a second of two workers of one core against one; the same shots, in turns."""
    if (os.cpu_count() or 1) < 2:
        return {"worker_scaling": None}
    with tempfile.TemporaryDirectory(prefix="emogene-bench-") as folder:
        voice = voice_file(Path(folder), SECONDS)
        with contextlib.ExitStack() as stack:
            stack.enter_context(patch.dict(os.environ, ONE_CORE))
            backends = [stack.enter_context(backend_in_a_folder(workers=count)) for count in (1, 2)]
            clients = [backend.connect() for backend in backends]
            sha256 = [upload(client, voice) for client in clients][0]
            for client in clients:
                rendered(client, shot_of(sha256, 256, 1000), 1, 8)
            ratios = []
            for seed in range(ROUNDS):
                shot = shot_of(sha256, 256, seed)
                for client in clients:
                    rendered(client, shot, 1, 2)  # planned
                alone, both = (seconds_of(partial(rendered, client, shot, 3, FRAMES)) for client in clients)
                ratios.append(alone / both)
                tell(f"two workers: {alone / both:.2f} times one")
    return {"worker_scaling": statistics.median(ratios)}


def overhead(tell: Callable[[str], None]) -> Values:
    """`overhead_ratio`: a render of 256x256 over service and wire against the pipeline's own, plans ready, in turns."""
    with tempfile.TemporaryDirectory(prefix="emogene-bench-") as folder, backend_in_a_folder() as backend:
        voice = voice_file(Path(folder), SECONDS)
        client = backend.connect()
        sha256, actor = upload(client, voice), load_actor("bundled")
        rendered(client, shot_of(sha256, 256, 1000), 1, 8)
        ratios, direct_ms = [], []
        for seed in range(ROUNDS):
            shot = shot_of(sha256, 256, seed)
            rendered(client, shot, 1, 2)
            direct = _direct_seconds(shot, voice, actor)
            served = seconds_of(partial(rendered, client, shot, 3, FRAMES))
            ratios.append(served / direct)
            direct_ms.append(direct / (FRAMES - 2) * 1e3)
            tell(f"service and wire: {served / direct:.3f} times the pipeline's {direct_ms[-1]:.1f} ms a frame")
    return {"overhead_ratio": statistics.median(ratios), "direct_ms": statistics.median(direct_ms)}


def _direct_seconds(shot: Shot, voice: Path, actor: Actor) -> float:
    planned = pipeline.plan(shot, open_audio(voice), actor)
    engine = pipeline.load_engine(shot, actor)
    frame_bytes(pipeline.render_row(planned, 0, shot, actor, engine), shot.output)

    def render() -> None:
        for row in range(2, FRAMES):
            frame_bytes(pipeline.render_row(planned, row, shot, actor, engine), shot.output)

    return seconds_of(render)
