"""One clip of an actor: speech, emotion, blinks, gaze and head motion, all aligned at 25 fps."""

from dataclasses import dataclass

import numpy as np

from emogene_proto.names import EMOTIONS, MODEL_FPS

from .body_motion import blinks, gaze_track, head_track
from .expressions import EmotionStyle, speak_with_emotion
from .mouth_contacts import MouthContacts
from .phones import PhoneSpan
from .speech import Speech
from .visemes import articulate, frame_count

GAZE_FULL_YAW = 0.50
"""Radians at which eyeLookIn and eyeLookOut are 1."""
GAZE_FULL_PITCH = 0.44
"""Radians at which eyeLookUp and eyeLookDown are 1."""
LID_WAY = {"cheekSquint": -0.30, "cheekRaiser": -0.30, "noseSneer": -0.15, "mouthSmile": -0.06, "browOuterUp": 0.05}
"""How much further each full shape sends an upper lid that closes: a raised lower lid meets it on its way."""


@dataclass(frozen=True)
class PerformanceClip:
    """T frames at 25 fps; E expression coefficients in the order of `names`."""

    audio: np.ndarray
    """(N,) float32, 16 kHz."""
    phones: tuple[PhoneSpan, ...]
    neutral: np.ndarray
    """(T, E) float32: the speech alone."""
    emotional: np.ndarray
    """(T, E) float32: the same speech with emotion; equals `neutral` where only neutral has weight."""
    weights: np.ndarray
    """(T, 8) float32 emotion weights, rows sum to 1."""
    blink: np.ndarray
    """(T,) float32, 0 open to 1 closed."""
    gaze: np.ndarray
    """(T, 2) float32 radians in the head frame: yaw to the subject's left, pitch up."""
    poses: np.ndarray
    """(T, 4, 4) float32 head to world."""
    text: str
    voice: str
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.weights)


def perform(
    speech: Speech, weights: np.ndarray, style: EmotionStyle, contacts: MouthContacts, rng: np.random.Generator
) -> PerformanceClip:
    """Act out one recording.

    Args:
        weights: (T, 8) emotion weights at 25 fps, T = ceil(seconds * 25).
        contacts: the mouth of a face model with tongue: `mouth_contacts(with_tongue(model))`.
    """
    motion = articulate(speech.phones, speech.audio, effort=float(rng.uniform(0.85, 1.2)))
    silent = np.zeros_like(weights)
    silent[:, 0] = 1.0
    poses, head_angles = head_track(speech.audio, speech.phones, weights, rng)
    return PerformanceClip(
        audio=speech.audio,
        phones=speech.phones,
        neutral=speak_with_emotion(motion, silent, style, contacts).astype(np.float32),
        emotional=speak_with_emotion(motion, weights, style, contacts).astype(np.float32),
        weights=weights.astype(np.float32),
        blink=blinks(len(weights), rng).astype(np.float32),
        gaze=gaze_track(head_angles, weights, rng).astype(np.float32),
        poses=poses.astype(np.float32),
        text=speech.text,
        voice=speech.voice,
        names=contacts.names,
    )


def emotion_weights(seconds: float, rng: np.random.Generator, emotion: str | None = None) -> np.ndarray:
    """(T, 8) a random course: one to three emotions one after the other, or mixed, at any intensity, with ramps.

    Args:
        emotion: the first emotion; random without it.
    """
    frames = frame_count(seconds)
    times = np.arange(frames) / MODEL_FPS
    feelings = np.zeros((frames, len(EMOTIONS)))
    changes = int(rng.choice([1, 2, 3], p=[0.55, 0.3, 0.15]))
    starts = np.concatenate([[-10.0], np.sort(rng.uniform(0.15, 0.85, changes - 1)) * seconds])
    for k, start in enumerate(starts):
        column = EMOTIONS.index(emotion) if emotion and k == 0 else int(rng.integers(len(EMOTIONS)))
        target = np.zeros(len(EMOTIONS))
        target[column] = _intensity(rng)
        if rng.random() < 0.12:
            other = int(rng.integers(1, len(EMOTIONS)))
            share = float(rng.uniform(0.25, 0.6))
            target *= 1.0 - share
            target[other] += share * _intensity(rng)
        ramp = float(rng.uniform(0.25, 0.9))
        t = np.clip((times - start) / ramp, 0.0, 1.0)[:, None]
        feelings += (t * t * (3.0 - 2.0 * t)) * (target - feelings)
    feelings[:, 0] = 0.0
    feelings[:, 0] = 1.0 - feelings.sum(axis=1)
    return feelings


def _intensity(rng: np.random.Generator) -> float:
    """Anything from a trace to full, full more often."""
    return 1.0 if rng.random() < 0.3 else float(rng.uniform(0.15, 1.0))


def full_expression(clip: PerformanceClip) -> np.ndarray:
    """(T, E) what a picture shows: emotional speech with blinks, and lids that follow the gaze.

    The eyeballs are turned rigidly by `clip.gaze`; the model's eyeLook shapes move only what lies around them.
    """
    column = clip.names.index
    shown = clip.emotional.astype(np.float64)
    yaw, pitch = clip.gaze[:, 0], clip.gaze[:, 1]
    look = {
        "eyeLookOut_L": yaw / GAZE_FULL_YAW,
        "eyeLookIn_R": yaw / GAZE_FULL_YAW,
        "eyeLookIn_L": -yaw / GAZE_FULL_YAW,
        "eyeLookOut_R": -yaw / GAZE_FULL_YAW,
    }
    for side in ("_L", "_R"):
        look[f"eyeLookUp{side}"] = pitch / GAZE_FULL_PITCH
        look[f"eyeLookDown{side}"] = -pitch / GAZE_FULL_PITCH
    for name, value in look.items():
        shown[:, column(name)] = np.clip(value, 0.0, 1.2)
    return close_lids(shown, clip.blink, clip.names).astype(np.float32)


def close_lids(expressions: np.ndarray, blink: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """(T, E) expressions with both lids closed by `blink` (T,): 1 closes them exactly, whatever emotion they show."""
    shown = expressions.copy()
    column = names.index
    for side in ("_L", "_R"):
        for name in ("eyeWide", "eyeSquint", "eyeLookUp", "eyeLookDown"):
            shown[:, column(name + side)] *= 1.0 - blink
        way = 1.0 + sum(share * shown[:, column(name + side)] for name, share in LID_WAY.items())
        lid = column("eyeBlink" + side)
        shown[:, lid] = shown[:, lid] * (1.0 - blink) + blink * np.maximum(way, 0.0)
    return shown
