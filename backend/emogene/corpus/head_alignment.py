"""A tracked face without its head's motion: every frame laid onto the person's own mean face, in the head frame.

A camera gives no depth and no size: each frame is fitted by a similarity (turn, size, place), and the size of the head
is taken from the distance between the outer corners of the eyes.
"""

from dataclasses import dataclass, fields

import numpy as np

from emogene_proto.errors import CorpusError

EYE_DISTANCE_MM = 89.0
"""Between the outer corners of the eyes of an adult, about."""
_MEAN_FACE_FRAMES = 3000
"""So many frames, spread over the track, make the mean face."""
_ROUNDS = 6

_GENERIC_MM = {
    27: (0.0, 17.4, 107.3),
    28: (0.0, 6.3, 115.2),
    29: (0.0, -3.9, 123.1),
    30: (0.0, -15.9, 130.7),
    33: (0.0, -32.0, 115.7),
    36: (-44.6, 14.3, 86.0),
    39: (-18.4, 12.5, 92.0),
    42: (18.4, 12.5, 92.0),
    45: (44.6, 14.3, 86.0),
    48: (-25.3, -55.2, 101.9),
    54: (25.3, -55.2, 101.9),
}
"""Landmarks of the generic head in the canonical head frame, millimetres: where a tracked face belongs."""
_GENERIC_EYE_DISTANCE_MM = 2 * _GENERIC_MM[45][0]


@dataclass(frozen=True)
class AlignedTrack:
    """T frames of a face, each without its head's motion."""

    points: np.ndarray
    """(T, P, 3) float32 metres, canonical head frame."""
    rotations: np.ndarray
    """(T, 3, 3) head frame to camera (+x right, +y up, +z to the camera)."""
    centres: np.ndarray
    """(T, 3) metres, the head frame's origin in the picture, at the head's middle distance; z says little."""
    eye_pixels: np.ndarray
    """(T,) how long the distance between the outer corners of the eyes is at this size, pixels."""
    misfit: np.ndarray
    """(T,) metres, median distance of the stable points from the mean face's."""

    def rows(self, chosen: np.ndarray) -> "AlignedTrack":
        """The frames chosen by (T,) bool."""
        return AlignedTrack(*(getattr(self, field.name)[chosen] for field in fields(self)))


def fit_similarity(
    source: np.ndarray, target: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Size s (T,), turn R (T, 3, 3) and shift t (T, 3) that bring s R source + t nearest to target (Umeyama, 1991).

    Args:
        source: (T, K, 3).
        target: (K, 3).
        weights: (T, K), not negative.
    """
    w = weights / weights.sum(1, keepdims=True)
    from_mean = np.einsum("tk,tkd->td", w, source)
    to_mean = w @ target
    a, b = source - from_mean[:, None], target[None] - to_mean[:, None]
    u, s, vt = np.linalg.svd(np.einsum("tk,tki,tkj->tij", w, b, a))
    signs = np.ones((len(source), 3))
    signs[:, 2] = np.sign(np.linalg.det(u @ vt))
    turn = (u * signs[:, None]) @ vt
    size = (s * signs).sum(1) / np.einsum("tk,tkd->t", w, a * a)
    return size, turn, to_mean - size[:, None] * np.einsum("tij,tj->ti", turn, from_mean)


def fit_robustly(
    source: np.ndarray, target: np.ndarray, rounds: int = 4
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """`fit_similarity`, in which points that do not fit count little; also (T, K) distances after it."""
    weights = np.ones(source.shape[:2])
    for turn_number in range(rounds):
        size, turn, shift = fit_similarity(source, target, weights)
        distances = np.linalg.norm(_moved(source, size, turn, shift) - target, axis=2)
        if turn_number < rounds - 1:
            usual = np.maximum(np.median(distances, axis=1, keepdims=True), 1e-9)
            weights = 1.0 / (1.0 + (distances / (1.5 * usual)) ** 2)
    return size, turn, shift, distances


def align_head(points: np.ndarray, stable: tuple[int, ...], eye_distance_mm: float = EYE_DISTANCE_MM) -> AlignedTrack:
    """Take the head's motion out of a track.

    Args:
        points: (T, P, 3) in a camera's axes (+x right, +y up, +z to the camera), any unit; P begins with the 68 iBUG
            landmarks; no NaN.
        stable: rows of points that keep their places on the head.

    Raises:
        CorpusError: there are no frames.
    """
    if len(points) == 0:
        raise CorpusError("There are no frames with a face.", "Use a video that shows one face from the front.")
    points = np.asarray(points, np.float64)
    rows = list(stable)
    mean = _in_head_frame(_mean_face(points, rows), eye_distance_mm)
    size, turn, shift, distances = fit_robustly(points[:, rows], mean[rows])
    origins = -np.einsum("tji,tj->ti", turn, shift) / size[:, None] * np.median(size)
    eye = eye_distance_mm / 1000.0
    return AlignedTrack(
        points=_moved(points, size, turn, shift).astype(np.float32),
        rotations=turn.transpose(0, 2, 1),
        centres=origins,
        eye_pixels=eye / size,
        misfit=np.median(distances, axis=1),
    )


def _moved(points: np.ndarray, size: np.ndarray, turn: np.ndarray, shift: np.ndarray) -> np.ndarray:
    return size[:, None, None] * np.einsum("tij,tkj->tki", turn, points) + shift[:, None]


def _mean_face(points: np.ndarray, rows: list[int]) -> np.ndarray:
    """(P, 3) median over frames, in the axes and the size of one of them."""
    spread = points[np.linspace(0, len(points) - 1, min(len(points), _MEAN_FACE_FRAMES)).round().astype(int)]
    mean = spread[len(spread) // 2]
    for _ in range(_ROUNDS):
        size, turn, shift, _ = fit_robustly(spread[:, rows], mean[rows])
        moved = np.median(_moved(spread, size, turn, shift), axis=0)
        # Medians of all frames may be a little smaller than each of them.
        back = fit_similarity(moved[None, rows], mean[rows], np.ones((1, len(rows))))
        mean = _moved(moved[None], *back)[0]
    return mean


def _in_head_frame(face: np.ndarray, eye_distance_mm: float) -> np.ndarray:
    """(P, 3) metres: a face turned and placed as the generic head, its size from the eyes."""
    generic = np.array(list(_GENERIC_MM.values())) * (eye_distance_mm / 1000.0 / _GENERIC_EYE_DISTANCE_MM)
    metres = face * (eye_distance_mm / 1000.0 / np.linalg.norm(face[45] - face[36]))
    weights = np.array([[0.25 if landmark >= 48 else 1.0 for landmark in _GENERIC_MM]])
    source = metres[None, list(_GENERIC_MM)]
    _, turn, _ = fit_similarity(source, generic, weights)
    shift = (weights @ (generic - source[0] @ turn[0].T) / weights.sum())[0]
    return metres @ turn[0].T + shift
