"""How the head moves: stretches of recorded motion, faded into each other, coming to rest in pauses of the speech."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from emogene.emotion.track import smootherstep
from emogene.idle.segments import idle_length_limits, idle_segments
from emogene.render.neck import TORSO_POSE
from emogene.weights import load_weights, rebuilding, save_weights
from emogene_proto.errors import ActorError
from emogene_proto.names import MODEL_FPS

FADE = 3 * MODEL_FPS // 2
"""Frames over which one stretch fades into the next."""
CANDIDATES = 24
"""Stretches of which the one that goes on best from the last is taken."""
STRETCH = (4 * MODEL_FPS, 10 * MODEL_FPS)
"""Shortest and longest stretch taken from a recording, frames."""
USUAL_IDLE = (10, 50)
"""Idle lengths in frames; a track may have longer ones, while shorter ones look like a stumble."""
IDLE_GAP = 12
"""Frames between two idle segments."""
EASE = 13
"""Frames over which the head slows down into a rest, and out of it."""
IDLE_RATE = 0.1
"""Speed of the motion inside a rest; a living head never stops dead."""


@dataclass(frozen=True)
class HeadMotionBank:
    """Recorded head motion to draw from."""

    poses: np.ndarray
    """(N, 4, 4) float32 head to world at 25 fps, recordings one after the other."""
    starts: np.ndarray
    """(C,) int32 row at which each recording begins; the first is 0."""
    idle_lengths: tuple[int, int]
    """Shortest and longest rest, frames."""

    @property
    def recordings(self) -> list[np.ndarray]:
        """Each recording's (n, 4, 4) poses."""
        return np.split(self.poses, self.starts[1:])


def build_bank(tracks: Sequence[np.ndarray]) -> HeadMotionBank:
    """A bank from (n, 4, 4) pose tracks at 25 fps; tracks shorter than one fade are left out.

    Raises:
        ActorError: no track is long enough.
    """
    usable = [np.asarray(track, np.float32) for track in tracks if len(track) > 2 * FADE]
    if not usable:
        raise ActorError("No head track is longer than two seconds.", "Record or make longer clips.")
    lengths = np.cumsum([0] + [len(track) for track in usable])
    poses = np.concatenate(usable)
    limits = idle_length_limits(poses, lengths[1:-1])
    shortest, longest = limits if limits is not None else USUAL_IDLE
    idle_lengths = (max(shortest, USUAL_IDLE[0]), max(longest, USUAL_IDLE[1]))
    return HeadMotionBank(poses, lengths[:-1].astype(np.int32), idle_lengths)


def save_head_motion(path: Path, bank: HeadMotionBank) -> None:
    """Write a bank as a model file of kind `head_motion`; rotations and translations are kept as 16 bit."""
    tensors = {"motion": _to_motion(bank.poses), "starts": bank.starts}
    save_weights(path, tensors, "head_motion", {"idle_lengths": list(bank.idle_lengths)}, half=True)


def load_head_motion(path: Path) -> HeadMotionBank:
    """Read a bank.

    Raises:
        ActorError: missing, damaged, or not a bank.
    """
    tensors, config = load_weights(path, "head_motion")
    with rebuilding(path, "a bank of head motion"):
        motion, starts = tensors["motion"], tensors["starts"].astype(np.int32)
        shortest, longest = (int(n) for n in config["idle_lengths"])
        whole = motion.ndim == 2 and motion.shape[1] == 6 and len(motion) > 2 * FADE and np.isfinite(motion).all()
        if not (whole and len(starts) and starts[0] == 0 and (np.diff(starts) > 0).all() and starts[-1] < len(motion)):
            raise ValueError("the recordings do not follow each other")
    return HeadMotionBank(_to_poses(motion), starts, (shortest, longest))


def head_poses(
    bank: HeadMotionBank, frames: int, speech_spans: np.ndarray, seed: int, scale: float = 1.0
) -> np.ndarray:
    """(T, 4, 4) float32 head to world at 25 fps.

    Args:
        speech_spans: (S, 2) seconds in which the person speaks; the head comes to rest between them.
        scale: size of the movement; 0 is the resting pose throughout.
    """
    random = np.random.default_rng([seed, 0x4EAD])
    motion = _drawn_motion(bank, frames, random)
    clock = _clock(frames, speech_spans, bank.idle_lengths, random)
    rows = np.arange(len(motion))
    slowed = np.stack([np.interp(clock, rows, column) for column in motion.T], axis=1)
    return _to_poses(slowed * scale)


