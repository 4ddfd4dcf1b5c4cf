# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel warns of: emotions that the scene, as it is now, drives too far for its actor."""

from collections.abc import Collection, Mapping

import msgspec

from ..emogene_proto.coverage import coverage_warnings
from ..emogene_proto.shot import EmotionCurve, Shot
from .emotion_curves import held_curve
from .said import said


def current_warnings(
    shot: Shot, untold: Collection[str], planned: Shot | None, covered_to: Mapping[str, float]
) -> tuple[str, ...]:
    """Warnings of the scene as it is; of the last plan only where nothing newer is known, and saying so.

    Args:
        shot: the scene, as far as it is known without evaluating frames.
        untold: emotions whose curve in `shot` is a guess, as drivers, NLA strips or modifiers move it.
        planned: the last plan's shot, which has seen every frame.
        covered_to: see `coverage_warnings`.
    """
    curves = planned.emotion_curves if planned is not None else ()
    seen = {curve.emotion: curve for curve in curves if curve.emotion in untold}
    told = [_silent(curve) if curve.emotion in seen else curve for curve in shot.emotion_curves]
    now = msgspec.structs.replace(shot, emotion_curves=tuple(told))
    then = msgspec.structs.replace(shot, emotions=(), emotion_curves=tuple(seen.values()))
    older = (said("As last planned: {warning}", warning=warning) for warning in coverage_warnings(then, covered_to))
    return (*coverage_warnings(now, covered_to), *older)


def _silent(curve: EmotionCurve) -> EmotionCurve:
    """Still in place of what markers say of the emotion."""
    return held_curve(curve.emotion, 0.0)
