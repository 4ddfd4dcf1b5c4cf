"""The Shot document: all there is to know of a render. Same Shot, same frames.

Blender and the command line write it, the backend reads and hashes it. Times are seconds from the first sample
of the audio; frames are numbered as in Blender, and `frame_start` is where the audio begins on the timeline.
"""

import hashlib
import math
import re

import msgspec

from .errors import ShotError
from .names import EASINGS, EMOTIONS


class AudioRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sound is spoken: its content's hash, and where it was found when the shot was written."""

    sha256: str = ""
    path: str = ""
    offset_seconds: float = 0.0
    """Skipped at the beginning of the file; at a multiple of 0.16 the mouth moves as in the whole recording."""
    duration_seconds: float | None = None
    """Used length; None is to the end of the file."""


class EmotionKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `seconds` on, the face goes to this emotion, taking `transition_seconds`."""

    seconds: float
    emotion: str
    intensity: float = 1.0
    transition_seconds: float = 0.4
    easing: str = "smooth"


class CameraKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pinhole camera, Blender's axes: looks along its -Z, +Y is up."""

    camera_to_world: tuple[tuple[float, float, float, float], ...]
    focal_mm: float
    sensor_mm: float


class Performance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What moves beside speech and emotion."""

    blink: float = 1.0
    """0 never blinks, 1 blinks as a person does, 2 twice as often."""
    gaze: float = 1.0
    """Size of the eyes' wandering."""
    head_motion: float = 1.0
    """Size of head movement; 0 holds the head still."""


class Speaking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How mouth and face follow the voice."""

    amplitude: float = 1.0
    """Size of the movements of mouth and jaw, 0 to 3; lips meet at any size."""
    temperature: float = 0.2
    """Liveliness: 0 is the most likely motion for the sound, 1 the whole variety of the training."""
    smoothing: float = 0.04
    """Seconds over which brows, nose and eyes are smoothed, 0 to 1: a Gaussian's deviation. The mouth never is."""
    lip_closure: float = 1.0
    """0 leaves the lips to the model, 1 closes them where it says they meet, 2 where they might."""


SPEAKING_LIMITS = {"amplitude": 3.0, "temperature": 1.0, "smoothing": 1.0, "lip_closure": 2.0}
"""The largest value of each; the smallest is 0."""


class Shot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One character speaking one recording."""

    audio: AudioRef
    fps: float = 24.0
    frame_start: int = 1
    emotions: tuple[EmotionKey, ...] = ()
    actor: str = "bundled"
    engine: str = "auto"
    """Which kernels render: auto, cpu, torch."""
    width: int = 512
    height: int = 512
    seed: int = 0
    performance: Performance = Performance()
    speaking: Speaking = Speaking()
    camera: CameraKey | None = None
    """None is the actor's own camera."""
    version: int = 1


def check(shot: Shot) -> None:
    """Refuse what cannot be rendered, before any work starts.

    Raises:
        ShotError: with the first thing that does not fit, and how to mend it.
    """
    if shot.version != 1:
        raise ShotError(f"This shot has version {shot.version}, which is not known here.", "Update EmoGene.")
    if not 1.0 <= shot.fps <= 240.0:
        raise ShotError(f"{shot.fps:g} frames per second is out of range.", "Use a rate from 1 to 240.")
    if not (16 <= shot.width <= 4096 and 16 <= shot.height <= 4096):
        raise ShotError(f"A picture of {shot.width}x{shot.height} is out of range.", "Use 16 to 4096 pixels a side.")
    if shot.audio.sha256 and not re.fullmatch(r"[0-9a-f]{64}", shot.audio.sha256):
        raise ShotError("The audio's sha256 is not a hash.", "Load the audio again.")
    if not (0 <= shot.seed < 2**63 and abs(shot.frame_start) < 2**31):
        raise ShotError(
            "The seed or the first frame is out of range.", "Use a seed from 0, and a frame that Blender has."
        )
    _check_span(shot.audio)
    _check_performance(shot.performance)
    _check_speaking(shot.speaking)
    for key in shot.emotions:
        _check_key(key)
    if shot.camera is not None:
        _check_camera(shot.camera)


