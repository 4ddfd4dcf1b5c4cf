"""The way from a voice and emotion keys to frames. This is the only file that knows the order of the stages.

A shot is planned whole, because motion needs context; its frames are then rendered one by one, in any order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emogene.actors.pack import Actor
from emogene.audio.voice_activity import speech_spans
from emogene.emotion.track import emotion_weights
from emogene.idle.blink import blink_closure, close_lids
from emogene.idle.gaze import gaze_track
from emogene.idle.head_motion import head_poses
from emogene.resample import frame_count, frame_times, resample_curves, resample_poses
from emogene.values import Camera, Frame, Plan
from emogene_proto.errors import ActorError, Cancelled
from emogene_proto.names import MODEL_FPS, SAMPLE_RATE
from emogene_proto.shot import Shot, check

if TYPE_CHECKING:
    from emogene.render.kernels import Engine

Progress = Callable[[float, str], None]
"""Is told how far the work has come, 0 to 1, and what is being done."""
IsCancelled = Callable[[], bool]

TEMPERATURE = 0.2
"""Liveliness of the motion drawn from the audio: 0 is the most likely motion, 1 the variety of the training."""


@dataclass(frozen=True)
class Speech:
    """What the audio alone decides: emotion keys may change without doing this again. Rows at 25 fps."""

    neutral: np.ndarray
    """(T, 68, 3) float32 metres, the actor speaking without emotion."""
    spans: np.ndarray
    """(S, 2) seconds in which there is a voice."""
    duration_seconds: float


def plan(
    shot: Shot,
    audio: np.ndarray,
    actor: Actor,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Plan:
    """Landmarks, emotion weights, head poses and gaze of a whole shot.

    Args:
        audio: (N,) float32 at 16 kHz: the part of the recording that the shot uses.
        progress: told after each stage.
        cancelled: asked between stages.

    Raises:
        ShotError: the shot asks for something that cannot be.
        ActorError: a model of the actor is damaged, or does not fit the others.
        Cancelled: `cancelled` said so.
    """
    check(shot)
    speech = listen(shot, audio, actor, progress, cancelled)
    _step(0.8, "Adding emotion", progress, cancelled)
    planned = perform(shot, speech, actor)
    _step(1.0, "Planned", progress, cancelled)
    return planned


def listen(
    shot: Shot,
    audio: np.ndarray,
    actor: Actor,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Speech:
    """From audio to the neutral motion of the face; of the shot it depends on the seed only."""
    if actor.speech_encoder.feature_count != actor.audio2motion.feature_count:
        raise ActorError(f"The models of the actor '{actor.name}' do not fit together.", "Build the actor again.")
    _step(0.0, "Listening to the voice", progress, cancelled)
    features = actor.speech_encoder.encode(audio)
    _step(0.5, "Moving the face", progress, cancelled)
    neutral = actor.audio2motion.generate(features, actor.rest, shot.seed, TEMPERATURE)
    spans = np.array([(span.start, span.end) for span in speech_spans(audio)], np.float64).reshape(-1, 2)
    return Speech(neutral, spans, len(audio) / SAMPLE_RATE)


def perform(shot: Shot, speech: Speech, actor: Actor) -> Plan:
    """From neutral motion to the whole performance at the shot's rate."""
    rate = MODEL_FPS
    frames = len(speech.neutral)
    times = frame_times(frame_count(speech.duration_seconds, shot.fps), shot.fps)
    poses = head_poses(actor.head_motion, frames, speech.spans, shot.seed, shot.performance.head_motion)
    gaze = gaze_track(poses, shot.seed, shot.performance.gaze)
    closure = blink_closure(frames, shot.seed, shot.performance.blink)

    weights = emotion_weights(shot.emotions, times)
    neutral = resample_curves(speech.neutral, rate, times)
    emotional = actor.ldm.deform(neutral, actor.rest, weights)
    landmarks = close_lids(emotional, resample_curves(closure, rate, times), actor.rest, actor.closed_eyes)
    return Plan(
        landmarks=landmarks,
        weights=weights,
        poses=resample_poses(poses, rate, times),
        gaze=resample_curves(gaze, rate, times),
        fps=shot.fps,
        frame_start=shot.frame_start,
    )


def camera_of(shot: Shot, actor: Actor) -> Camera:
    """The shot's camera, or the actor's own, at the shot's picture size."""
    if shot.camera is None:
        return actor.camera.resized(shot.width, shot.height)
    matrix = np.array(shot.camera.camera_to_world, np.float64)
    return Camera(matrix, shot.camera.focal_mm, shot.camera.sensor_mm, shot.width, shot.height)


def load_engine(shot: Shot, actor: Actor) -> "Engine":
    """The kernels that the shot asks for, with the actor's field in them.

    Raises:
        RenderError: this computer does not have that engine.
    """
    from emogene.render.kernels import create_engine

    return create_engine(shot.engine, actor.head_field)


def render_frame(plan: Plan, index: int, shot: Shot, actor: Actor, engine: "Engine") -> Frame:
    """The picture of row `index` of a plan (0 is frame `frame_start`); depends on nothing but that row."""
    return engine.render(plan.face(index), camera_of(shot, actor))


def _step(fraction: float, doing: str, progress: Progress | None, cancelled: IsCancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled()
    if progress is not None:
        progress(fraction, doing)
