"""Keys of frames: the hash of exactly what a picture depends on, our own code and the libraries in use among it."""

import functools
import hashlib
import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import emogene
import emogene_proto
from emogene.values import Camera, FaceState
from emogene_proto.shot import Background

NOT_IN_FRAMES = (
    "cli", "corpus/", "doctor", "evaluation/", "farm/", "films/", "live_playback", "quantities",
    "service/", "training/",
)  # fmt: skip
"""Source files, by how their names begin, that no plan and no frame depends on."""

SERVICE_IN_FRAMES = tuple(f"service/{name}.py" for name in ("newest", "planner", "plans", "speeches", "work"))
"""Those of the service that decide which stages of a plan are done again, and what is found in place of them."""

PLANNING_PACKAGES = ("av", "numpy", "scipy", "silero-vad", "soxr", "torch")
"""What decodes, hears and moves: another version of one may plan another motion."""

HEARING_PACKAGES = ("transformers",)
"""Those that an actor needs whose motion model hears through HuBERT; not installed everywhere."""

DRAWING_PACKAGES = ("llvmlite", "numba", "numpy", "openexr", "pillow", "torch")
"""What draws frames and writes them."""


def frame_key(face: FaceState, camera: Camera, renderer: str, output: str) -> str:
    """The key of one frame.

    Args:
        camera: the frame's own, so of a track that changes only changed frames are rendered again.
        renderer: says which actor, background, engine and code draw it.
        output: the form of its file, one of OUTPUTS.
    """
    digest = hashlib.sha256(f"{renderer} {output}".encode())
    for array in (face.landmarks, face.gaze, face.pose):
        digest.update(np.ascontiguousarray(array, "<f4").tobytes())
    digest.update(np.ascontiguousarray(camera.camera_to_world, "<f8").tobytes())
    lens = (camera.focal_mm, camera.sensor_mm, *camera.shift_px, camera.pixel_aspect)
    digest.update(np.array([*lens, camera.width, camera.height], "<f8").tobytes())
    return digest.hexdigest()


def background_key(background: Background) -> str:
    """What of a background decides pixels, beside the actor's files: a picture's content, wherever it lies."""
    if background.kind == "colour":
        return f"colour {background.colour.lower()}"
    if background.kind == "picture" and background.picture is not None:
        return f"picture {background.picture.sha256} {background.fit}"
    return background.kind


def planning_code() -> str:
    """Says which releases of our code and of libraries plan here."""
    return f"{code_fingerprint()} {versions(PLANNING_PACKAGES + HEARING_PACKAGES)}"


def drawing_code() -> str:
    """Says which releases of our code and of libraries draw here."""
    return f"{code_fingerprint()} {versions(DRAWING_PACKAGES)}"


@functools.cache
def code_fingerprint() -> str:
    """Sha256 over our source files that may shape a frame: another release never reuses what an earlier one drew."""
    digest = hashlib.sha256()
    for name, path in shaping_files():
        digest.update(name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def shaping_files() -> Iterator[tuple[str, Path]]:
    """Our source files that a plan or a frame may depend on, each with its name in its package."""
    for package in (emogene, emogene_proto):
        folder = Path(package.__path__[0])
        for path in sorted(folder.rglob("*.py")):
            name = path.relative_to(folder).as_posix()
            if name in SERVICE_IN_FRAMES or not name.startswith(NOT_IN_FRAMES):
                yield name, path


@functools.cache
def versions(packages: tuple[str, ...]) -> str:
    """Which releases of these packages are installed: what others have made is not the same."""
    return " ".join(f"{package}=={_version(package)}" for package in packages)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"
