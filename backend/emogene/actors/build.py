"""Putting an actor pack together from trained models and the pictures they were trained on."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emogene.actors.archive import BACKGROUND, required_files
from emogene.actors.background import BackgroundEntry
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
from emogene.actors.view_coverage import ViewCoverage
from emogene.values import Camera
from emogene.weights import save_weights
from emogene.whole_write import write_whole
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
    background: BackgroundEntry | None = None,
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
    return ActorManifest(
        PACK_FORMAT, name, licence, provenance, MODEL_FPS, image, entry, speaking, coverage, background=background
    )


def write_actor(folder: Path, manifest: ActorManifest, models: Path) -> Actor:
    """Write a pack from a folder of model files, and read it back to check it.

    Raises:
        ActorError: a model file is missing.
    """
    needed = [name for name in required_files(models) if name != "actor.toml"]
    if manifest.background is not None and manifest.background.picture is not None:
        needed.append(BACKGROUND)
    missing = [name for name in needed if not (models / name).is_file()]
    if missing:
        raise ActorError(f"The models folder lacks {', '.join(missing)}.", "Train them first, see docs/training.md.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in needed:
        if (models / name).resolve() != (folder / name).resolve():
            shutil.copyfile(models / name, folder / name)
    if BACKGROUND not in needed:
        (folder / BACKGROUND).unlink(missing_ok=True)
    write_manifest(folder, manifest)
    return load_actor(folder)


def write_manifest(folder: Path, manifest: ActorManifest) -> None:
    """Write the pack's actor.toml, whole or not at all."""
    write_whole(folder / "actor.toml", _toml(manifest).encode())


def _toml(manifest: ActorManifest) -> str:
    """The manifest as TOML; a JSON string is a TOML string too."""
    camera, image = manifest.camera, manifest.image
    matrix = ",\n".join("    [" + ", ".join(repr(x) for x in row) + "]" for row in camera.camera_to_world)
    coverage = "" if manifest.emotion_coverage is None else _coverage_toml(manifest.emotion_coverage)
    views = "" if manifest.view_coverage is None else _views_toml(manifest.view_coverage)
    background = "" if manifest.background is None else _background_toml(manifest.background)
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
{background}{coverage}{views}"""


def _background_toml(background: BackgroundEntry) -> str:
    name, value = ("colour", background.colour) if background.colour is not None else ("picture", background.picture)
    return f"""
# What lies behind the actor where a shot asks for the actor's own background.
[background]
{name} = {json.dumps(value)}
"""


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


def _views_toml(views: ViewCoverage) -> str:
    rows = "".join(f"    {list(row)!r},\n" for row in views.psnr)
    return f"""
# How near rendered pictures come to true ones (PSNR of what shows the actor, dB) with the camera at these angles from a
# resting head, degrees: rows by pitch (up), columns by yaw (to the subject's left); and from the front, when the head
# is shown so many times as large as it was at most pictured. 95 of 100 training pictures lie within the pictured_ ones.
[view_coverage]
yaws = {list(views.yaws)!r}
pitches = {list(views.pitches)!r}
psnr = [
{rows}]
close_ups = {list(views.close_ups)!r}
close_up_psnr = {list(views.close_up_psnr)!r}
pictured_yaw = {views.pictured_yaw!r}
pictured_pitch = {views.pictured_pitch!r}
pictured_pixels = {views.pictured_pixels!r}
nearest_metres = {views.nearest_metres!r}
"""
