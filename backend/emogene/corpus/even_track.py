"""A cleaned track at exactly 25 frames per second, in unbroken stretches, beside its sound."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from emogene.render.neck import TORSO_POSE
from emogene_proto.names import MODEL_FPS

from .head_alignment import AlignedTrack
from .track_cleaning import calm, grid, read_at, runs

FEWEST_FRAMES = 5
"""Frames of the video; what is shorter is no stretch."""


@dataclass(frozen=True)
class EvenTrack:
    """One unbroken stretch at 25 fps; frame k is at k / 25 s of the container's clock."""

    numbers: np.ndarray
    """(N,) int, consecutive."""
    landmarks: np.ndarray
    """(N, 68, 3) float32 metres, canonical head frame."""
    poses: np.ndarray
    """(N, 4, 4) float32, head to world, about the person's usual pose."""


def even_tracks(
    times: np.ndarray, track: AlignedTrack, noise: np.ndarray, breaks: np.ndarray, begin: float, end: float
) -> list[EvenTrack]:
    """The unbroken stretches, calmed and read at 25 fps, as far as there is sound.

    Args:
        times: (T,) seconds, rising.
        track: T frames.
        noise: (68,) metres.
        breaks: (T - 1,) bool.
        begin: of the sound, seconds of the same clock.
        end: of the sound.
    """
    poses = head_poses(track)
    stretches = []
    for rows in runs(times, breaks):
        moment = times[rows]
        if len(moment) < FEWEST_FRAMES:
            continue
        numbers = grid(max(moment[0], begin), min(moment[-1], end - 1.0 / MODEL_FPS))
        if len(numbers) == 0:
            continue
        wanted = np.clip(numbers / MODEL_FPS, moment[0], moment[-1])
        landmarks = read_at(calm(track.points[rows, :68], moment, noise), moment, wanted)
        stretches.append(EvenTrack(numbers, landmarks, _poses_at(poses[rows], moment, wanted)))
    return stretches


def head_poses(track: AlignedTrack) -> np.ndarray:
    """(T, 4, 4) head to world: turns and places are those seen, about their middle; nothing is known of depth."""
    if len(track.points) == 0:
        return np.zeros((0, 4, 4), np.float32)
    usual = Rotation.from_matrix(track.rotations).mean().as_matrix()
    poses = np.tile(np.eye(4, dtype=np.float32), (len(track.points), 1, 1))
    poses[:, :3, :3] = TORSO_POSE[:3, :3] @ (usual.T @ track.rotations)
    places = (track.centres - np.median(track.centres, axis=0)) * [1.0, 1.0, 0.0]
    poses[:, :3, 3] = places @ TORSO_POSE[:3, :3].T
    return poses


def _poses_at(poses: np.ndarray, times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    read = np.tile(np.eye(4, dtype=np.float32), (len(wanted), 1, 1))
    read[:, :3, :3] = Slerp(times, Rotation.from_matrix(poses[:, :3, :3].astype(np.float64)))(wanted).as_matrix()
    read[:, :3, 3] = read_at(poses[:, :3, 3], times, wanted)
    return read


def cut_evenly(frames: int, shortest: float, longest: float) -> list[slice]:
    """A stretch in parts of about one length, each of `shortest` to `longest` seconds; none where it is too short."""
    if frames < shortest * MODEL_FPS:
        return []
    count = math.ceil(frames / int(longest * MODEL_FPS))
    edges = np.linspace(0, frames, count + 1).astype(int)
    return [slice(int(a), int(b)) for a, b in zip(edges, edges[1:], strict=False)]


def splits_of(count: int) -> list[str]:
    """The split of each clip in turn: one in ten for val, spread over the whole; two clips only train.

    None is for test: a test is of people who were not trained on, and there is only one.
    """
    splits = ["train"] * count
    if count < 3:
        return splits
    places: Sequence[int] = np.linspace(0, count - 1, max(1, round(count / 10)) + 1).astype(int)[1:].tolist()
    for place in places:
        splits[place] = "val"
    return splits
