"""An actor pack: everything that one actor needs, and nothing executable."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from emogene.actors.archive import (
    BACKGROUND,
    LARGEST_MANIFEST,
    SPEECH_ENCODER,
    held_files,
    read_packed,
    required_files,
)
from emogene.actors.background import BackgroundEntry, own_backdrop
from emogene.actors.coverage import EmotionCoverage
from emogene.actors.unpacked import unpack_archive
from emogene.actors.view_coverage import ViewCoverage
from emogene.audio.speech_features import FeaturesNeeded, SpeechFeatures, needed_by
from emogene.values import Camera
from emogene.weights import load_weights
from emogene_proto.errors import ActorError
from emogene_proto.names import EMOTIONS, LANDMARK_COUNT

if TYPE_CHECKING:
    from emogene.audio.encoder import SpeechEncoder
    from emogene.emotion.ldm import LandmarkDeformation
    from emogene.idle.head_motion import HeadMotionBank
    from emogene.motion.audio2motion import Audio2Motion
    from emogene.render.fields import ActorFields
    from emogene.render.output.background import Backdrop

PACK_FORMAT = 3
LARGEST_STYLE_SCALE = 3.0
BUNDLED = Path(__file__).with_name("bundled")
_LARGEST = 1e5
"""Metres and millimetres of a camera."""
_INSTALL = "Install the actor pack again."

Matrix = tuple[tuple[float, float, float, float], ...]


class ImageEntry(msgspec.Struct, frozen=True):
    """Size of the pictures that the actor was trained on."""

    width: int
    height: int


class CameraEntry(msgspec.Struct, frozen=True):
    """The actor's own camera, see `Camera`."""

    camera_to_world: Matrix
    focal_mm: float
    sensor_mm: float


class SpeakingEntry(msgspec.Struct, frozen=True):
    """The actor's own way of speaking."""

    style_scale: float = 1.0
    """Size of the face's motion around rest; 1 is as the model was trained."""


class ActorManifest(msgspec.Struct, frozen=True):
    """What `actor.toml` says."""

    format: int
    name: str
    licence: str
    provenance: str
    fps: int
    image: ImageEntry
    camera: CameraEntry
    speaking: SpeakingEntry = SpeakingEntry()
    emotion_coverage: EmotionCoverage | None = None
    """None in packs that were built before this was measured."""
    view_coverage: ViewCoverage | None = None
    """None in packs whose views were not measured."""
    background: BackgroundEntry | None = None
    """None where the actor has none of its own."""


