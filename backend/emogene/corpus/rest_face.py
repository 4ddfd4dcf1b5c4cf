"""A tracked person's face at rest: closed, relaxed lips, while nobody speaks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emogene.audio.voice_activity import Span
from emogene_proto.errors import CorpusError
from emogene_proto.names import MODEL_FPS, MOUTH

from .even_track import EvenTrack
from .mouth_contacts import LOWER_INNER, UPPER_INNER

QUIET_MARGIN = 0.15
"""Seconds beside speech in which the mouth still moves."""
FEWEST_QUIET = 10
"""Frames of silence that are enough to see the face at rest."""
CLOSED_SHARE = 0.25
"""Of the frames in silence, those with the smallest lip gap."""
CLOSED_SHARE_OF_ALL = 0.10
"""The same where there is no silence."""

CLOSED_TOLERANCE = 0.001
"""Metres above the smallest gaps at which lips still count as closed."""


@dataclass(frozen=True)
class RestFace:
    """The face that all motion is counted from."""

    landmarks: np.ndarray
    """(68, 3) float32 metres."""
    source: str
    """Where it was seen, in words."""

    @property
    def gap(self) -> float:
        """Metres between the inner lips."""
        return float(lip_gap(self.landmarks[None])[0])


def lip_gap(landmarks: np.ndarray) -> np.ndarray:
    """(T,) metres, mean height between the inner lips of (T, 68, 3)."""
    return (landmarks[:, list(UPPER_INNER), 1] - landmarks[:, list(LOWER_INNER), 1]).mean(1)


def find_rest(stretches: Sequence[EvenTrack], speech: Sequence[Span]) -> RestFace:
    """The usual face among those with the most closed lips, in silence where there is any.

    Args:
        speech: where somebody speaks, seconds of the stretches' clock.

    Raises:
        CorpusError: there is no frame.
    """
    landmarks, times = _joined(stretches)
    quiet = np.ones(len(times), bool)
    for span in speech:
        quiet &= (times < span.start - QUIET_MARGIN) | (times > span.end + QUIET_MARGIN)
    if quiet.sum() >= FEWEST_QUIET:
        return RestFace(_usual(_most_closed(landmarks[quiet], CLOSED_SHARE)), "in silence")
    return RestFace(_usual(_most_closed(landmarks, CLOSED_SHARE_OF_ALL)), "among all frames, since there is no silence")


def rest_between(stretches: Sequence[EvenTrack], first: float, last: float) -> RestFace:
    """The usual face between two moments, seconds of the stretches' clock.

    Raises:
        CorpusError: no face was tracked there.
    """
    landmarks, times = _joined(stretches)
    inside = (times >= first) & (times <= last)
    if not inside.any():
        raise CorpusError(
            f"No face was tracked from {first:g} to {last:g} s.", "Name another moment by --rest-seconds."
        )
    return RestFace(_usual(landmarks[inside]), f"from {first:g} to {last:g} s")


def _joined(stretches: Sequence[EvenTrack]) -> tuple[np.ndarray, np.ndarray]:
    if not stretches:
        raise CorpusError(
            "No steady face was found beside the sound.", "Use a video that shows one face from the front."
        )
    numbers = np.concatenate([s.numbers for s in stretches])
    return np.concatenate([s.landmarks for s in stretches]), numbers / MODEL_FPS


def _most_closed(landmarks: np.ndarray, share: float) -> np.ndarray:
    gap = lip_gap(landmarks)
    # Of an actor whose mouth is hardly ever closed, a fixed share would hold open mouths.
    most = min(np.quantile(gap, share), np.quantile(gap, share / 5) + CLOSED_TOLERANCE)
    return landmarks[gap <= most]


def _usual(landmarks: np.ndarray) -> np.ndarray:
    """(68, 3) median of the half that lies nearest to the median: without pressed lips, smiles and blinks."""
    mouth = list(MOUTH)
    away = np.abs(landmarks[:, mouth] - np.median(landmarks[:, mouth], axis=0)).mean((1, 2))
    return np.median(landmarks[away <= np.median(away)], axis=0).astype(np.float32)
