"""The way from a voice and emotion keys to frames. This is the only file that knows the order of the stages.

A shot is planned whole, because motion needs context; its frames are then rendered one by one, in any order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

import numpy as np

from emogene.actors.pack import Actor
from emogene.audio.load import PIECE_SECONDS
from emogene.audio.voice import Voice
from emogene.audio.voice_activity import SpeechFinder
from emogene.edits import move_landmarks
from emogene.emotion.lips import may_open, survive
from emogene.emotion.strength import gains
from emogene.emotion.track import emotion_track
from emogene.idle.activity import idle_activity
from emogene.idle.head_motion import head_poses
from emogene.idle.lids import move_lids
from emogene.idle.life import Life, life
from emogene.motion.articulation import articulate, contacts_held
from emogene.motion.audio2motion import NeutralMotion, join_motion
from emogene.render.blender_camera import pinhole
from emogene.render.quality import render_at
from emogene.resample import face_at, frame_count, frame_times, resample_curves
from emogene.values import Camera, Frame, Plan, View
from emogene_proto.errors import Cancelled, RenderError, ShotError
from emogene_proto.names import MODEL_FPS, SAMPLE_RATE
from emogene_proto.shot import Shot
from emogene_proto.shot_check import check

if TYPE_CHECKING:
    from emogene.render.kernels import Engine
    from emogene.render.output.background import Backdrop

Progress = Callable[[float, str], None]
"""Is told how far the work has come, 0 to 1, and what is being done."""
IsCancelled = Callable[[], bool]

HEARD = 0.9
"""How much of planning is listening."""
MOST_FRAMES = 300_000
"""Of one shot: three and a half hours at 24 a second. Its plan takes 276 MB then, and fits messages."""
_BLOCK_FRAMES = 8192
"""Felt at a time, so that an hour takes little more memory than its landmarks."""


@dataclass(frozen=True)
class Speech:
    """What the audio alone decides: emotion keys may change without doing this again. Rows at 25 fps."""

    motion: NeutralMotion
    """The actor speaking without emotion, as the model gave it."""
    spans: np.ndarray
    """(S, 2) seconds in which there is a voice."""
    duration_seconds: float


@dataclass(frozen=True)
class Delivery:
    """The performance without its emotions: these may change without doing this again. Rows at the shot's rate."""

    neutral: np.ndarray
    """(T, 68, 3) float32 metres, articulated, without emotion and blinks."""
    held: np.ndarray
    """(T, 2) float32 in 0..1, what emotion must leave of speech: see `contacts_held`."""
    opening: np.ndarray
    """(T, 3) float32 metres, how much further an emotion may open the lips: see `may_open`."""
    life: Life
    """Head, gaze and lids."""