def _check_span(audio: AudioRef) -> None:
    if not 0.0 <= audio.offset_seconds < 86_400.0:
        raise ShotError(f"The audio is to begin at {audio.offset_seconds:g} s.", "Use 0 or more, within one day.")
    if audio.duration_seconds is not None and not 0.0 < audio.duration_seconds < 86_400.0:
        raise ShotError(f"The audio is to last {audio.duration_seconds:g} s.", "Use more than 0, within one day.")


def _check_performance(performance: Performance) -> None:
    for name, size in msgspec.structs.asdict(performance).items():
        if not 0.0 <= size <= 10.0:
            raise ShotError(f"The size of {name.replace('_', ' ')} is {size:g}.", "Use 0 to 10.")


def _check_speaking(speaking: Speaking) -> None:
    for name, most in SPEAKING_LIMITS.items():
        size = getattr(speaking, name)
        if not 0.0 <= size <= most:
            raise ShotError(f"The {name.replace('_', ' ')} of the speech is {size:g}.", f"Use 0 to {most:g}.")


def _check_camera(camera: CameraKey) -> None:
    rows = camera.camera_to_world
    if len(rows) != 4 or not all(math.isfinite(value) for row in rows for value in row):
        raise ShotError("The camera's matrix is not one of 4x4 numbers.", "Write the shot again from Blender.")
    axes = [[row[column] for row in rows[:3]] for column in range(3)]
    products = {
        (i, j): sum(a * b for a, b in zip(axes[i], axes[j], strict=True)) for i in range(3) for j in range(i, 3)
    }
    rigid = all(abs(product - (i == j)) < 1e-3 for (i, j), product in products.items())
    if not (rigid and rows[3] == (0.0, 0.0, 0.0, 1.0)):
        raise ShotError("The camera is scaled or skewed.", "Apply the camera's scale in Blender.")
    if not (0.0 < camera.focal_mm < 1e5 and 0.0 < camera.sensor_mm < 1e5):
        raise ShotError("The camera has no possible lens.", "Use a focal length and a sensor above 0 mm.")


def _check_key(key: EmotionKey) -> None:
    where = f"The emotion key at {key.seconds:g} s"
    if key.emotion not in EMOTIONS:
        raise ShotError(f"{where} names '{key.emotion}', which is no emotion.", f"Use one of: {', '.join(EMOTIONS)}.")
    if not 0.0 <= key.intensity <= 1.0:
        raise ShotError(f"{where} has intensity {key.intensity:g}.", "Use 0 to 1.")
    if key.easing not in EASINGS:
        raise ShotError(f"{where} has easing '{key.easing}'.", f"Use one of: {', '.join(EASINGS)}.")
    if not 0.0 <= key.transition_seconds <= 60.0:
        raise ShotError(f"{where} has a transition of {key.transition_seconds:g} s.", "Use 0 to 60 seconds.")
    if not abs(key.seconds) < 86_400.0:
        raise ShotError("An emotion key lies outside one day.", "Check the markers' frames.")


def to_json(shot: Shot) -> bytes:
    """The document as readable JSON, always the same bytes for the same Shot."""
    return msgspec.json.format(msgspec.json.encode(shot, order="sorted"), indent=2)


def from_json(data: bytes) -> Shot:
    """Read and check a document.

    Raises:
        ShotError: not a shot document, or one that cannot be rendered.
    """
    try:
        shot = msgspec.json.decode(data, type=Shot)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ShotError(f"This is not a shot document: {error}.", "Write the shot again from Blender.") from error
    check(shot)
    return shot


def shot_hash(shot: Shot) -> str:
    """Sha256 over all that decides the frames; where the audio file lies does not count."""
    audio = msgspec.structs.replace(shot.audio, path="")
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(shot, audio=audio), order="sorted")).hexdigest()
