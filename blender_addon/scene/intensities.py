# SPDX-License-Identifier: GPL-3.0-or-later
"""The animated intensity of each emotion, from the scene to the Shot document."""

from array import array

import bpy

from ..core import emotion_curves
from ..core.emotion_curves import Keyframe, ShotSpan
from ..emogene_proto.names import EMOTIONS
from ..emogene_proto.shot import EmotionCurve
from . import animation, characters, sampling

INTENSITIES = EMOTIONS[1:]
"""Names of the animatable properties of a character."""
_REDRAWN_KEYFRAMES = 1000


def emotions_with_curves(character) -> list[str]:
    """Those whose intensity is animated, or simply set; the markers do not decide these."""
    scene = character.id_data
    animated = {path for path, _ in animation.active_fcurves(scene)} | animation.beyond_fcurves(scene)[0]
    return [name for name in INTENSITIES if _path(character, name) in animated or getattr(character, name) > 0.0]


def emotion_curves_of(character, span: ShotSpan) -> tuple[EmotionCurve, ...]:
    """One curve for each emotion that the character has one of, over the frames of the shot."""
    scene = character.id_data
    fcurves = animation.active_fcurves(scene)
    beyond, blended = animation.beyond_fcurves(scene)
    names = emotions_with_curves(character)
    evaluated = [
        name
        for name in names
        if _path(character, name) in beyond or (blended and (_path(character, name), 0) in fcurves)
    ]
    values = _evaluated(character, span, evaluated) if evaluated else {}
    curves = []
    for name in names:
        fcurve = fcurves.get((_path(character, name), 0))
        if name in values:
            curves.append(emotion_curves.sampled_curve(name, values[name], span))
        elif fcurve is not None:
            curves.append(_curve(name, fcurve, scene, span))
        else:
            curves.append(emotion_curves.held_curve(name, getattr(character, name)))
    return tuple(curves)


def told_curves(character, span: ShotSpan) -> tuple[tuple[EmotionCurve, ...], frozenset[str]]:
    """As much of `emotion_curves_of` as can be told without evaluating frames: cheap enough for every redraw.

    Returns:
        One curve for each emotion that has one, and the emotions of which only the height of keyframes, or of the
        slider, is told.
    """
    scene = character.id_data
    fcurves = animation.active_fcurves(scene)
    beyond, blended = animation.beyond_fcurves(scene)
    curves, untold = [], set()
    for name in emotions_with_curves(character):
        fcurve = fcurves.get((_path(character, name), 0))
        curve = None
        if _path(character, name) not in beyond and not (blended and fcurve is not None):
            held = emotion_curves.held_curve(name, getattr(character, name))
            curve = held if fcurve is None else _short_curve(name, fcurve, scene, span)
        if curve is None:
            untold.add(name)
            curve = emotion_curves.held_curve(name, _highest(fcurve) if fcurve else getattr(character, name))
        curves.append(curve)
    return tuple(curves), frozenset(untold)


def _path(character, name: str) -> str:
    return character.path_from_id(name)


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


def _evaluated(character, span: ShotSpan, names: list[str]) -> dict[str, list[float]]:
    """Values of each frame of what drivers or NLA strips move, with the whole scene evaluated."""
    scene = character.id_data
    place = characters.index_of(character)

    def read(depsgraph: bpy.types.Depsgraph) -> list[float]:
        evaluated = scene.evaluated_get(depsgraph).emogene.characters[place]
        return [getattr(evaluated, name) for name in names]

    rows = sampling.sampled(scene, span.frames, read)
    return {name: [row[column] for row in rows] for column, name in enumerate(names)}
