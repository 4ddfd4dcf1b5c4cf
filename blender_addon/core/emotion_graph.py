# SPDX-License-Identifier: GPL-3.0-or-later
"""From emotion weights over time to coloured triangles: the eight weights stacked on one another.

As many columns as the screen can show, on a grid of whole steps, so that panning moves the same picture along and
needs no new one for a while. How long the shot is makes no difference.
"""

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..emogene_proto.names import EMOTIONS
from .palette import PALETTE

_COLUMN_PIXELS = 4.0
"""A column is so wide at least, and less than twice as wide."""
_BLOCK = 64
"""Columns that are made together."""
_OPAQUE = 0.9
_NEUTRAL_ALPHA = 0.25
_STACK = (*range(1, len(EMOTIONS)), 0)
"""Columns of the weights from the lowest layer up; neutral is what the others leave over."""
_COLOURS = [(*PALETTE[name], _NEUTRAL_ALPHA if name == "neutral" else _OPAQUE) for name in EMOTIONS]
_SAMPLES = 8
"""Frames of a plan that are looked at for one column at most."""
_JUST_BEFORE = 1e-3
"""Of a frame."""

WeightsAt = Callable[[float], Sequence[float]]
"""(8,) weights at a timeline frame, which may lie between two."""


@dataclass(frozen=True)
class Columns:
    """Which part of the timeline is drawn, and how finely; frames."""

    first: float
    last: float
    step: float


@dataclass(frozen=True)
class Graph:
    """What a GPU draws; x is the timeline's frame, y goes from 0 to 1."""

    positions: array
    """(V * 2) float32."""
    colours: array
    """(V * 4) float32 RGBA, sRGB."""
    triangles: array
    """(N * 3) uint32."""


def columns_of(left: float, right: float, width_pixels: int) -> Columns:
    """The columns that cover a view from frame `left` to frame `right`, and some more at both sides."""
    step = 2.0 ** math.ceil(math.log2(max(_COLUMN_PIXELS * (right - left) / max(width_pixels, 1), 1e-3)))
    block = step * _BLOCK
    return Columns(math.floor(left / block) * block, math.ceil(right / block) * block, step)


def moments_of(columns: Columns, begin: float, end: float, jumps: Sequence[float] = ()) -> list[float]:
    """Frames at which the graph has a corner: each column, and both sides of each jump, from `begin` to `end`."""
    first, last = max(columns.first, begin), min(columns.last, end)
    if not first < last:
        return []
    start = math.floor(first / columns.step) + 1
    grid = [index * columns.step for index in range(start, math.ceil(last / columns.step))]
    sides = [side for jump in jumps if first < jump < last for side in (jump - _JUST_BEFORE, jump)]
    return [first, *sorted({*grid, *sides}), last]


def planned_weights(weights: Sequence[float], frame_start: int, step: float) -> WeightsAt:
    """Weights of a plan at any frame, the mean over a column where that has several frames.

    Args:
        weights: (T * 8) row by row, T > 0.
        frame_start: the timeline's frame of the first row.
        step: frames of a column.
    """
    count = len(EMOTIONS)
    frames = len(weights) // count

    def mean(frame: float) -> list[float]:
        begin = min(max(round(frame - frame_start - step / 2.0), 0), frames - 1)
        end = min(max(begin + round(step), begin + 1), frames)
        stride = count * math.ceil((end - begin) / _SAMPLES)
        parts = [weights[begin * count + emotion : end * count : stride] for emotion in range(count)]
        return [sum(part) / len(part) for part in parts]

    def between(frame: float) -> list[float]:
        place = min(max(frame - frame_start, 0.0), frames - 1.0)
        row = int(place)
        way = place - row
        here = weights[row * count : (row + 1) * count]
        there = weights[(row + 1) * count : (row + 2) * count] or here
        return [a + way * (b - a) for a, b in zip(here, there, strict=True)]

    return mean if step >= 2.0 else between


def stacked(moments: Sequence[float], weights_at: WeightsAt) -> Graph:
    """The weights at these frames, filled and stacked; where nothing changes there is nothing between."""
    rows = [weights_at(moment) for moment in moments]
    kept = [
        index
        for index in range(len(rows))
        if not (0 < index < len(rows) - 1 and rows[index - 1] == rows[index] == rows[index + 1])
    ]
    graph = Graph(array("f"), array("f"), array("I"))
    floors = dict.fromkeys(kept, 0.0)
    for emotion in _STACK:
        _add_layer(graph, moments, rows, kept, emotion, floors)
    return graph


def _add_layer(graph: Graph, moments, rows, kept: list[int], emotion: int, floors: dict[int, float]) -> None:
    """One emotion on those below it; `floors` rise by it."""
    newest: tuple[int, int] | None = None
    for place, index in enumerate(kept):
        weight = rows[index][emotion]
        neighbours = kept[max(place - 1, 0) : place + 2]
        if any(rows[near][emotion] > 0.0 for near in neighbours):
            floor, vertex = floors[index], len(graph.positions) // 2
            graph.positions.extend((moments[index], floor, moments[index], floor + weight))
            graph.colours.extend(_COLOURS[emotion] * 2)
            if newest is not None and newest[0] == place - 1:
                low = newest[1]
                graph.triangles.extend((low, low + 1, vertex, vertex, low + 1, vertex + 1))
            newest = (place, vertex)
        floors[index] += weight
