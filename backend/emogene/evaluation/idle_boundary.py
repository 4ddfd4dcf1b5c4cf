"""Where speech and idle meet: does anything there jerk more than in speech?"""

from dataclasses import dataclass

import numpy as np

from emogene.evaluation.idle_life import LIFELESS
from emogene.evaluation.idle_material import HeardRecording, IdleMaterial
from emogene.evaluation.idle_poses import pose_speeds
from emogene.evaluation.suite import Measured, Values
from emogene.idle.activity import SETTLE_SECONDS
from emogene_proto.names import MODEL_FPS
from emogene_proto.shot import Performance

WINDOW_SECONDS = SETTLE_SECONDS
"""To both sides of where a voice ends or begins: until the head has settled."""
SHORTEST_PAUSE_SECONDS = 0.3
SEEDS = (0, 1, 2)
PLAYED: tuple[tuple[float, str], ...] = (
    (MODEL_FPS, "neutral"),
    (60.0, "neutral"),
    (MODEL_FPS, "surprised"),
    (60.0, "surprised"),
)
"""Frame rates, and emotions held throughout, in which boundaries are looked at; the worst counts."""
PLAYED_NAMES = tuple(f"boundary_ratio_{emotion}_{fps:g}" for fps, emotion in PLAYED)

NAMES = (
    "boundary_acceleration_ratio",
    "boundary_ratio_pose",
    "boundary_ratio_landmarks",
    *PLAYED_NAMES,
    "boundary_ratio_without_life",
    "boundary_largest",
    "speech_largest",
    "pause_velocity_ratio",
)
FIGURES: dict[str, Measured] = {"boundary_acceleration_ratio": Measured("", "lower", 1.2)}
EXTRAS: dict[str, Measured] = {name: Measured("", "lower") for name in NAMES[1:]}


@dataclass(frozen=True)
class Accelerations:
    """(N,) norms, of frames near a boundary and of others in speech."""

    meeting: np.ndarray
    speaking: np.ndarray

    @property
    def ratio(self) -> float:
        """The 99th percentile where speech and idle meet over that in speech."""
        return float(np.quantile(self.meeting, 0.99) / np.quantile(self.speaking, 0.99))


def boundaries(material: IdleMaterial) -> Values:
    """Acceleration of poses and landmarks at boundaries, through the whole pipeline, and how much pauses calm the head.

    Both sides of the ratio are 99th percentiles: a voice's own onsets lie in the windows, and among so many frames
    some exceed the 99th percentile of speech (`boundary_largest`), as they do in speech (`speech_largest`).
    """
    played = [_accelerations(material, Performance(), fps, emotion) for fps, emotion in PLAYED]
    found = [one for both in played for one in both]
    ratios = [max(one.ratio for one in both) for both in played]
    return {
        "boundary_acceleration_ratio": max(ratios),
        "boundary_ratio_pose": max(poses.ratio for poses, _ in played),
        "boundary_ratio_landmarks": max(landmarks.ratio for _, landmarks in played),
        **dict(zip(PLAYED_NAMES, ratios, strict=True)),
        "boundary_ratio_without_life": max(one.ratio for one in _accelerations(material, LIFELESS, *PLAYED[0])),
        "boundary_largest": max(_largest(one.meeting, one) for one in found),
        "speech_largest": max(_largest(one.speaking, one) for one in found),
        "pause_velocity_ratio": pause_velocity(material),
    }


def near_boundaries(times: np.ndarray, spans: np.ndarray, seconds: float) -> np.ndarray:
    """(T,) bool: within WINDOW_SECONDS of the end or beginning of a span inside a recording."""
    edges = np.asarray(spans, np.float64).ravel()
    edges = edges[(edges > WINDOW_SECONDS) & (edges < seconds - WINDOW_SECONDS)]
    if not len(edges):
        return np.zeros(len(times), bool)
    after = np.searchsorted(edges, times).clip(0, len(edges) - 1)
    nearest = np.minimum(np.abs(edges[after] - times), np.abs(edges[(after - 1).clip(0)] - times))
    return nearest <= WINDOW_SECONDS


def in_speech(times: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """(T,) bool: within one of (S, 2) spans."""
    spans = np.asarray(spans, np.float64).reshape(-1, 2)
    return np.searchsorted(spans[:, 0], times, "right") > np.searchsorted(spans[:, 1], times, "left")


def _accelerations(
    material: IdleMaterial, performance: Performance, fps: float, emotion: str
) -> tuple[Accelerations, Accelerations]:
    """Of poses and of landmarks."""
    meeting: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    speaking: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for one in material.recordings:
        for seed in SEEDS:
            plan = material.planned(one.speech, performance, seed, fps, emotion)
            times = (np.arange(len(plan) - 2) + 1) / fps
            near = near_boundaries(times, one.speech.spans, one.speech.duration_seconds)
            inside = in_speech(times, one.speech.spans) & ~near
            rows = plan.landmarks.reshape(len(plan), -1).astype(np.float64)
            faces = np.linalg.norm(np.diff(rows, 2, axis=0), axis=1)
            for part, acceleration in enumerate((pose_speeds(plan.poses)[1], faces)):
                meeting[part].append(acceleration[near])
                speaking[part].append(acceleration[inside])
    poses, landmarks = (
        Accelerations(np.concatenate(near), np.concatenate(inside))
        for near, inside in zip(meeting, speaking, strict=True)
    )
    return poses, landmarks


def _largest(found: np.ndarray, all_of: Accelerations) -> float:
    return float(found.max() / np.quantile(all_of.speaking, 0.99))


def pause_velocity(material: IdleMaterial) -> float | None:
    """Mean velocity of the head in pauses inside speech over that in speech; None without such pauses."""
    pausing, speaking = [], []
    for one in material.recordings:
        for seed in SEEDS:
            velocity = pose_speeds(material.planned(one.speech, LIFELESS, seed).poses)[0]
            times = (np.arange(len(velocity)) + 0.5) / MODEL_FPS
            pausing.append(velocity[in_speech(times, _long_pauses(one))])
            speaking.append(velocity[in_speech(times, one.speech.spans)])
    found = np.concatenate(pausing)
    return float(found.mean() / np.concatenate(speaking).mean()) if len(found) else None


def _long_pauses(one: HeardRecording) -> np.ndarray:
    """(P, 2) seconds between two spans."""
    pauses = np.stack([one.speech.spans[:-1, 1], one.speech.spans[1:, 0]], axis=1)
    return pauses[pauses[:, 1] - pauses[:, 0] >= SHORTEST_PAUSE_SECONDS]