@dataclass(frozen=True)
class Actor:
    """A checked pack. Models are read when first used, and then kept."""

    folder: Path
    manifest: ActorManifest

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def covered_to(self) -> dict[str, float]:
        """See `covered_by`."""
        return covered_by(self.manifest)

    @property
    def speaking_style(self) -> float:
        """Size of this actor's motion around the rest face."""
        return self.manifest.speaking.style_scale

    @cached_property
    def camera(self) -> Camera:
        """The camera that the actor was pictured with."""
        entry, image = self.manifest.camera, self.manifest.image
        return Camera(
            np.array(entry.camera_to_world, np.float64), entry.focal_mm, entry.sensor_mm, image.width, image.height
        )

    @cached_property
    def fingerprint(self) -> str:
        """Sha256 over all that decides the frames: the pack's files but its preview."""
        return self._hash(held_files(self.folder)[:-1])

    @cached_property
    def hearing_fingerprint(self) -> str:
        """Sha256 over what turns sound into neutral motion: the face and the models that hear and move."""
        hearing = ("face.safetensors", SPEECH_ENCODER, "audio2motion.safetensors")
        return self._hash([name for name in required_files(self.folder) if name in hearing])

    def _hash(self, names: Iterable[str]) -> str:
        digest = hashlib.sha256()
        for name in names:
            digest.update(hashlib.sha256((self.folder / name).read_bytes()).digest())
        return digest.hexdigest()

    @cached_property
    def _face(self) -> dict[str, np.ndarray]:
        tensors, _ = load_weights(self.folder / "face.safetensors", "face")
        for name in ("rest", "closed_eyes"):
            points = tensors.get(name, np.zeros(0, np.float32))
            if points.shape != (LANDMARK_COUNT, 3) or points.dtype != np.float32 or not (np.abs(points) < 1.0).all():
                raise ActorError(f"The actor '{self.name}' has no landmarks '{name}'.", "Build the actor again.")
        return tensors

    @property
    def rest(self) -> np.ndarray:
        """(68, 3) float32 metres, the actor's neutral face."""
        return self._face["rest"]

    @property
    def closed_eyes(self) -> np.ndarray:
        """(68, 3) float32 metres, the neutral face with shut eyes."""
        return self._face["closed_eyes"]

    @cached_property
    def speech_encoder(self) -> "SpeechEncoder":
        """The pack's own encoder; packs whose motion model needs HuBERT have none."""
        from emogene.audio.encoder import load_speech_encoder

        return load_speech_encoder(self.folder / SPEECH_ENCODER)

    @cached_property
    def features_needed(self) -> FeaturesNeeded:
        """What the motion model was trained to hear."""
        return needed_by(self.folder / "audio2motion.safetensors")

    @cached_property
    def speech_features(self) -> SpeechFeatures:
        """The encoder that the motion model needs: the pack's own, or HuBERT from elsewhere on this computer."""
        from emogene.audio.feature_choice import features_for

        return features_for(self.features_needed, self.folder / SPEECH_ENCODER)

    @cached_property
    def audio2motion(self) -> "Audio2Motion":
        from emogene.motion.audio2motion import load_audio2motion

        return load_audio2motion(self.folder / "audio2motion.safetensors")

    @cached_property
    def ldm(self) -> "LandmarkDeformation":
        from emogene.emotion.ldm import load_ldm

        return load_ldm(self.folder / "ldm.safetensors")

    @cached_property
    def head_motion(self) -> "HeadMotionBank":
        from emogene.idle.head_motion import load_head_motion

        return load_head_motion(self.folder / "head_motion.safetensors")

    @cached_property
    def backdrop(self) -> "Backdrop":
        """What lies behind this actor; an ActorError where that is nothing."""
        return own_backdrop(self.name, self.folder, self.manifest.background)

    @cached_property
    def fields(self) -> "ActorFields":
        """Head and torso."""
        from emogene.render.fields import ActorFields
        from emogene.render.head_field import HeadField
        from emogene.render.torso_field import TorsoField

        head, torso = (self.folder / f"{kind.KIND}.safetensors" for kind in (HeadField, TorsoField))
        return ActorFields(HeadField.load(head), TorsoField.load(torso))


def covered_by(manifest: ActorManifest) -> dict[str, float]:
    """For each emotion the intensity up to which its faces look like the actor's pictures; empty where unknown."""
    coverage = manifest.emotion_coverage
    return {} if coverage is None else {emotion: coverage.covered_to(emotion) for emotion in coverage.distances}


def load_actor(name_or_path: str | Path) -> Actor:
    """Read a pack: `bundled`, a folder, or an `.actor` file.

    A caller that serves others must not pass their text on as a path; it offers `bundled` and what its owner chose.

    Raises:
        ActorError: there is no such actor, or its pack is incomplete, damaged or of another version.
    """
    folder = BUNDLED if str(name_or_path) == "bundled" else Path(name_or_path)
    if folder.is_file():
        folder = unpack_archive(folder)
    if not (folder / "actor.toml").is_file():
        other = (
            "Install EmoGene again." if folder == BUNDLED else "Name 'bundled', an actor's folder, or an .actor file."
        )
        raise ActorError(f"There is no actor '{name_or_path}'.", other)
    return _load_folder(folder.resolve())


