"""How the head moves: stretches of recorded motion, faded into each other, coming to rest in pauses of the speech."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from emogene.idle.head_track import object_motion
from emogene.idle.segments import resting
from emogene.idle.stillness import Rests, rests_of
from emogene.motion.easing import smootherstep
from emogene.render.neck import TORSO_POSE
from emogene.resample import resample_curves
from emogene.weights import load_weights, rebuilding, save_weights
from emogene_proto.errors import ActorError
from emogene_proto.names import MODEL_FPS
from emogene_proto.shot import HeadTrack, Performance

FADE = 3 * MODEL_FPS // 2
"""Frames over which one stretch fades into the next."""
CANDIDATES = 24
"""Stretches of which the one that goes on best from the last is taken."""
STRETCH = (4 * MODEL_FPS, 10 * MODEL_FPS)
"""Shortest and longest stretch taken from a recording, frames."""
IDLE_RATE = 0.1
"""Speed of the motion inside a rest; a living head never stops dead."""

LARGEST_MOTION = 10.0
"""Metres and radians; more is no head's."""

_DRAWING, _RESTING = range(2)
"""What random numbers are drawn for: how a head rests does not change how it moves."""


@dataclass(frozen=True)
class HeadMotionBank:
    """Recorded head motion to draw from."""

    poses: np.ndarray
    """(N, 4, 4) float32 head to world at 25 fps, recordings one after the other."""
    starts: np.ndarray
    """(C,) int32 row at which each recording begins; the first is 0."""

    @property
    def recordings(self) -> list[np.ndarray]:
        """Each recording's (n, 4, 4) poses."""
        return np.split(self.poses, self.starts[1:])

    @cached_property
    def motion(self) -> np.ndarray:
        """(N, 6) float32 motion, each recording around its mean: how a head was held there is not the actor's."""
        motions = [to_motion(recording) for recording in self.recordings]
        return np.concatenate([motion - motion.mean(axis=0) for motion in motions])

    @cached_property
    def rests(self) -> Rests:
        """How long the recorded heads rest, and how long they move in between (equation 10)."""
        return rests_of(self.recordings)


def build_bank(tracks: Sequence[np.ndarray]) -> HeadMotionBank:
    """A bank from (n, 4, 4) pose tracks at 25 fps; tracks no longer than two fades are left out.

    Raises:
        ActorError: no track is long enough.
    """
    usable = [np.asarray(track, np.float32) for track in tracks if len(track) > 2 * FADE]
    if not usable:
        seconds = 2 * FADE / MODEL_FPS
        raise ActorError(f"No head track is longer than {seconds:.0f} seconds.", "Record or make longer clips.")
    lengths = np.cumsum([0] + [len(track) for track in usable])
    return HeadMotionBank(np.concatenate(usable), lengths[:-1].astype(np.int32))


def save_head_motion(path: Path, bank: HeadMotionBank) -> None:
    """Write a bank as a model file of kind `head_motion`; rotations and translations are kept as 16 bit."""
    tensors = {"motion": to_motion(bank.poses), "starts": bank.starts}
    save_weights(path, tensors, "head_motion", {}, half=True)


def load_head_motion(path: Path) -> HeadMotionBank:
    """Read a bank.

    Raises:
        ActorError: missing, damaged, or not a bank.
    """
    tensors, _ = load_weights(path, "head_motion")
    with rebuilding(path, "a bank of head motion"):
        motion, starts = tensors["motion"], tensors["starts"].astype(np.int32)
        # A turn of the head and metres away from where it rests; comparisons with NaN never hold.
        whole = motion.ndim == 2 and motion.shape[1] == 6 and bool((np.abs(motion) < LARGEST_MOTION).all())
        follow = starts.ndim == 1 and len(starts) and starts[0] == 0
        # Two fades and more, as in `build_bank`: stretches of less would never get on.
        if not (whole and follow and (np.diff(np.append(starts, len(motion))) > 2 * FADE).all()):
            raise ValueError("the recordings do not follow each other, or are too short")
    return HeadMotionBank(to_poses(motion), starts)


def head_poses(
    bank: HeadMotionBank,
    frames: int,
    spans: np.ndarray,
    seed: int,
    performance: Performance,
    times_seconds: np.ndarray,
    track: HeadTrack | None = None,
) -> np.ndarray:
    """(N, 4, 4) float32 head to world at the shot's frames: recorded motion, an object's, or a mix of both.

    Rotation vectors and translations away from the resting head are weighted and added. Only the recorded motion comes
    to rest in pauses, and is brought from 25 fps to the shot's rate: an object moves as it was animated, frame by
    frame.

    Args:
        frames: at 25 fps, for which recorded motion is drawn.
        spans: (S, 2) seconds in which there is a voice, in order; the head comes to rest between them.
        performance: its weights `head_motion` and `head_object`, and its `idle_sampling`.
        times_seconds: (N,) of the shot's frames.
        track: what the object does, a row for each of these; None is none.
    """
    motion = np.zeros((len(times_seconds), 6))
    if performance.head_motion > 0.0:
        recorded = recorded_motion(bank, frames, spans, seed, performance.idle_sampling)
        motion += performance.head_motion * resample_curves(recorded, MODEL_FPS, times_seconds)
    if track is not None and performance.head_object > 0.0:
        motion += performance.head_object * object_motion(track, len(times_seconds))
    return to_poses(motion)


