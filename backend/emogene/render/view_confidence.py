"""How far a picture can be trusted from where it is taken: a confidence from 0 to 1, by what the actor's pack tells.

As far as pictures hold as they do from the front it is 1. It falls with what PSNR falls, never rises again further out,
and is 0 where nothing was ever seen. Head and shoulders are looked at apart, since one may turn without the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emogene.actors.view_coverage import ViewCoverage
from emogene.render.neck import TORSO_POSE
from emogene.values import Camera

FREE_DECIBELS, LOST_DECIBELS = 2.0, 8.0
"""Loss of PSNR against the front that nobody minds, and at which nothing is left to trust."""
FADE_DEGREES = 30.0
"""Beyond the angles that were measured nothing is left after so many more."""
FADE_SIZES = 2.0
"""And beyond the close-ups that were measured, at so many times the largest."""
INSIDE_METRES = 0.15
"""A camera so near the head's origin is inside it."""
ENOUGH_NEAR = 0.5
"""Cameras down to this share of the nearest pictured distance see nothing new."""
CAUSES = ("head", "torso", "size", "distance")


@dataclass(frozen=True)
class Views:
    """T views of an actor."""

    head: np.ndarray
    """(T, 2) degrees, yaw to the subject's left and pitch up, of the camera's place as seen from the head."""
    torso: np.ndarray
    """(T, 2) the same as seen from the shoulders, which do not turn."""
    metres: np.ndarray
    """(T,) from the head to the camera."""
    pixels: np.ndarray
    """(T,) that a metre at the head takes."""


def views_of(poses: np.ndarray, cameras: Sequence[Camera]) -> Views:
    """From where T heads are looked at.

    Args:
        poses: (T, 4, 4) head to world.
        cameras: T of them, or one for all.
    """
    places = np.array([camera.camera_to_world[:3, 3] for camera in cameras])
    focal = np.array([camera.focal_px for camera in cameras])
    to_camera = places - poses[:, :3, 3]
    metres = np.linalg.norm(to_camera, axis=1)
    from_head = np.einsum("tji,tj->ti", poses[:, :3, :3], to_camera)
    return Views(_angles(from_head), _angles(to_camera @ TORSO_POSE[:3, :3]), metres, focal / np.maximum(metres, 1e-6))


def _angles(directions: np.ndarray) -> np.ndarray:
    """(T, 2) degrees of yaw and pitch of (T, 3) directions in a head's frame."""
    x, y, z = directions.T
    return np.degrees(np.stack([np.arctan2(x, z), np.arctan2(y, np.hypot(x, z))], 1))


def confidence(coverage: ViewCoverage, views: Views) -> np.ndarray:
    """(T,) 0 to 1: the least of the parts."""
    return parts(coverage, views).min(1)


def parts(coverage: ViewCoverage, views: Views) -> np.ndarray:
    """(T, 4) confidence by each of CAUSES alone: angle on the head, on the shoulders, size, distance."""
    return np.stack(
        [
            angle_confidence(coverage, views.head),
            angle_confidence(coverage, views.torso),
            size_confidence(coverage, views.pixels / coverage.pictured_pixels),
            _smooth((views.metres - INSIDE_METRES) / max(ENOUGH_NEAR * coverage.nearest_metres - INSIDE_METRES, 1e-3)),
        ],
        1,
    )


def angle_confidence(coverage: ViewCoverage, angles: np.ndarray) -> np.ndarray:
    """(T,) 0 to 1 for (T, 2) yaw and pitch in degrees."""
    table = _falling(coverage)
    yaws, pitches = np.array(coverage.yaws), np.array(coverage.pitches)
    yaw, pitch = np.clip(angles[:, 0], yaws[0], yaws[-1]), np.clip(angles[:, 1], pitches[0], pitches[-1])
    beyond = np.hypot(angles[:, 0] - yaw, angles[:, 1] - pitch)
    lost = _centre(coverage) - _bilinear(table, pitches, yaws, pitch, yaw)
    return _of_loss(lost) * _smooth(1.0 - beyond / FADE_DEGREES)


def size_confidence(coverage: ViewCoverage, sizes: np.ndarray) -> np.ndarray:
    """(T,) 0 to 1 for heads shown so many times as large as at most pictured."""
    known = np.array(coverage.close_ups)
    psnr = np.minimum.accumulate(coverage.close_up_psnr)
    lost = psnr[0] - np.interp(np.log(np.maximum(sizes, 1e-6)), np.log(known), psnr)
    beyond = np.log(np.maximum(sizes / known[-1], 1.0)) / np.log(FADE_SIZES)
    return _of_loss(lost) * _smooth(1.0 - beyond)


def _falling(coverage: ViewCoverage) -> np.ndarray:
    """(P, Y) the table with no value higher than any between it and the front."""
    table = np.array(coverage.psnr)
    row, column = coverage.pitches.index(0.0), coverage.yaws.index(0.0)
    for axis, middle in ((0, row), (1, column)):
        lines = np.moveaxis(table, axis, 0)
        lines[middle:] = np.minimum.accumulate(lines[middle:])
        lines[: middle + 1] = np.minimum.accumulate(lines[middle::-1])[::-1]
    return table


def _centre(coverage: ViewCoverage) -> float:
    return coverage.psnr[coverage.pitches.index(0.0)][coverage.yaws.index(0.0)]


def _bilinear(table: np.ndarray, rows: np.ndarray, columns: np.ndarray, row: np.ndarray, column: np.ndarray):
    """(T,) values of an (R, C) table at T places of its axes, which are within them."""
    (i, down), (j, across) = _steps(rows, row), _steps(columns, column)
    i1, j1 = np.minimum(i + 1, len(rows) - 1), np.minimum(j + 1, len(columns) - 1)
    upper = table[i, j] * (1.0 - across) + table[i, j1] * across
    lower = table[i1, j] * (1.0 - across) + table[i1, j1] * across
    return upper * (1.0 - down) + lower * down


def _steps(axis: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The step of an axis before each place, and how far the place is from it to the next, 0 to 1."""
    if len(axis) == 1:
        return np.zeros(len(place), int), np.zeros(len(place))
    step = np.clip(np.searchsorted(axis, place, "right") - 1, 0, len(axis) - 2)
    return step, (place - axis[step]) / (axis[step + 1] - axis[step])


def _of_loss(decibels: np.ndarray) -> np.ndarray:
    return _smooth((LOST_DECIBELS - decibels) / (LOST_DECIBELS - FREE_DECIBELS))


def _smooth(t: np.ndarray) -> np.ndarray:
    """0 up to t = 0, 1 from t = 1, without a corner in between."""
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
