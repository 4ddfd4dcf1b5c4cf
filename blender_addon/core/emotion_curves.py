# SPDX-License-Identifier: GPL-3.0-or-later
"""From an animated intensity to an emotion curve of the Shot document.

Keyframes go over as they are wherever the document knows how Blender goes from one to the next; else the values
that Blender itself has on each frame do.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from ..emogene_proto.shot import CurvePoint, EmotionCurve

_NO_HANDLE = (0.0, 0.0)
_INTERPOLATIONS = {"CONSTANT": "constant", "LINEAR": "linear", "BEZIER": "bezier"}
"""Blender's names of those that the Shot document has too."""


@dataclass(frozen=True)
class ShotSpan:
    """The frames of a shot, as the timeline counts them."""

    fps: float
    first: int
    last: int

    def seconds(self, frame: float) -> float:
        return (frame - self.first) / self.fps

    @property
    def frames(self) -> range:
        return range(self.first, self.last + 1)


@dataclass(frozen=True)
class Keyframe:
    """What Blender holds of one keyframe; handles are places, not distances."""

    frame: float
    value: float
    interpolation: str
    """Blender's name of the way to the next keyframe."""
    handle_left: tuple[float, float]
    handle_right: tuple[float, float]


def keyed_curve(emotion: str, keyframes: Sequence[Keyframe], extrapolation: str, span: ShotSpan) -> EmotionCurve | None:
    """The keyframes that the shot is under, with Blender's own handles.

    None where the document cannot say the same: the values of each frame are needed then.
    """
    kept = _under_shot(keyframes, span)
    covers = kept[0].frame <= span.first and span.last <= kept[-1].frame
    if extrapolation != "CONSTANT" and not covers:
        return None
    segments = list(itertools.pairwise(kept))
    if not all(_can_be_said(before, after) for before, after in segments):
        return None
    points = [
        CurvePoint(
            seconds=span.seconds(key.frame),
            value=round(key.value, 6),
            interpolation=_INTERPOLATIONS[key.interpolation] if key is not kept[-1] else "constant",
            handle_left=_handle(key, key.handle_left, span) if _is_curved(kept, index - 1) else _NO_HANDLE,
            handle_right=_handle(key, key.handle_right, span) if _is_curved(kept, index) else _NO_HANDLE,
        )
        for index, key in enumerate(kept)
    ]
    return EmotionCurve(emotion, tuple(points))


def sampled_curve(emotion: str, values: Sequence[float], span: ShotSpan) -> EmotionCurve:
    """A straight line from each frame's value to the next one's; `values` begin at the shot's first frame."""
    rounded = [round(value, 6) for value in values]
    points = [
        CurvePoint(span.seconds(span.first + index), value, "linear")
        for index, value in enumerate(rounded)
        if not _in_a_level_run(rounded, index)
    ]
    return EmotionCurve(emotion, tuple(points))


def held_curve(emotion: str, value: float) -> EmotionCurve:
    """The same intensity over the whole shot."""
    return EmotionCurve(emotion, (CurvePoint(0.0, round(value, 6), "constant"),))


def _under_shot(keyframes: Sequence[Keyframe], span: ShotSpan) -> list[Keyframe]:
    """Without those that no frame of the shot can feel, so that an edit far away asks for no new plan."""
    begin = max((i for i, key in enumerate(keyframes) if key.frame <= span.first), default=0)
    end = min((i for i, key in enumerate(keyframes) if key.frame >= span.last), default=len(keyframes) - 1)
    return list(keyframes[begin : max(begin, end) + 1])


def _can_be_said(before: Keyframe, after: Keyframe) -> bool:
    """Whether the way between two keyframes has a counterpart in the document."""
    if not before.frame < after.frame or before.interpolation not in _INTERPOLATIONS:
        return False
    forward = before.handle_right[0] >= before.frame and after.handle_left[0] <= after.frame
    return forward or before.interpolation != "BEZIER"


def _is_curved(kept: Sequence[Keyframe], segment: int) -> bool:
    return 0 <= segment < len(kept) - 1 and kept[segment].interpolation == "BEZIER"


def _handle(key: Keyframe, place: tuple[float, float], span: ShotSpan) -> tuple[float, float]:
    return ((place[0] - key.frame) / span.fps, round(place[1] - key.value, 6))


def _in_a_level_run(values: Sequence[float], index: int) -> bool:
    """Whether the line is the same without this point."""
    return 0 < index < len(values) - 1 and values[index - 1] == values[index] == values[index + 1]
