"""Putting an actor pack together from trained models and the pictures they were trained on."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emogene.actors.archive import required_files
from emogene.actors.coverage import EmotionCoverage
from emogene.actors.pack import (
    LARGEST_STYLE_SCALE,
    PACK_FORMAT,
    Actor,
    ActorManifest,
    CameraEntry,
    ImageEntry,
    SpeakingEntry,
    load_actor,
)
from emogene.values import Camera
from emogene.weights import save_weights
from emogene_proto.errors import ActorError
from emogene_proto.names import MODEL_FPS


@dataclass(frozen=True)
class FaceLandmarks:
    """An actor's own face."""

    rest: np.ndarray
    """(68, 3) float32 metres, neutral."""
    closed_eyes: np.ndarray
    """(68, 3) float32 metres, neutral with shut eyes."""


def save_face(path: Path, face: FaceLandmarks) -> None:
    """Write a model file of kind `face`."""
    save_weights(path, {"rest": face.rest, "closed_eyes": face.closed_eyes}, "face", {})


def manifest_of(
    name: str,
    licence: str,
    provenance: str,
    camera: Camera,
    coverage: EmotionCoverage | None = None,
    style_scale: float = 1.0,
) -> ActorManifest:
    """What the pack of an actor pictured with `camera` says about it.

    Raises:
        ActorError: the style scale is out of range.
    """
    if not 0.0 < style_scale <= LARGEST_STYLE_SCALE:
        raise ActorError(f"A style scale of {style_scale:g} is out of range.", f"Use up to {LARGEST_STYLE_SCALE:g}.")
    matrix = tuple(tuple(float(x) for x in row) for row in camera.camera_to_world)
    entry = CameraEntry(matrix, float(camera.focal_mm), float(camera.sensor_mm))  # pyright: ignore[reportArgumentType]
    image = ImageEntry(camera.width, camera.height)
    speaking = SpeakingEntry(float(style_scale))
    return ActorManifest(PACK_FORMAT, name, licence, provenance, MODEL_FPS, image, entry, speaking, coverage)


def write_actor(folder: Path, manifest: ActorManifest, models: Path) -> Actor:
    """Write a pack from a folder of model files, and read it back to check it.

    Raises:
        ActorError: a model file is missing.
    """
    needed = [name for name in required_files(models) if name != "actor.toml"]
    missing = [name for name in needed if not (models / name).is_file()]
    if missing:
        raise ActorError(f"The models folder lacks {', '.join(missing)}.", "Train them first, see docs/training.md.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in needed:
        if (models / name).resolve() != (folder / name).resolve():
            shutil.copyfile(models / name, folder / name)
    (folder / "actor.toml").write_text(_toml(manifest), encoding="utf-8", newline="\n")
    return load_actor(folder)


def _toml(manifest: ActorManifest) -> str:
    """The manifest as TOML; a JSON string is a TOML string too."""
    camera, image = manifest.camera, manifest.image
    matrix = ",\n".join("    [" + ", ".join(repr(x) for x in row) + "]" for row in camera.camera_to_world)
    coverage = "" if manifest.emotion_coverage is None else _coverage_toml(manifest.emotion_coverage)
    return f"""format = {manifest.format}
name = {json.dumps(manifest.name)}
licence = {json.dumps(manifest.licence)}
provenance = {json.dumps(manifest.provenance)}
fps = {manifest.fps}

# Size of the motion around the rest face: 1 is as the models were trained.
[speaking]
style_scale = {manifest.speaking.style_scale!r}

[image]
width = {image.width}
height = {image.height}

[camera]
focal_mm = {camera.focal_mm!r}
sensor_mm = {camera.sensor_mm!r}
camera_to_world = [
{matrix},
]
{coverage}"""


def _coverage_toml(coverage: EmotionCoverage) -> str:
    rows = "".join(f"{emotion} = {list(row)!r}\n" for emotion, row in coverage.distances.items())
    return f"""
# How far faces with each emotion lie from the nearest picture of the training, at these intensities (above 1: driven
# further by a shot's strength), as multiples of the usual distance: that of pictures held out of the training.
[emotion_coverage]
usual_mm = {coverage.usual_mm!r}
intensities = {list(coverage.intensities)!r}

[emotion_coverage.distances]
{rows}"""
