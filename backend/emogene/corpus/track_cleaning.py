"""A tracked face on even time: bad frames out, short gaps bridged, shaking calmed, read at 25 frames per second."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import uniform_filter1d

from emogene_proto.names import MODEL_FPS

from .head_alignment import AlignedTrack

LONGEST_GAP = 0.2
"""Seconds without a face that are bridged."""
SMALLEST_FACE = 36.0
"""Pixels between the outer corners of the eyes; below it lips are a few pixels high."""
YAW_LIMIT, PITCH_LIMIT = 35.0, 30.0
"""Degrees from the camera; beyond, the far half of the mouth is a guess."""
MISFIT_LIMIT = 0.006
"""Metres; the mesh does not lie on this face."""
JUMP_SPEED = 0.4
"""Metres per second of the middle landmark on the head: no face moves so as a whole."""
HEAD_SPEED = 1.5
"""Metres per second across the picture: a cut, or another face."""
CALM_SECONDS = 0.2
"""Length of the window in which the shaking is averaged."""


@dataclass(frozen=True)
class Faults:
    """(T,) bool each: why a frame is not used; a frame has one reason."""

    no_face: np.ndarray
    too_small: np.ndarray
    turned_away: np.ndarray
    misfit: np.ndarray

    @property
    def any(self) -> np.ndarray:
        return self.no_face | self.too_small | self.turned_away | self.misfit

    def counts(self) -> dict[str, int]:
        """Frames by reason, in words."""
        named = {
            "without a face": self.no_face,
            "with too small a face": self.too_small,
            "turned too far away": self.turned_away,
            "whose points do not fit the face": self.misfit,
        }
        return {why: int(frames.sum()) for why, frames in named.items()}


def find_faults(found: np.ndarray, track: AlignedTrack) -> Faults:
    """Reasons against the frames of a video.

    Args:
        found: (T,) bool, a face was found.
        track: of the frames with a face.
    """
    forward = track.rotations[:, :, 2]
    yaw = np.degrees(np.arctan2(forward[:, 0], forward[:, 2]))
    pitch = np.degrees(np.arctan2(forward[:, 1], np.hypot(forward[:, 0], forward[:, 2])))
    small = track.eye_pixels < SMALLEST_FACE
    turned = ~small & ((np.abs(yaw) > YAW_LIMIT) | (np.abs(pitch) > PITCH_LIMIT))
    misfit = ~small & ~turned & (track.misfit > MISFIT_LIMIT)
    return Faults(~found, *(_spread(part, found) for part in (small, turned, misfit)))


def _spread(part: np.ndarray, found: np.ndarray) -> np.ndarray:
    whole = np.zeros(len(found), bool)
    whole[found] = part
    return whole


def jumps(times: np.ndarray, track: AlignedTrack) -> np.ndarray:
    """(T - 1,) bool: between this frame and the next the face jumps, as at a cut."""
    step = np.maximum(np.diff(times), 1e-6)
    landmarks = np.linalg.norm(np.diff(track.points[:, :68], axis=0), axis=2)
    head = np.linalg.norm(np.diff(track.centres[:, :2], axis=0), axis=1)
    # A frame that the container shows a moment later moves no faster: at least 1/25 s counts.
    step = np.maximum(step, 1.0 / MODEL_FPS)
    return (np.median(landmarks, axis=1) > JUMP_SPEED * step) | (head > HEAD_SPEED * step)


def runs(times: np.ndarray, breaks: np.ndarray) -> list[slice]:
    """Rows that belong together: no break and no gap over `LONGEST_GAP` within.

    Args:
        times: (T,) seconds of the frames that are used, rising.
        breaks: (T - 1,) bool after each frame but the last.
    """
    if len(times) == 0:
        return []
    ends = np.flatnonzero(breaks | (np.diff(times) > LONGEST_GAP + 1e-6)) + 1
    edges = [0, *ends.tolist(), len(times)]
    return [slice(a, b) for a, b in zip(edges, edges[1:], strict=False)]


def shaking(points: np.ndarray) -> np.ndarray:
    """(P,) metres, deviation of each coordinate's shaking from frame to frame on the stillest quarter of a track.

    A point's way from the middle of its neighbours in time is sqrt(3/2) of the deviation where nothing moves.
    """
    if len(points) < 5:
        return np.zeros(points.shape[1])
    bend = points[1:-1] - (points[:-2] + points[2:]) / 2
    squares = (bend.astype(np.float64) ** 2).mean(2)
    motion = uniform_filter1d(squares, 5, axis=0, mode="nearest").mean(1)
    still = motion <= np.quantile(motion, 0.25)
    return np.sqrt(squares[still].mean(0) / 1.5)


def calm(points: np.ndarray, times: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """A local Wiener filter over time without delay: what moves no more than the shaking is averaged, the rest stays.

    Args:
        points: (T, P, 3) metres.
        times: (T,) seconds; frames of about one length.
        noise: (P,) metres, from `shaking`.
    """
    if len(points) < 3:
        return points
    window = int(CALM_SECONDS / max(float(np.median(np.diff(times))), 1e-3)) // 2 * 2 + 1
    values = points.astype(np.float64)
    mean = uniform_filter1d(values, window, axis=0, mode="nearest")
    square = uniform_filter1d((values - mean) ** 2, window, axis=0, mode="nearest").mean(2)
    signal = np.maximum(square - noise**2, 0.0)
    keep = signal / np.maximum(signal + noise**2, 1e-18)
    return (mean + keep[:, :, None] * (values - mean)).astype(np.float32)


def grid(first: float, last: float) -> np.ndarray:
    """(N,) int frame numbers at 25 fps whose times k / 25 lie within first and last, seconds."""
    return np.arange(int(np.ceil(first * MODEL_FPS - 1e-6)), int(np.floor(last * MODEL_FPS + 1e-6)) + 1)


def read_at(rows: np.ndarray, times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(N, ...) float32: (T, ...) rows read at other times, seconds; monotone cubic, so that closed lips stay closed."""
    if len(rows) == 1:
        return np.repeat(rows, len(wanted), 0).astype(np.float32)
    inside = np.clip(wanted, times[0], times[-1])
    return PchipInterpolator(times, rows.astype(np.float64), axis=0)(inside).astype(np.float32)
