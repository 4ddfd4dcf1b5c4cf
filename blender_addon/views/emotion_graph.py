# SPDX-License-Identifier: GPL-3.0-or-later
"""A band in the timeline, the dope sheet and the sequencer: the active character's emotions over time, and its markers.

It shows at once what markers and curves say, which is just what a plan of them will have; what drivers, NLA strips
and modifiers do is known only from a plan that is not outdated, and left out until then.
"""

import itertools
import time
from dataclasses import dataclass, replace

import bpy

from .. import compat
from ..core.character_key import CharacterKey
from ..core.emotion_curves import held_curve
from ..core.emotion_graph import WeightsAt, columns_of, moments_of, planned_weights, stacked
from ..core.emotion_track import EmotionTrack
from ..core.happenings import Planned
from ..emogene_proto.shot import EmotionCurve, EmotionKey
from ..preferences import preferences
from ..redrawing import redraw
from ..scene import characters, shots, voices
from ..work.plans import plan_of
from . import band_drawing
from .band_drawing import BandView, Mark

_HEIGHT = 20
"""Of the band; all sizes are pixels at normal scale."""
_ABOVE_MARKERS = 44
_ABOVE_SCROLLBAR = 14
_ROOM = 90
"""A region that is lower than this has none for the band."""
TIMELINES = ("SEQUENCE_EDITOR", "DOPESHEET_EDITOR")
"""Editors that show the band."""
_ASK_AGAIN_SECONDS = 0.25
"""While the timeline plays, which changes nothing."""

_handlers: list[tuple[type, object]] = []
_serials = itertools.count(1)


@dataclass(frozen=True)
class _Feelings:
    """What is felt over a shot, as far as it is known without evaluating frames."""

    keys: tuple[EmotionKey, ...]
    curves: tuple[EmotionCurve, ...]
    untold: frozenset[str]
    fps: float
    begin: int
    end: int
    """Frames of the timeline."""
    serial: int = 0
    """Another one for each change."""

    def seconds(self, frame: float) -> float:
        return (frame - self.begin) / self.fps

    def marks(self) -> list[Mark]:
        return [Mark(self.begin + key.seconds * self.fps, key.emotion) for key in self.keys]


_newest: dict[CharacterKey, tuple[float, _Feelings]] = {}
"""By character: when it was asked, and what it said."""


def _feelings(context: bpy.types.Context, character) -> _Feelings:
    """The same object as before as long as nothing changed."""
    now, key = time.monotonic(), characters.key_of(character)
    asked, before = _newest.get(key, (0.0, None))
    playing = context.screen is not None and context.screen.is_animation_playing
    if before is not None and playing and now - asked < _ASK_AGAIN_SECONDS:
        return before
    shot, untold = shots.sketch_of(character)
    _, end = voices.span(character) or (0, character.id_data.frame_end)
    told = _Feelings(shot.emotions, shot.emotion_curves, untold, shot.fps, shot.frame_start, end)
    if before is None or replace(before, serial=0) != told:
        before = replace(told, serial=next(_serials))
    _newest[key] = (now, before)
    return before


def _weights(told: _Feelings, planned: Planned | None, step: float) -> tuple[WeightsAt, list[float]]:
    """Weights at any frame, and the frames at which they jump."""
    if planned is not None and len(planned.plan) and _is_current(told, planned):
        return planned_weights(planned.plan.weights, planned.plan.frame_start, step), []
    known = [held_curve(c.emotion, 0.0) if c.emotion in told.untold else c for c in told.curves]
    track = EmotionTrack(told.keys, known)
    jumps = [told.begin + seconds * told.fps for seconds in track.jumps()]
    return lambda frame: track.weights_at(told.seconds(frame)), jumps


def _is_current(told: _Feelings, planned: Planned) -> bool:
    """Whether the plan is of the same keys and the same curves, as far as these are told."""

    def sure(curves: tuple[EmotionCurve, ...]) -> list[EmotionCurve]:
        return [curve for curve in curves if curve.emotion not in told.untold]

    return planned.shot.emotions == told.keys and sure(planned.shot.emotion_curves) == sure(told.curves)


def _view(context: bpy.types.Context) -> BandView | None:
    """None where there is no room."""
    region, space, scale = context.region, context.space_data, context.preferences.system.ui_scale
    if region is None or region.width < 2 or region.height < _ROOM * scale:
        return None
    left, _ = region.view2d.region_to_view(0, 0)
    right, _ = region.view2d.region_to_view(region.width, 0)
    if not left < right:
        return None
    low = _ABOVE_MARKERS if space.show_markers else _ABOVE_SCROLLBAR
    linear = space.type == "SEQUENCE_EDITOR"
    return BandView(left, right, region.width, low * scale, _HEIGHT * scale, scale, linear)


def _draw() -> None:
    context = bpy.context
    view = _view(context) if preferences(context).show_emotion_graph else None
    if view is None:
        return
    character = characters.active(compat.sequencer_scene(context))
    if character is None:
        return
    told = _feelings(context, character)
    if not told.keys and not told.curves:
        return
    columns = columns_of(view.left, view.right, view.width)
    # A plan is of account only for what is not told.
    planned = plan_of(character) if told.untold else None

    def graph():
        weights_at, jumps = _weights(told, planned, columns.step)
        return stacked(moments_of(columns, told.begin, told.end, jumps), weights_at)

    band_drawing.draw_band(view, (told.serial, id(planned), columns), graph, told.begin, told.end)
    band_drawing.draw_marks(view, told.serial, told.marks)


def register() -> None:
    if bpy.app.background:
        return
    for space in (bpy.types.SpaceDopeSheetEditor, bpy.types.SpaceSequenceEditor):
        _handlers.append((space, space.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")))
    redraw(*TIMELINES)


def unregister() -> None:
    while _handlers:
        space, handler = _handlers.pop()
        space.draw_handler_remove(handler, "WINDOW")
        redraw(*TIMELINES)
    _newest.clear()
    band_drawing.forget()
