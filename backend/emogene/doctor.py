"""What is installed, what works on this computer, and how to mend what does not. Everything is really tried."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from emogene import __version__
from emogene_proto.errors import EmoGeneError
from emogene_proto.quick_check import QuickCheck

REQUIRED_PACKAGES = (
    *("numpy", "torch", "numba", "scipy", "msgspec", "pyzmq", "psutil"),
    *("av", "soundfile", "soxr", "silero-vad", "safetensors", "pillow", "openexr"),
)
AUDIO_DECODERS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "mp3", "m4a": "aac", "ogg": "vorbis", "opus": "opus"}
SPEECH_PROGRAMS = ("flite", "espeak-ng")
BLENDER_LIBRARIES = "libegl1 libgl1 libsm6 libice6 libxi6 libxxf86vm1 libxfixes3 libxrender1 libxkbcommon0"
_MEND_CACHE = "Free space, or set EMOGENE_CACHE and NUMBA_CACHE_DIR to folders you may write."
TRIAL_SIZE = 32
"""Pixels a side of the picture that each engine has to render."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    works: bool
    detail: str
    mend: str = ""
    """What to do where it does not work."""
    optional: bool = False
    """Rendering works without it."""


def examine(actor: str = "bundled") -> Iterator[Check]:
    """All checks, one after the other as they are done; engines render the given actor."""
    yield Check("emogene", True, f"{__version__} on Python {platform.python_version()}, {platform.platform()}")
    yield from _packages()
    yield _tried("audio formats", _audio_formats, "Install PyAV from PyPI: pip install av")
    yield _tried("video encoders", _video_encoders, "Install PyAV from PyPI: pip install av", optional=True)
    yield _tried("speech detector", _speech_detector, "Install it again: pip install silero-vad")
    yield _tried("cache folder", _cache, _MEND_CACHE)
    yield _tried(f"actor {actor}", lambda: _read_actor(actor), "Install EmoGene again.")
    yield _hubert()
    yield from _engines(actor)
    yield from _blender()
    yield from _speech_programs()


def examine_quickly(actor_folders: tuple[Path, ...] = ()) -> QuickCheck:
    """What is here, without rendering anything: a few seconds."""
    told = QuickCheck(__version__, platform.python_version())
    for check in (*_packages(), _tried("cache folder", _cache, _MEND_CACHE)):
        if not check.works:
            problem = f"{check.name.capitalize()}: {check.detail.rstrip('.')}."
            return msgspec.structs.replace(told, problem=problem, hint=check.mend)
    from emogene.service.actors import offered_actors
    from emogene.service.machine import device

    there = _tried("device", device, "Install torch again: pip install torch")
    actors = tuple(offered_actors(actor_folders))
    problem, hint = ("", "") if there.works else (f"PyTorch does not work: {there.detail.rstrip('.')}.", there.mend)
    if not actors:
        problem, hint = "There is no actor.", "Install EmoGene again."
    return msgspec.structs.replace(told, device=there.detail, actors=actors, problem=problem, hint=hint)


def _tried(name: str, trial: Callable[[], str], mend: str, optional: bool = False) -> Check:
    """A check by doing it: the trial returns what to tell, or fails with the reason."""
    try:
        return Check(name, True, trial(), optional=optional)
    except EmoGeneError as error:
        return Check(name, False, error.message, error.hint, optional)
    except Exception as error:  # whatever is broken here is the finding
        return Check(name, False, f"{type(error).__name__}: {error}", mend, optional)