def plan(
    shot: Shot,
    audio: np.ndarray | Voice,
    actor: Actor,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Plan:
    """Landmarks, emotion weights, head poses and gaze of a whole shot.

    Args:
        audio: what the shot uses of its recordings: as `open_voice` gives it, of any length, or (N,) float32 at 16 kHz.
        progress: told after every few seconds of sound, and after each stage.
        cancelled: asked as often.

    Raises:
        AudioError: a file is damaged where it is needed, or too short.
        ShotError: the shot asks for something that cannot be.
        ActorError: a model of the actor is damaged, or does not fit the others.
        Cancelled: `cancelled` said so.
    """
    check(shot)
    speech = listen(shot, audio, actor, progress, cancelled)
    _step(HEARD, "Adding emotion", progress, cancelled)
    planned = perform(shot, speech, actor)
    _step(1.0, "Planned", progress, cancelled)
    return planned


def listen(
    shot: Shot,
    audio: np.ndarray | Voice,
    actor: Actor,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Speech:
    """From audio to the neutral motion of the face; of the shot it depends on seed, temperature and offset only.

    The sound flows through in pieces of some seconds: of it never more than a minute or two are held.

    A part of a recording moves as it does within the whole, away from its edges, if its offset is a multiple of 0.16 s
    (a latent of the motion model). At other offsets the model's frames and latents fall up to 0.08 s beside those of
    the whole: the mouth says the same at the same time, in slightly different motion.
    """
    _step(0.0, "Listening to the voice", progress, cancelled)
    if not isinstance(audio, np.ndarray) and audio.seconds is not None:
        check_length(audio.seconds, shot.fps)
    features, model = actor.speech_features, actor.audio2motion
    finder = SpeechFinder()
    duration = 0.0

    def heard() -> Iterator[np.ndarray]:
        nonlocal duration
        for piece, part in _pieces(audio):
            finder.feed(piece)
            duration += len(piece) / SAMPLE_RATE
            _step(HEARD * part, "Listening to the voice", progress, cancelled)
            yield piece

    start_latent = round(shot.audio.offset_seconds * MODEL_FPS / model.stride)
    moving = model.generate_stream(
        features.stream(heard()), actor.rest, shot.seed, shot.speaking.temperature, start_latent
    )
    motion = join_motion(moving)
    if not isinstance(audio, np.ndarray) and audio.note:
        _step(HEARD, audio.note, progress, cancelled)
    spans = np.array([(span.start, span.end) for span in finder.finish()], np.float64).reshape(-1, 2)
    return Speech(motion, spans, duration)


def _pieces(audio: np.ndarray | Voice) -> Iterator[tuple[np.ndarray, float]]:
    """Consecutive (n,) pieces, each with the part of the whole, 0 to 1, that was heard when it was."""
    if not isinstance(audio, np.ndarray):
        for piece in audio.pieces():
            yield piece, audio.heard
        return
    size = round(PIECE_SECONDS * SAMPLE_RATE)
    for first in range(0, len(audio), size):
        piece = audio[first : first + size]
        yield piece, (first + len(piece)) / len(audio)


def check_length(seconds: float, fps: float) -> None:
    """Refuse a shot whose plan would take more memory than one may.

    Raises:
        ShotError: it has too many frames.
    """
    if seconds * fps > MOST_FRAMES:
        message = f"{seconds / 60:.0f} minutes at {fps:g} frames a second are too long for one shot."
        raise ShotError(message, f"It may have {MOST_FRAMES:,} frames: make it shorter, or use fewer a second.")


def perform(shot: Shot, speech: Speech, actor: Actor) -> Plan:
    """From neutral motion to the whole performance at the shot's rate."""
    return edit(shot, feel(shot, deliver(shot, speech, actor), actor))


def deliver(shot: Shot, speech: Speech, actor: Actor) -> Delivery:
    """Say it without emotion; of the shot it depends on all but its emotions and edits."""
    check_length(speech.duration_seconds, shot.fps)
    frames, performance = len(speech.motion), shot.performance
    times = frame_times(frame_count(speech.duration_seconds, shot.fps), shot.fps)
    neutral = articulate(speech.motion, speech.spans, actor.rest, shot.speaking, actor.speaking_style)
    held = contacts_held(speech.motion, speech.spans, shot.speaking, actor.speaking_style)
    poses = head_poses(actor.head_motion, frames, speech.spans, shot.seed, performance, times, shot.head_track)
    return Delivery(
        neutral=resample_curves(neutral, MODEL_FPS, times),
        held=resample_curves(held, MODEL_FPS, times),
        opening=resample_curves(may_open(neutral, actor.rest, held), MODEL_FPS, times),
        life=life(poses, idle_activity(frames, speech.spans), performance, shot.seed, times),
    )


def feel(shot: Shot, delivery: Delivery, actor: Actor) -> Plan:
    """Give what is said its emotions: milliseconds for a minute of a shot."""
    neutral, alive = delivery.neutral, delivery.life
    weights = emotion_track(shot.emotions, shot.emotion_curves, frame_times(len(neutral), shot.fps))
    strength = gains(shot.emotion_strength)
    landmarks = np.empty_like(neutral)
    for first in range(0, len(neutral), _BLOCK_FRAMES):
        rows = slice(first, first + _BLOCK_FRAMES)
        emotional = actor.ldm.deform(neutral[rows], actor.rest, weights[rows], strength)
        spoken = survive(emotional, neutral[rows], actor.rest, delivery.held[rows], delivery.opening[rows])
        landmarks[rows] = move_lids(spoken, alive.gaze[rows], alive.closure[rows], actor.rest, actor.closed_eyes)
    return Plan(landmarks, weights, alive.poses, alive.gaze, shot.fps, shot.frame_start)


def edit(shot: Shot, felt: Plan) -> Plan:
    """Move the landmarks that the artist moved; gaze and poses stay as they are."""
    return replace(felt, landmarks=move_landmarks(felt.landmarks, shot.landmark_edits, shot.fps))


def camera_of(shot: Shot, actor: Actor, row: int) -> Camera:
    """The shot's camera for row `row` of its plan (0 is frame `frame_start`), or the actor's own at the shot's size."""
    key = shot.camera_at(row)
    return actor.camera.resized(shot.width, shot.height) if key is None else pinhole(key, shot.width, shot.height)


def view_of(plan: Plan, row: int, shot: Shot, actor: Actor) -> View:
    """What row `row` of a plan (0 is frame `frame_start`) is a picture of."""
    return View(plan.face(row), camera_of(shot, actor, row))


def load_engine(shot: Shot, actor: Actor) -> "Engine":
    """The kernels that the shot asks for, with the actor's fields in them.

    Raises:
        RenderError: this computer does not have that engine.
    """
    from emogene.render.kernels import create_engine

    return create_engine(shot.engine, actor.fields)


def load_backdrop(shot: Shot, actor: Actor, picture: Path | None = None) -> "Backdrop | None":
    """What lies behind the actor in this shot; None where frames stay transparent.

    Args:
        picture: where the background's picture lies, if the shot has one.

    Raises:
        ShotError: the picture is missing, damaged or too large.
        ActorError: the actor has no background of its own.
    """
    from emogene.render.output.background import colour_backdrop, picture_backdrop
    from emogene.render.output.colour import parse_colour

    background = shot.background
    if background.kind == "transparent":
        return None
    if background.kind == "actor":
        return actor.backdrop
    if background.kind == "colour":
        return colour_backdrop(parse_colour(background.colour))
    if background.picture is None or picture is None:
        raise RenderError("The background's picture was not given.", "Choose the picture again.")
    name = PureWindowsPath(PurePosixPath(background.picture.path).name).name or "picture"
    return picture_backdrop(picture, name)


def render_row(
    plan: Plan, row: int, shot: Shot, actor: Actor, engine: "Engine", backdrop: "Backdrop | None" = None
) -> Frame:
    """The picture of row `row` of a plan (0 is frame `frame_start`); depends on nothing but that row.

    Args:
        backdrop: the shot's, see `load_backdrop`.

    Raises:
        RenderError: the shot has a background, and it was not given.
    """
    return render_view(view_of(plan, row, shot, actor), shot, engine, backdrop)


def render_view(view: View, shot: Shot, engine: "Engine", backdrop: "Backdrop | None" = None) -> Frame:
    """The picture of one face by one camera, see `render_row`."""
    return _before(backdrop, render_at(engine, view.face, view.camera, shot.quality), shot)


def render_frame(
    plan: Plan, seconds: float, shot: Shot, actor: Actor, engine: "Engine", backdrop: "Backdrop | None" = None
) -> Frame:
    """The picture at any time, in seconds from the shot's first frame, also between frames: for scrubbing.

    On a frame it is that frame's picture. Between frames the face is interpolated; the camera is the nearest frame's.
    """
    camera = camera_of(shot, actor, round(seconds * shot.fps))
    return _before(backdrop, render_at(engine, face_at(plan, seconds), camera, shot.quality), shot)


def render_live(
    plan: Plan,
    row: int,
    size: tuple[int, int],
    shot: Shot,
    actor: Actor,
    engine: "Engine",
    backdrop: "Backdrop | None" = None,
) -> Frame:
    """The picture of one row at another size (width, height), a ray a pixel: for what is shown and not kept."""
    return _before(backdrop, engine.render(plan.face(row), camera_of(shot, actor, row).resized(*size)), shot)


def _before(backdrop: "Backdrop | None", frame: Frame, shot: Shot) -> Frame:
    """The frame over the shot's background."""
    if backdrop is not None:
        return backdrop.behind(frame)
    if shot.background.kind != "transparent":
        raise RenderError("The background of this shot was not read.", "Give its backdrop, see load_backdrop.")
    return frame


def _step(fraction: float, doing: str, progress: Progress | None, cancelled: IsCancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled()
    if progress is not None:
        progress(fraction, doing)
