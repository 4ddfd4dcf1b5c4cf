# SPDX-License-Identifier: GPL-3.0-or-later
"""The animated intensity of each emotion, from the scene to the Shot document."""

from array import array

import bpy

from . import animation, sampling
from .core import emotion_curves
from .core.emotion_curves import Keyframe, ShotSpan
from .emogene_proto.names import EMOTIONS
from .emogene_proto.shot import EmotionCurve

INTENSITIES = EMOTIONS[1:]
"""Names of the animatable properties on the scene's settings."""
_REDRAWN_KEYFRAMES = 1000


def emotions_with_curves(scene: bpy.types.Scene) -> list[str]:
    """Those whose intensity is animated, or simply set; the markers do not decide these."""
    animated = {path for path, _ in animation.active_fcurves(scene)} | animation.beyond_fcurves(scene)[0]
    return [name for name in INTENSITIES if _path(name) in animated or getattr(scene.emogene, name) > 0.0]


def emotion_curves_of(scene: bpy.types.Scene, span: ShotSpan) -> tuple[EmotionCurve, ...]:
    """One curve for each emotion that has one, over the frames of the shot."""
    fcurves = animation.active_fcurves(scene)
    beyond, blended = animation.beyond_fcurves(scene)
    names = emotions_with_curves(scene)
    evaluated = [name for name in names if _path(name) in beyond or (blended and (_path(name), 0) in fcurves)]
    values = _evaluated(scene, span, evaluated) if evaluated else {}
    curves = []
    for name in names:
        fcurve = fcurves.get((_path(name), 0))
        if name in values:
            curves.append(emotion_curves.sampled_curve(name, values[name], span))
        elif fcurve is not None:
            curves.append(_curve(name, fcurve, scene, span))
        else:
            curves.append(emotion_curves.held_curve(name, getattr(scene.emogene, name)))
    return tuple(curves)


def told_curves(scene: bpy.types.Scene, span: ShotSpan) -> tuple[tuple[EmotionCurve, ...], frozenset[str]]:
    """As much of `emotion_curves_of` as can be told without evaluating frames: cheap enough for every redraw.

    Returns:
        One curve for each emotion that has one, and the emotions of which only the height of keyframes, or of the
        slider, is told.
    """
    fcurves = animation.active_fcurves(scene)
    beyond, blended = animation.beyond_fcurves(scene)
    curves, untold = [], set()
    for name in emotions_with_curves(scene):
        fcurve = fcurves.get((_path(name), 0))
        curve = None
        if _path(name) not in beyond and not (blended and fcurve is not None):
            held = emotion_curves.held_curve(name, getattr(scene.emogene, name))
            curve = held if fcurve is None else _short_curve(name, fcurve, scene, span)
        if curve is None:
            untold.add(name)
            curve = emotion_curves.held_curve(name, _highest(fcurve) if fcurve else getattr(scene.emogene, name))
        curves.append(curve)
    return tuple(curves), frozenset(untold)


def _path(name: str) -> str:
    return f"emogene.{name}"


def _curve(name: str, fcurve: bpy.types.FCurve, scene: bpy.types.Scene, span: ShotSpan) -> EmotionCurve:
    curve = _keyed_curve(name, fcurve, scene, span)
    if curve is not None:
        return curve
    values = [fcurve.evaluate(animation.curve_time(scene, frame)) for frame in span.frames]
    return emotion_curves.sampled_curve(name, values, span)


def _keyed_curve(name: str, fcurve: bpy.types.FCurve, scene: bpy.types.Scene, span: ShotSpan) -> EmotionCurve | None:
    """None where keyframes alone do not say it."""
    modified = any(not modifier.mute for modifier in fcurve.modifiers)
    if modified or not len(fcurve.keyframe_points) or animation.is_remapped(scene):
        return None
    return emotion_curves.keyed_curve(name, _keyframes(fcurve), fcurve.extrapolation, span)


def _short_curve(name: str, fcurve: bpy.types.FCurve, scene: bpy.types.Scene, span: ShotSpan) -> EmotionCurve | None:
    """None, too, where there are so many keyframes that a redraw would wait."""
    return _keyed_curve(name, fcurve, scene, span) if len(fcurve.keyframe_points) <= _REDRAWN_KEYFRAMES else None


def _keyframes(fcurve: bpy.types.FCurve) -> list[Keyframe]:
    return [
        Keyframe(*point.co, point.interpolation, tuple(point.handle_left), tuple(point.handle_right))
        for point in fcurve.keyframe_points
    ]


def _highest(fcurve: bpy.types.FCurve) -> float:
    points = fcurve.keyframe_points
    places = array("f", bytes(8 * len(points)))
    points.foreach_get("co", places)
    return max(places[1::2], default=0.0)


def _evaluated(scene: bpy.types.Scene, span: ShotSpan, names: list[str]) -> dict[str, list[float]]:
    """Values of each frame of what drivers or NLA strips move, with the whole scene evaluated."""

    def read(depsgraph: bpy.types.Depsgraph) -> list[float]:
        settings = scene.evaluated_get(depsgraph).emogene
        return [getattr(settings, name) for name in names]

    rows = sampling.sampled(scene, span.frames, read)
    return {name: [row[column] for row in rows] for column, name in enumerate(names)}
