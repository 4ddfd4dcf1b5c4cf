"""The Shot document: all there is to know of a render. Same Shot, same frames.

Blender and the command line write it, the backend reads and hashes it. Times are seconds from the first sample
of the audio; frames are numbered as in Blender, and `frame_start` is where the audio begins on the timeline.
"""

from typing import Annotated

import msgspec

MOST_ROWS = 500_000
"""Of a head track, and points of a curve: nearly six hours with one on every frame at 24 a second."""


MOST_KEYS = 50_000
"""Emotion keys of a shot: four a second for three hours."""


class AudioRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sound is spoken: its content's hash, and where it was found when the shot was written."""

    sha256: str = ""
    path: str = ""
    offset_seconds: float = 0.0
    """Skipped at the beginning of the file; at a multiple of 0.16 the mouth moves as in the whole recording."""
    duration_seconds: float | None = None
    """Used length; None is to the end of the file."""


MOST_PARTS = 1000
"""Further recordings of a shot."""


class AudioPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A further recording of the same voice, later or at the same time."""

    audio: AudioRef
    start_seconds: float
    """Where it begins to be heard, after the shot's first sample; 0 or more."""


class Feeling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One emotion of a mixture."""

    emotion: str
    intensity: float = 1.0


SHORTEST_CHANGE_SECONDS = {"hold": 0.0, "linear": 0.2, "smooth": 0.2, "ease_in": 0.3, "ease_out": 0.3}
"""By easing: then the largest change, by itself, accelerates the face half as sharply as the sharpest hundredth of
speech does. Less would come near a jump, which is what `hold` is for."""


class EmotionKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `seconds` on, the face goes to this emotion, taking `transition_seconds`."""

    seconds: float
    emotion: str
    intensity: float = 1.0
    transition_seconds: float = 0.4
    """0.2 at least (0.3 to ease in or out), whatever is written: only `hold` jumps."""
    easing: str = "smooth"
    also: Annotated[tuple[Feeling, ...], msgspec.Meta(max_length=16)] = ()
    """Felt at the same time, e.g. sad 0.4 beside happy 0.5; all intensities of a key add up to at most 1."""

    @property
    def feelings(self) -> tuple[Feeling, ...]:
        """All that is felt, the first included."""
        return (Feeling(self.emotion, self.intensity), *self.also)

    @property
    def change_seconds(self) -> float:
        """How long the change really takes."""
        return 0.0 if self.easing == "hold" else max(self.transition_seconds, SHORTEST_CHANGE_SECONDS[self.easing])


class CurvePoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A keyframe of an F-Curve."""

    seconds: float
    value: float
    interpolation: str = "bezier"
    """From this point to the next: constant, linear or bezier."""
    handle_left: tuple[float, float] = (0.0, 0.0)
    """Seconds and value of the handle, from the point."""
    handle_right: tuple[float, float] = (0.0, 0.0)


class EmotionCurve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The intensity of one emotion as an animated value, in place of what keys say of this emotion.

    Evaluated as Blender evaluates the F-Curve, held before its first and after its last point, clamped to 0 to 1.
    """

    emotion: str
    points: Annotated[tuple[CurvePoint, ...], msgspec.Meta(max_length=MOST_ROWS)]


