"""How fast engines render real faces, and how much memory a process that renders takes."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from emogene import pipeline
from emogene.actors.pack import Actor
from emogene.audio.load import open_audio
from emogene.corpus.pictures import PictureCorpus
from emogene.evaluation.picture_engine import engine_of
from emogene.evaluation.picture_material import spread_over_emotions
from emogene.evaluation.suite import Measured, Values
from emogene.render.kernels import Engine
from emogene.render.quality import render_at
from emogene.values import Camera, FaceState
from emogene_proto.errors import RenderError
from emogene_proto.names import EMOTIONS, QUALITIES
from emogene_proto.shot import AudioRef, EmotionKey, Shot

SIZES = (256, 512)
GIGABYTE = 1e9
FIGURES = {
    "speedup_512": Measured("x", "higher", 30.0),
    "fps_256": Measured("1/s", "higher", 25.0),
    "fps_512": Measured("1/s", "higher", 8.0),
    "peak_gb": Measured("GB", "lower", 1.5),
    "speedup_256": Measured("x", "higher"),
    **{f"{name}_ms_{size}": Measured("ms", "lower") for size in SIZES for name in ("cpu", "torch")},
    **{f"fps_512_{quality}": Measured("1/s", "higher") for quality in QUALITIES},
    **{f"ns_a_sample_{size}": Measured("ns", "lower") for size in SIZES},
    **{f"samples_a_ray_{size}": Measured("samples", "lower") for size in SIZES},
    **{f"torso_share_{size}": Measured("%", "lower") for size in SIZES},
    "first_frame_seconds": Measured("s", "lower"),
}


@dataclass(frozen=True)
class SpeedMaterial:
    """An actor, and the faces that it is timed with."""

    actor: Actor
    faces: tuple[FaceState, ...]
    about: str
    """Whose faces, in words."""
    plain: int
    """So many of the faces are rendered by the slow reference too."""

    def camera(self, size: int) -> Camera:
        return self.actor.camera.resized(size, size)


def corpus_faces(corpus: PictureCorpus, count: int) -> tuple[FaceState, ...]:
    """Held-out faces of a picture corpus, of each emotion in turn."""
    held_out = np.nonzero(corpus.test)[0]
    chosen = spread_over_emotions(corpus.weights, held_out, max(count, len(EMOTIONS)))
    chosen = chosen[np.unique(np.linspace(0, len(chosen) - 1, count).round().astype(int))]
    return tuple(FaceState(corpus.landmarks[i], corpus.gaze[i].astype(np.float32), corpus.poses[i]) for i in chosen)


def spoken_faces(actor: Actor, voice: Path, count: int) -> tuple[FaceState, ...]:
    """Moments of a recording that the actor speaks, with another emotion every second."""
    keys = tuple(EmotionKey(float(second), EMOTIONS[second % len(EMOTIONS)]) for second in range(16))
    shot = Shot(AudioRef(), emotions=keys)
    plan = pipeline.plan(shot, open_audio(voice), actor)
    return tuple(plan.face(int(row)) for row in np.linspace(0.05, 0.95, count) * (len(plan) - 1))


def measure(
    material: SpeedMaterial, sizes: Sequence[int] = SIZES, tell: Callable[[str], None] = lambda _: None
) -> Values:
    """Speeds of both engines on the same frames, and of the fast one at each quality; each a median."""
    start = time.perf_counter()
    fast, plain = engine_of(material.actor, "cpu"), engine_of(material.actor, "torch")
    fast.render(material.faces[0], material.camera(sizes[-1]))
    values: Values = {"first_frame_seconds": time.perf_counter() - start}
    for size in sizes:
        tell(f"Rendering at {size}x{size}")
        values |= _at_size(material, fast, plain, size)
    for quality in QUALITIES if 512 in sizes else ():
        tell(f"Rendering in quality {quality}")
        camera = material.camera(512)
        seconds = timed(lambda face, q=quality, c=camera: render_at(fast, face, c, q), material.faces)
        values[f"fps_512_{quality}"] = 1.0 / statistics.median(seconds)
    return values


def _at_size(material: SpeedMaterial, fast: Engine, plain: Engine, size: int) -> Values:
    camera = material.camera(size)
    quick = timed(lambda face: fast.render(face, camera), material.faces)
    slow = timed(lambda face: plain.render(face, camera), material.faces[: material.plain])
    values: Values = {
        f"cpu_ms_{size}": 1e3 * statistics.median(quick),
        f"torch_ms_{size}": 1e3 * statistics.median(slow),
        f"speedup_{size}": statistics.median(s / q for s, q in zip(slow, quick, strict=False)),
        f"fps_{size}": 1.0 / statistics.median(quick),
    }
    return values | _effort(material, fast, quick, size)


def _effort(material: SpeedMaterial, engine: Engine, seconds: list[float], size: int) -> Values:
    """What the last frame took, if the engine counts its samples."""
    shown = (engine.render(material.faces[-1], material.camera(size)).rgba[..., 3] > 0).sum()
    effort = getattr(engine, "effort", None)
    if effort is None or not shown:
        return {f"{name}_{size}": None for name in ("ns_a_sample", "samples_a_ray", "torso_share")}
    return {
        f"ns_a_sample_{size}": seconds[-1] * 1e9 / effort.samples,
        f"samples_a_ray_{size}": effort.samples / float(shown),
        f"torso_share_{size}": 100.0 * getattr(effort, "torso_samples", 0) / effort.samples,
    }


def timed(render: Callable[[FaceState], object], faces: Sequence[FaceState]) -> list[float]:
    """Seconds of each face's picture, after one that is not counted."""
    render(faces[0])
    seconds = []
    for face in faces:
        start = time.perf_counter()
        render(face)
        seconds.append(time.perf_counter() - start)
    return seconds


class Rendered(msgspec.Struct, frozen=True):
    """What the rendering process tells."""

    peak_bytes: int | None
    planned_bytes: int | None
    """Before anything was rendered: hearing and planning alone."""
    shown: float


def peak_gigabytes(actor: Actor, size: int = 512, quality: str = "preview") -> float | None:
    """Most memory of a process that loads the actor and renders a frame as a shot does; None where it is not told.

    Raises:
        RenderError: the process failed.
    """
    command = [sys.executable, "-m", "emogene.evaluation.rendering_process", str(actor.folder), str(size), quality]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RenderError(f"The process that renders a frame failed: {last}", "`emogene doctor` may say why.")
    told = msgspec.json.decode(done.stdout.splitlines()[-1], type=Rendered)
    return None if told.peak_bytes is None else told.peak_bytes / GIGABYTE