def _load_folder(folder: Path) -> Actor:
    manifest = read_manifest(folder / "actor.toml")
    needed = list(required_files(folder)[:-1])
    if manifest.background is not None and manifest.background.picture is not None:
        needed.append(BACKGROUND)
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise ActorError(f"The actor '{manifest.name}' lacks {', '.join(missing)}.", _INSTALL)
    return Actor(folder, manifest)


def pack_manifest(path: Path) -> ActorManifest:
    """What the pack in a folder or an `.actor` file says of itself; nothing else of it is read.

    Raises:
        ActorError: it cannot be read, or says what fits no actor.
    """
    return _checked(read_packed(path, "actor.toml")) if path.is_file() else read_manifest(path / "actor.toml")


def read_manifest(path: Path) -> ActorManifest:
    """Read and check an `actor.toml`.

    Raises:
        ActorError: not such a file, of another version, or with values that fit no actor.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_MANIFEST + 1)
    except OSError as error:
        raise ActorError(f"The actor's actor.toml cannot be read: {error}.", _INSTALL) from error
    if len(content) > LARGEST_MANIFEST:
        raise ActorError("The actor's actor.toml is too large.", _INSTALL)
    return _checked(content)


def _checked(content: bytes) -> ActorManifest:
    try:
        manifest = msgspec.toml.decode(content, type=ActorManifest)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise ActorError(f"The actor's actor.toml cannot be read: {error}.", _INSTALL) from error
    if manifest.format != PACK_FORMAT:
        older = "It was made for an earlier EmoGene: train its fields again, and build it with 'emogene actor build'."
        hint = older if manifest.format < PACK_FORMAT else "Update EmoGene."
        raise ActorError(f"The actor '{manifest.name}' has format {manifest.format}.", hint)
    if not (1 <= manifest.fps <= 240 and 0 < len(manifest.name) <= 200):
        raise ActorError("The actor's actor.toml has no name, or an impossible rate of frames.", _INSTALL)
    _check_pictures(manifest)
    if not 0.0 < manifest.speaking.style_scale <= LARGEST_STYLE_SCALE:
        raise ActorError(
            f"The style scale of the actor '{manifest.name}' is {manifest.speaking.style_scale:g}.",
            f"Use more than 0, up to {LARGEST_STYLE_SCALE:g}.",
        )
    coverage = manifest.emotion_coverage
    if coverage is not None and not coverage.sensible():
        raise ActorError(f"The emotion coverage of the actor '{manifest.name}' is not one.", _INSTALL)
    if coverage is not None and not set(coverage.distances) <= set(EMOTIONS):
        raise ActorError(f"The actor '{manifest.name}' covers an unknown emotion.", "Update EmoGene.")
    if manifest.view_coverage is not None and not manifest.view_coverage.sensible():
        raise ActorError(f"The view coverage of the actor '{manifest.name}' is not one.", _INSTALL)
    if manifest.background is not None and not manifest.background.sensible():
        raise ActorError(
            f"The background of the actor '{manifest.name}' is not one.", f'Use colour = "#rrggbb" or {BACKGROUND}.'
        )
    return manifest


def _check_pictures(manifest: ActorManifest) -> None:
    matrix = np.array(manifest.camera.camera_to_world, np.float64)
    finite = matrix.shape == (4, 4) and bool((np.abs(matrix) < _LARGEST).all())  # comparisons with NaN never hold
    rigid = finite and np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-3)
    if not (rigid and 0.0 < manifest.camera.focal_mm < _LARGEST and 0.0 < manifest.camera.sensor_mm < _LARGEST):
        raise ActorError(f"The camera of the actor '{manifest.name}' is not a camera.", _INSTALL)
    if not (16 <= manifest.image.width <= 4096 and 16 <= manifest.image.height <= 4096):
        raise ActorError(f"The picture size of the actor '{manifest.name}' is out of range.", _INSTALL)
