"""A person in front of a camera whose face, pose and size are known in every frame."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from emogene.corpus.head_alignment import _GENERIC_MM
from emogene.corpus.mesh_landmarks import TRACKED_POINTS
from emogene.corpus.video_track import FaceTrack

EYE_DISTANCE_MM = 89.2
LOWER_LIP = [55, 56, 57, 58, 59, 65, 66, 67]


def face() -> np.ndarray:
    """(P, 3) metres, canonical head frame; lips touch."""
    rng = np.random.default_rng(5)
    points = rng.uniform([-0.06, -0.09, 0.03], [0.06, 0.05, 0.12], (len(TRACKED_POINTS), 3))
    for landmark, place in _GENERIC_MM.items():
        points[landmark] = np.array(place) / 1000
    points[[61, 62, 63]] = points[[67, 66, 65]] = [[-0.01, -0.054, 0.111], [0, -0.054, 0.1125], [0.01, -0.054, 0.111]]
    for row, (upper, lower) in enumerate(((37, 41), (38, 40), (43, 47), (44, 46))):
        points[upper] = [-0.04 + 0.02 * row, 0.019, 0.094]
        points[lower] = [-0.04 + 0.02 * row, 0.010, 0.093]
    return points


@dataclass(frozen=True)
class Person:
    """What is true of each of T frames."""

    times: np.ndarray
    points: np.ndarray
    """(T, P, 3) metres, canonical head frame."""
    turns: np.ndarray
    """(T, 3, 3) head to camera."""
    seen: np.ndarray
    """(T, P, 3) pixels, as a camera sees it."""

    def track(self, sound_begins: float = 0.0) -> FaceTrack:
        return FaceTrack(self.times, self.seen.astype(np.float32), sound_begins)


def gap_at(times: np.ndarray) -> np.ndarray:
    """Metres between the lips: shut for the first second, then open and shut three times a second."""
    return np.where(times < 1.0, 0.0, 0.006 * np.sin(np.pi * 3 * (times - 1.0)) ** 2)


def person(times: np.ndarray, noise_pixels: float = 0.0) -> Person:
    """Somebody who speaks, nods, turns and comes nearer; 2500 pixels a metre, about."""
    rng = np.random.default_rng(1)
    points = np.tile(face(), (len(times), 1, 1))
    points[:, LOWER_LIP, 1] -= gap_at(times)[:, None]
    angles = np.stack([6 * np.sin(2.1 * times), 10 * np.sin(1.3 * times + 1), 4 * np.sin(0.9 * times)], 1)
    turns = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    size = 2500 * (1 + 0.1 * np.sin(0.7 * times))
    seen = np.einsum("tij,tpj->tpi", turns, points) * size[:, None, None]
    seen += np.stack([500 + 40 * np.sin(times), -400 + 20 * np.cos(times), 0 * times], 1)[:, None]
    return Person(times, points, turns, seen + rng.normal(0, noise_pixels, seen.shape))