class EmotionStrength(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far emotions move the face: 0 not at all, 1 as the actor does, 2 twice as far."""

    overall: float = 1.0
    """Multiplies the others; a region never moves further than twice as far."""
    brows: float = 1.0
    eyes: float = 1.0
    mouth: float = 1.0
    """Mouth, jaw and the wings of the nose."""


LARGEST_STRENGTH = 2.0


MOST_CAMERAS = 90_000
"""Of a camera track: an hour at 25 a second; more would not fit a message."""


class Crop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A window of the full picture, in pixels from its upper left corner."""

    left: int
    top: int
    width: int
    height: int


class CameraKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A pinhole camera as Blender describes it: looks along its -Z, +Y is up.

    The world is the head's: its origin at rest is the world's, it looks along -Y, Z is up; metres.
    """

    camera_to_world: tuple[tuple[float, float, float, float], ...]
    """Four rows; rigid."""
    focal_mm: float
    sensor_mm: float
    """Width of the sensor; where it fits `auto`, what the longer side of the picture shows."""
    sensor_height_mm: float = 24.0
    """Used where the sensor fits vertically."""
    sensor_fit: str = "horizontal"
    """Which side of the picture the sensor spans: horizontal, vertical, or auto, which is the longer one."""
    shift_x: float = 0.0
    shift_y: float = 0.0
    """How far the view moves right and up, in lengths of the side that the sensor spans."""
    pixel_aspect_x: float = 1.0
    pixel_aspect_y: float = 1.0
    """Width and height of a pixel; only their ratio counts."""
    crop: Crop | None = None
    """The part of the full picture that is rendered; the frame is then just as large."""


SENSOR_FITS = ("auto", "horizontal", "vertical")


class Performance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What moves beside speech and emotion.

    A wholly static head is `head_motion`, `gaze` and `breath` at 0, and no `head_track` or `head_object` at 0.
    """

    blink: float = 1.0
    """0 never blinks, 1 blinks as a person does, 2 twice as often."""
    gaze: float = 1.0
    """Size of the eyes' wandering, and of how far the head turns along with wide looks; at 0 eyes hold the camera's
    place."""
    head_motion: float = 1.0
    """Weight of the actor's own recorded head movement. At 0 the head still turns a little along with wide looks
    (`gaze`), and breathes and sways (`breath`)."""
    head_object: float = 1.0
    """Weight of the shot's `head_track`, which is added to the actor's own movement."""
    breath: float = 1.0
    """Size of the movements of breathing and of the body's slow sway; at 0 the head does neither."""
    idle_sampling: str = "random_length"
    """How the head rests where nobody speaks (paper, table V); see IDLE_SAMPLINGS."""


class HeadTrack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The movement of an animated object that moves the head, e.g. an empty in Blender.

    Before its first and after its last row the movement is held.
    """

    motion: Annotated[tuple[tuple[float, float, float, float, float, float], ...], msgspec.Meta(max_length=MOST_ROWS)]
    """One row a frame of the shot, from `frame_start` on: metres along Blender's X, Y and Z away from where the head
    rests, then a rotation vector in the same axes, radians; zeros are the resting head that looks along -Y."""


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


MOST_EDITS = 250_000
"""All points on every frame for two and a half minutes; 15 MB of a message."""


class LandmarkEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an artist put a landmark at one time."""

    point: int
    """0 to 67, in iBUG-68 order."""
    seconds: float
    offset: tuple[float, float, float]
    """Metres away from where the plan without edits has the point, along the axes of the head's frame."""


class LandmarkEdits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an artist moved by hand: added to the planned landmarks, see `landmark_edits.py`."""

    keys: Annotated[tuple[LandmarkEdit, ...], msgspec.Meta(max_length=MOST_EDITS)] = ()
    """In any order; a point has one at most at a time."""
    fade_seconds: float = 0.2
    """How long an edit takes to come and to go, 0 to 10. Keys of a point within twice as much are one movement."""
    neighbours: int = 2
    """Over so many steps along the face's lines neighbours move along, less with each, 0 to 8; at 0 none does."""


BACKGROUNDS = ("transparent", "colour", "picture", "actor")
FITS = ("cover",)


class PictureRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which picture: its content's hash, and where it was found when the shot was written."""

    sha256: str = ""
    path: str = ""


class Background(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lies behind the actor, opaque wherever it is not transparent."""

    kind: str = "transparent"
    """One of BACKGROUNDS; `actor` is what the actor's own pack says."""
    colour: str = "#808080"
    """#rrggbb in sRGB, where `kind` is colour."""
    picture: PictureRef | None = None
    """Where `kind` is picture."""
    fit: str = "cover"
    """How a picture lies in the frame, one of FITS: cover fills it, centred, and what is too much is cut off."""


OUTPUTS = ("png", "exr")


class Shot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One character speaking one or more recordings."""

    audio: AudioRef
    """Heard from second 0 on."""
    fps: float = 24.0
    frame_start: int = 1
    emotions: Annotated[tuple[EmotionKey, ...], msgspec.Meta(max_length=MOST_KEYS)] = ()
    emotion_curves: Annotated[tuple[EmotionCurve, ...], msgspec.Meta(max_length=16)] = ()
    """At most one for each emotion but neutral."""
    emotion_strength: EmotionStrength = EmotionStrength()
    actor: str = "bundled"
    engine: str = "auto"
    """Which kernels render: auto, cpu, torch."""
    quality: str = "preview"
    """draft: a quarter of the rays, enlarged smoothly; preview: a ray a pixel; final: four rays a pixel, averaged."""
    width: int = 512
    height: int = 512
    """Pixels of the full picture; frames are smaller where the camera has a crop."""
    seed: int = 0
    performance: Performance = Performance()
    head_track: HeadTrack | None = None
    speaking: Speaking = Speaking()
    camera: CameraKey | None = None
    """None is the actor's own camera."""
    camera_track: Annotated[tuple[CameraKey, ...], msgspec.Meta(max_length=MOST_CAMERAS)] = ()
    """In place of `camera` where it moves: one a frame of the shot, from `frame_start` on. After its last one it is
    held. All show pictures of the same size."""
    output: str = "png"
    """The frames' form, one of OUTPUTS: 8-bit sRGB with straight alpha, or scene-linear half floats with depth."""
    background: Background = Background()
    landmark_edits: LandmarkEdits | None = None
    further_audio: Annotated[tuple[AudioPart, ...], msgspec.Meta(max_length=MOST_PARTS)] = ()
    """Heard beside `audio`, each at its own time: between parts is silence, where they overlap both are heard. The shot
    lasts until the last one ends."""
    version: int = 1

    def camera_at(self, row: int) -> CameraKey | None:
        """The camera of row `row` of the plan (0 is frame `frame_start`); None is the actor's own."""
        if not self.camera_track:
            return self.camera
        return self.camera_track[min(max(row, 0), len(self.camera_track) - 1)]

    @property
    def recordings(self) -> tuple[AudioPart, ...]:
        """All that is heard, `audio` first."""
        return (AudioPart(self.audio, 0.0), *self.further_audio)

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of the rendered frames in pixels."""
        key = self.camera_at(0)
        crop = key.crop if key is not None else None
        return (self.width, self.height) if crop is None else (crop.width, crop.height)
