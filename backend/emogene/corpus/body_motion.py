"""Blinks, gaze and head motion of a speaking person, at 25 fps.

Amplitudes and speeds follow what is measured on people who speak to a camera: head angles vary by 3 to 4 degrees, half
of it slower than 0.3 Hz, nearly all below 2 Hz; nods fall on stressed syllables; eyes jump rather than drift.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from emogene_proto.names import EMOTIONS, MODEL_FPS, SAMPLE_RATE

from ..render.neck import TORSO_POSE
from .phones import VOWELS, PhoneSpan

BLINK_CLOSING = 0.08
BLINK_HOLD = 0.05
"""Longer than a frame, so that every blink shows closed eyes."""
BLINK_OPENING = 0.18
NECK_PIVOT = np.array([0.0, -0.055, -0.015])
"""The point the head turns about, canonical frame, metres."""
HEAD_DEGREES = np.array([3.2, 2.2, 1.6])
"""Standard deviation of the slow wander: yaw, pitch, roll."""
HEAD_METRES = 0.0025
GAZE_RADIANS = np.array([0.10, 0.055])
"""Standard deviation of glances aside: yaw, pitch."""
LOOKING_AT_CAMERA = 0.6
"""Part of the time that the eyes rest on the camera."""

# Yaw, pitch (positive bows the head) and roll in degrees at intensity 1; the signs of yaw and roll are drawn.
POSTURE = {
    "neutral": (0.0, 0.0, 0.0),
    "angry": (0.0, 4.0, 0.0),
    "contempt": (5.0, -4.0, 4.0),
    "disgusted": (5.0, -2.0, 2.0),
    "fear": (2.0, -3.0, 1.0),
    "happy": (0.0, -1.5, 3.0),
    "sad": (2.0, 7.0, 3.0),
    "surprised": (0.0, -4.0, 0.0),
}


def blinks(frames: int, rng: np.random.Generator) -> np.ndarray:
    """(T,) lid closure 0 to 1; blinks come 2 to 6 s apart, now and then two at once."""
    times = np.arange(frames) / MODEL_FPS
    closure = np.zeros(frames)
    start = float(rng.uniform(0.2, 4.0))
    while start < times[-1] if frames else False:
        closure = np.maximum(closure, blink_closure(times - start))
        start += float(rng.uniform(0.35, 0.5)) if rng.random() < 0.08 else float(rng.uniform(2.0, 6.0))
    return closure


def blink_closure(seconds: np.ndarray) -> np.ndarray:
    """Lid closure 0 to 1 at times since a blink's beginning: fast down, slower up."""
    down = np.clip(seconds / BLINK_CLOSING, 0.0, 1.0)
    up = np.clip((seconds - BLINK_CLOSING - BLINK_HOLD) / BLINK_OPENING, 0.0, 1.0)
    return down * down * (3 - 2 * down) * (1.0 - np.sqrt(up) * up * (2.5 - 1.5 * up))


def head_track(
    audio: np.ndarray, phones: Sequence[PhoneSpan], weights: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Poses (T, 4, 4), head to world, and the angles (T, 2) yaw to the subject's left and pitch up, radians."""
    frames = len(weights)
    degrees = _wander(frames, 3, 0.55, rng) * HEAD_DEGREES
    degrees += _wander(frames, 3, 0.16, rng) * np.array([0.5, 0.5, 0.35])
    signs = np.array([rng.choice([-1.0, 1.0]), 1.0, rng.choice([-1.0, 1.0])])
    postures = np.array([POSTURE[emotion] for emotion in EMOTIONS])
    degrees += (
        gaussian_filter1d(weights @ postures, 0.25 * MODEL_FPS, axis=0, mode="nearest") * signs * rng.uniform(0.6, 1.2)
    )
    degrees[:, 1] += _beats(audio, phones, frames, rng)
    shift = _wander(frames, 3, 0.8, rng) * HEAD_METRES
    turns = Rotation.from_euler("YXZ", degrees, degrees=True).as_matrix()
    local = np.tile(np.eye(4), (frames, 1, 1))
    local[:, :3, :3] = turns
    local[:, :3, 3] = NECK_PIVOT - turns @ NECK_PIVOT + shift
    return TORSO_POSE @ local, np.radians(degrees[:, :2]) * [1.0, -1.0]


def _wander(frames: int, channels: int, smoothness_seconds: float, rng: np.random.Generator) -> np.ndarray:
    """(T, channels) smooth noise of unit deviation."""
    margin = int(6 * smoothness_seconds * MODEL_FPS) + 1
    sigma = smoothness_seconds * MODEL_FPS
    noise = gaussian_filter1d(rng.standard_normal((frames + 2 * margin, channels)), sigma, axis=0)
    # A filter of this width leaves white noise with this deviation.
    return noise[margin : margin + frames] * np.sqrt(2.0 * np.sqrt(np.pi) * sigma)


def _beats(audio: np.ndarray, phones: Sequence[PhoneSpan], frames: int, rng: np.random.Generator) -> np.ndarray:
    """(T,) degrees of small nods on the loudest syllables."""
    vowels = [p for p in phones if p.symbol in VOWELS]
    if not vowels:
        return np.zeros(frames)
    loudness = np.array([_loudness(audio, p) * (p.end - p.start) for p in vowels])
    times = np.arange(frames) / MODEL_FPS
    nods = np.zeros(frames)
    last = -1.0
    for p, loud in zip(vowels, loudness, strict=True):
        middle = (p.start + p.end) / 2
        if loud > np.percentile(loudness, 70) and middle - last > 0.45 and rng.random() < 0.7:
            width = float(rng.uniform(0.09, 0.16))
            nods += float(rng.uniform(0.7, 2.4)) * np.exp(-(((times - middle - 0.04) / width) ** 2))
            last = middle
    return nods


def _loudness(audio: np.ndarray, p: PhoneSpan) -> float:
    part = audio[int(p.start * SAMPLE_RATE) : max(int(p.end * SAMPLE_RATE), int(p.start * SAMPLE_RATE) + 1)]
    return float(np.sqrt(np.mean(part**2))) if len(part) else 0.0


def gaze_track(head_angles: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T, 2) gaze in the head frame, radians: jumps between the camera and points beside it, steady against the head.

    Args:
        head_angles: (T, 2) yaw to the subject's left, pitch up, radians.
        weights: (T, 8); sad eyes sink.
    """
    frames = len(head_angles)
    targets = np.zeros((frames, 2))
    at = 0
    while at < frames:
        length = int(rng.uniform(0.4, 2.4) * MODEL_FPS)
        aside = rng.random() > LOOKING_AT_CAMERA
        targets[at : at + length] = rng.standard_normal(2) * GAZE_RADIANS * (1.0 if aside else 0.08)
        at += length
    # A jump takes about one frame.
    targets = gaussian_filter1d(targets, 0.45, axis=0, mode="nearest")
    targets[:, 1] -= 0.12 * weights[:, EMOTIONS.index("sad")]
    return np.clip(targets - head_angles, [-0.5, -0.4], [0.5, 0.4])