def recorded_motion(bank: HeadMotionBank, frames: int, spans: np.ndarray, seed: int, sampling: str) -> np.ndarray:
    """(T, 6) at 25 fps, from the actor's own recordings: rotation vectors and metres away from the resting head.

    The paper inserts copies of a pose where the head rests; here the motion's own clock runs slow there, which is the
    same without a step in velocity.
    """
    return motion_by_clock(bank, resting_clock(head_rest(bank, frames, spans, seed, sampling)), seed)


def head_rest(bank: HeadMotionBank, frames: int, spans: np.ndarray, seed: int, sampling: str) -> np.ndarray:
    """(T,) how far the head has come to rest at 25 fps, see `resting`."""
    return resting(frames, spans, bank.rests, _random(seed, _RESTING), sampling)


def resting_clock(rest: np.ndarray) -> np.ndarray:
    """(T,) frame of the motion that is shown at each frame, from (T,) how far the head has come to rest."""
    return np.concatenate([[0.0], np.cumsum(1.0 - (1.0 - IDLE_RATE) * rest)[:-1]])


def motion_by_clock(bank: HeadMotionBank, clock: np.ndarray, seed: int) -> np.ndarray:
    """(T, 6) drawn motion, read at the (T,) frames of a clock that never goes back."""
    motion = drawn_motion(bank, int(np.ceil(clock[-1])) + 1, _random(seed, _DRAWING))
    # A cubic: read slowly along straight lines, the motion would turn a corner at every row.
    return np.stack([map_coordinates(column, clock[None], order=3, mode="nearest") for column in motion.T], axis=1)


def _random(seed: int, part: int) -> np.random.Generator:
    return np.random.default_rng([seed, 0x4EAD, part])


def drawn_motion(bank: HeadMotionBank, frames: int, random: np.random.Generator) -> np.ndarray:
    """(T, 6) float32 motion: random stretches of the recordings, each faded into the next over FADE frames."""
    motion = bank.motion
    rising = smootherstep((np.arange(FADE) + 0.5) / FADE).astype(np.float32)[:, None]
    stretches = draw_stretches(bank, frames, random)
    drawn = np.zeros((sum(end - start - FADE for start, end in stretches) + FADE, 6), np.float32)
    at = 0
    for number, (start, end) in enumerate(stretches):
        part = motion[start:end].copy()
        if number:
            part[:FADE] *= rising
        if number < len(stretches) - 1:
            part[-FADE:] *= 1.0 - rising
        drawn[at : at + len(part)] += part
        at += len(part) - FADE
    return drawn[:frames]


def draw_stretches(bank: HeadMotionBank, frames: int, random: np.random.Generator) -> list[tuple[int, int]]:
    """(first row, row after the last) of the bank's stretches that follow each other, overlapping by FADE frames.

    Each is, of some drawn at random, the one whose beginning lies nearest to the end of the one before.
    """
    motion = bank.motion
    lengths = np.diff(np.append(bank.starts, len(motion)))
    stretches: list[tuple[int, int]] = []
    count = 0
    while not stretches or count + FADE < frames:
        rows = random.integers(0, len(motion), CANDIDATES if stretches else 1)
        of = np.searchsorted(bank.starts, rows, "right") - 1
        # From a row anywhere in a recording to a start that leaves room for the shortest stretch.
        room = np.maximum(lengths[of] - STRETCH[0], 0)
        starts = bank.starts[of] + (rows - bank.starts[of]) * (room + 1) // lengths[of]
        best = 0
        if stretches:
            last = stretches[-1][1]
            way = motion[starts[:, None] + np.arange(FADE)] - motion[last - FADE : last]
            best = int(np.argmin(np.einsum("cfi,cfi->c", way, way)))
        start, whole = int(starts[best]), int(bank.starts[of[best]] + lengths[of[best]])
        end = min(start + int(random.integers(*STRETCH, endpoint=True)), whole)
        stretches.append((start, end))
        count += end - start - FADE
    return stretches


def to_motion(poses: np.ndarray) -> np.ndarray:
    """(N, 4, 4) head to world into (N, 6): rotation vector and translation, metres, away from the resting torso."""
    away = poses.astype(np.float64) @ np.linalg.inv(TORSO_POSE.astype(np.float64))
    turn = Rotation.from_matrix(away[:, :3, :3]).as_rotvec()
    return np.concatenate([turn, away[:, :3, 3]], axis=1).astype(np.float32)


def to_poses(motion: np.ndarray) -> np.ndarray:
    """(N, 6) motion back into (N, 4, 4) float32 head to world."""
    away = np.tile(np.eye(4), (len(motion), 1, 1))
    away[:, :3, :3] = Rotation.from_rotvec(motion[:, :3].astype(np.float64)).as_matrix()
    away[:, :3, 3] = motion[:, 3:]
    return (away @ TORSO_POSE.astype(np.float64)).astype(np.float32)
