"""From training results to a pack: the actor's face and camera from its pictures, emotion coverage, preview."""

import json
import shutil
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np

from emogene.actors.background import STUDIO_GREY, chosen_background
from emogene.actors.build import FaceLandmarks, manifest_of, save_face, write_actor
from emogene.actors.measured_coverage import measure_coverage
from emogene.actors.pack import Actor
from emogene.corpus.appearance.actor import Actor as Appearance
from emogene.corpus.appearance.actor import own_camera
from emogene.corpus.landmark_corpus import read_clips
from emogene.corpus.pictures import CORPUS, PictureCorpus, read_pictures
from emogene.idle.head_motion import HeadMotionBank, build_bank
from emogene.render.kernels import create_engine
from emogene.render.neck import TORSO_POSE
from emogene.render.output.files import write_frame
from emogene.values import Camera, FaceState

PREVIEW_SIZE = 256
MOTION_CLIPS = 100
"""Clips of a landmark corpus that a bank of head motion takes."""


def appearance_of(corpus: PictureCorpus) -> Appearance:
    """Who is in a picture corpus: all that his studio is built from, beside the face model."""
    return Appearance(**json.loads((corpus.folder / CORPUS).read_text())["actor"])


def pictured_camera(corpus: PictureCorpus) -> Camera:
    """The frontal portrait camera of the actor in a picture corpus."""
    return own_camera(appearance_of(corpus), corpus.size)


def head_motion_from_clips(folder: Path, clips: int = MOTION_CLIPS) -> HeadMotionBank:
    """A bank of head motion from the first training clips of a landmark corpus.

    Raises:
        CorpusError: there is no landmark corpus.
        ActorError: its clips are too short.
    """
    return build_bank([clip.poses for clip in islice(read_clips(folder, "train"), clips)])


def assemble(
    name: str,
    licence: str,
    provenance: str,
    models: Path,
    corpus: Path,
    out: Path,
    style_scale: float = 1.0,
    background: str = STUDIO_GREY,
) -> Actor:
    """Write the pack of an actor.

    `face.safetensors` is made from the pictures where the models folder has none; the preview is rendered.

    Args:
        models: folder of the trained model files.
        corpus: the picture corpus that the head field was trained on.
        style_scale: size of the motion around rest that is the actor's own.
        background: what lies behind the actor: #rrggbb, a picture's path, or `none`.

    Raises:
        ShotError: the background is neither a colour nor a picture that can be read.
        CorpusError: the pictures cannot be read.
        ActorError: a model file is missing or damaged, or the style scale is out of range.
    """
    pictures = read_pictures(corpus)
    camera = pictured_camera(pictures)
    with tempfile.TemporaryDirectory() as scratch:
        staged = Path(scratch)
        behind = chosen_background(background, staged)
        for path in models.glob("*.safetensors"):
            shutil.copyfile(path, staged / path.name)
        if not (staged / "face.safetensors").is_file():
            save_face(staged / "face.safetensors", FaceLandmarks(pictures.rest, pictures.closed_eyes))
        draft = Actor(staged, manifest_of(name, licence, provenance, camera, None, style_scale))
        coverage = measure_coverage(draft, pictures.landmarks, pictures.weights, pictures.blink, pictures.test)
        write_preview(draft, staged / "preview.png")
        manifest = manifest_of(name, licence, provenance, camera, coverage, style_scale, behind)
        return write_actor(out, manifest, staged)


def write_preview(actor: Actor, path: Path) -> None:
    """Render the actor's neutral face, looking into the camera."""
    face = FaceState(actor.rest, np.zeros(2, np.float32), TORSO_POSE)
    camera = actor.camera.resized(PREVIEW_SIZE, PREVIEW_SIZE)
    write_frame(path, create_engine("auto", actor.fields).render(face, camera), "png")