def _packages() -> Iterator[Check]:
    for package in REQUIRED_PACKAGES:
        try:
            yield Check(package, True, importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            yield Check(package, False, "not installed", f"Install it with: pip install {package}")


def _audio_formats() -> str:
    import av

    missing = [name for name, codec in AUDIO_DECODERS.items() if codec not in av.codecs_available]
    if missing:
        raise RuntimeError(f"PyAV cannot read {', '.join(missing)}")
    return ", ".join(AUDIO_DECODERS)


def _video_encoders() -> str:
    from av.codec import Codec

    return ", ".join(Codec(name, "w").name for name in ("libx264", "aac"))


def _speech_detector() -> str:
    """Let the detector listen to a second of silence."""
    import numpy as np

    from emogene.audio.voice_activity import speech_spans
    from emogene_proto.names import SAMPLE_RATE

    silence = np.zeros(SAMPLE_RATE, np.float32)
    speech_spans(silence)
    began = time.perf_counter()
    if speech_spans(silence):
        raise RuntimeError("it hears speech in silence")
    return f"{(time.perf_counter() - began) * 1000:.0f} ms for a second of sound"


def _cache() -> str:
    from emogene import compiled_kernels as kernels
    from emogene.cache import cache_folder

    folders = (cache_folder(), kernels.cache_folder())
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0" * 4096)
    free = shutil.disk_usage(folders[0]).free / 2**30
    return f"{folders[0]}, {free:.1f} GiB free"


def _read_actor(name: str) -> str:
    from emogene.actors.pack import load_actor

    actor = load_actor(name)
    listener = actor.speech_features
    for model in (listener, actor.audio2motion, actor.ldm, actor.head_motion, actor.fields, actor.rest):
        if model is None:
            raise RuntimeError("a model is empty")
    size = sum(path.stat().st_size for path in actor.folder.iterdir()) / 1e6
    return f"{actor.name}, {size:.1f} MB, {actor.manifest.licence}"


def _hubert() -> Check:
    """Whether actors that hear through HuBERT would find it; the bundled one does not need it."""
    from emogene.audio.hubert_files import installed_models

    try:
        version, models = installed_models()
    except EmoGeneError as error:
        return Check("HuBERT", False, error.message, f"Only for actors that need it. {error.hint}", optional=True)
    if not models:
        mend = "Only for actors that need it: let EMOGENE_HUBERT name a model's folder, or run hf download."
        return Check("HuBERT", False, f"transformers {version}, but no model", mend, optional=True)
    return Check("HuBERT", True, f"{', '.join(models)}; transformers {version}", optional=True)


def _engines(actor: str) -> Iterator[Check]:
    from emogene.render.kernels import offered_engines

    yield _gpu()
    for name in offered_engines():
        mend = "Install numba and torch again." if name == "cpu" else "Install torch again: pip install torch"
        yield _tried(f"engine {name}", lambda name=name: _render_once(name, actor), mend)


def _gpu() -> Check:
    """The GPU that the engine cuda would use, and how; without one the engine cpu renders."""
    from emogene.render.kernels.gpu.cuda_device import why_no_cuda

    if why := why_no_cuda():
        return Check("GPU", False, why[0], why[1], optional=True)
    import torch

    from emogene.render.kernels.gpu.ways import chosen_ways

    def look() -> str:
        device = torch.device("cuda", torch.cuda.current_device())
        return f"{torch.cuda.get_device_name(device)}, {chosen_ways(device).told()}"

    return _tried("GPU", look, "Use the engine cpu.", optional=True)


def _render_once(engine_name: str, actor_name: str) -> str:
    """Render one little picture with an engine and look at it."""
    import numpy as np

    from emogene.actors.pack import load_actor
    from emogene.render.kernels import create_engine
    from emogene.render.neck import TORSO_POSE
    from emogene.values import FaceState

    actor = load_actor(actor_name)
    engine = create_engine(engine_name, actor.fields)
    face = FaceState(actor.rest, np.zeros(2, np.float32), TORSO_POSE)
    camera = actor.camera.resized(TRIAL_SIZE, TRIAL_SIZE)
    engine.render(face, camera)
    began = time.perf_counter()
    rgba = engine.render(face, camera).rgba
    milliseconds = (time.perf_counter() - began) * 1000
    if not np.isfinite(rgba).all():
        raise RuntimeError("the picture is damaged")
    where = "the GPU" if engine_name == "cuda" else f"{os.cpu_count()} CPU cores"
    return f"{milliseconds:.0f} ms for {TRIAL_SIZE}x{TRIAL_SIZE}, on {where}"


def _blender() -> Iterator[Check]:
    """Blender itself, and Blender's module, which the demo and the tests use."""
    program = shutil.which("blender")
    has_module = importlib.util.find_spec("bpy") is not None
    mend = "Install Blender 4.2 or newer from blender.org, or put it on the PATH."
    if program or not has_module:
        yield Check("Blender", program is not None, program or "not found", mend, optional=True)
    if has_module:
        missing = "Install the system's X and GL libraries, on Debian and Ubuntu: sudo apt install " + BLENDER_LIBRARIES
        yield _tried("Blender's module", _import_blender, missing, optional=True)


def _import_blender() -> str:
    """Load the bpy wheel in a process of its own: a library that the system lacks shows only then."""
    command = [sys.executable, "-c", "import bpy; print('bpy', bpy.app.version_string)"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=120, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise RuntimeError(said[-1] if said else f"it ends with status {done.returncode}")
    return done.stdout.strip().splitlines()[-1]


def _speech_programs() -> Iterator[Check]:
    package = "brew install" if sys.platform == "darwin" else "sudo apt install"
    for program in SPEECH_PROGRAMS:
        path = shutil.which(program)
        mend = f"Only needed to make training data: {package} {program}"
        yield Check(program, path is not None, path or "not found", mend, optional=True)