def _drawn_motion(bank: HeadMotionBank, frames: int, random: np.random.Generator) -> np.ndarray:
    """(T, 6) motion: random stretches of the recordings, each faded into the next over FADE frames."""
    recordings = [_around_rest(_to_motion(recording)) for recording in bank.recordings]
    lengths = np.array([len(recording) for recording in recordings])
    shares = lengths / lengths.sum()
    rising = smootherstep((np.arange(FADE) + 0.5) / FADE)[:, None]
    stretch = _stretch(recordings, shares, random)
    parts, count, end = [stretch[:-FADE]], len(stretch), stretch[-FADE:]
    while count < frames:
        candidates = [_stretch(recordings, shares, random) for _ in range(CANDIDATES)]
        squares = [float(np.square(stretch[:FADE] - end).sum()) for stretch in candidates]
        following = candidates[int(np.argmin(squares))]
        # All but the frames over which the next stretch will fade in.
        whole = np.concatenate([rising * following[:FADE] + (1.0 - rising) * end, following[FADE:]])
        parts.append(whole[:-FADE])
        count, end = count + len(whole) - FADE, whole[-FADE:]
    return np.concatenate([*parts, end])[:frames]


def _around_rest(motion: np.ndarray) -> np.ndarray:
    """(n, 6) motion without its mean: how somebody held his head in a recording is not the actor's way."""
    return motion - motion.mean(axis=0)


def _stretch(recordings: list[np.ndarray], shares: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(n, 6) some seconds of some recording, which `shares` make as likely as their length."""
    recording = recordings[random.choice(len(recordings), p=shares)]
    length = min(int(random.integers(*STRETCH, endpoint=True)), len(recording))
    start = int(random.integers(0, len(recording) - length, endpoint=True))
    return recording[start : start + length]


def _clock(
    frames: int, speech_spans: np.ndarray, idle_lengths: tuple[int, int], random: np.random.Generator
) -> np.ndarray:
    """(T,) source row shown at each frame: it stands almost still in idle segments.

    The paper inserts copies of a pose; letting the motion's own clock run slow is the same without a step in velocity.
    """
    rate = np.ones(frames)
    for start, end in pauses(frames, speech_spans):
        for first, last in idle_segments(end - start, *idle_lengths, IDLE_GAP, random):
            rate[start + first : start + last + 1] = IDLE_RATE
    window = np.hanning(EASE + 2)[1:-1]
    padded = np.pad(rate, EASE // 2, mode="edge")
    rate = np.convolve(padded, window / window.sum(), mode="valid")
    return np.concatenate([[0.0], np.cumsum(rate[:-1])])


def pauses(frames: int, speech_spans: np.ndarray) -> list[tuple[int, int]]:
    """(start, end) frames between the speech spans, end excluded."""
    silent = np.ones(frames, bool)
    for start, end in np.asarray(speech_spans, np.float64).reshape(-1, 2):
        silent[max(0, int(start * MODEL_FPS)) : int(np.ceil(end * MODEL_FPS))] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], silent.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _to_motion(poses: np.ndarray) -> np.ndarray:
    """(N, 4, 4) head to world into (N, 6): rotation vector and translation, metres, away from the resting torso."""
    away = poses.astype(np.float64) @ np.linalg.inv(TORSO_POSE.astype(np.float64))
    turn = Rotation.from_matrix(away[:, :3, :3]).as_rotvec()
    return np.concatenate([turn, away[:, :3, 3]], axis=1).astype(np.float32)


def _to_poses(motion: np.ndarray) -> np.ndarray:
    """(N, 6) motion back into (N, 4, 4) float32 head to world."""
    away = np.tile(np.eye(4), (len(motion), 1, 1))
    away[:, :3, :3] = Rotation.from_rotvec(motion[:, :3].astype(np.float64)).as_matrix()
    away[:, :3, 3] = motion[:, 3:]
    return (away @ TORSO_POSE.astype(np.float64)).astype(np.float32)
