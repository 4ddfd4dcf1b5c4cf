# SPDX-License-Identifier: GPL-3.0-or-later
"""The graph of the emotions and the faces at their markers, drawn by the GPU.

What was made for a view is kept, so that drawing it again makes nothing.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core.emotion_graph import Graph
from ..core.palette import PALETTE
from ..emogene_proto.names import EMOTIONS
from . import icons

_FACE = 16
"""Pixels at normal scale."""
_BACKGROUND = (0.08, 0.08, 0.08, 0.75)
_MOST_KEPT = 24
_SQUARE = (0, 1, 2, 2, 1, 3)
"""Two triangles from four corners."""

_kept: dict[tuple, Any] = {}
_faces: dict[bool, Any] = {}
"""Textures of all icons side by side, as they are and decoded, once they were made."""


class Mark(NamedTuple):
    frame: float
    emotion: str


@dataclass(frozen=True)
class BandView:
    """A region's part of the timeline, from frame `left` to `right`, and where in it the band lies, in pixels."""

    left: float
    right: float
    width: int
    low: float
    height: float
    scale: float
    linear: bool
    """Whether the region takes textures for scene-linear, as the sequencer's does."""

    def x(self, frame: float) -> float:
        return (frame - self.left) * self.width / (self.right - self.left)


def draw_band(view: BandView, key: tuple, graph: Callable[[], Graph], begin: float, end: float) -> None:
    """The graph from frame `begin` to `end`; `key` is another for another graph."""
    import gpu

    left, right = max(view.x(begin), 0.0), min(view.x(end), view.width)
    batch = _keep(("graph", *key), lambda: _graph_batch(graph()))
    if batch is None or not left < right:
        return
    ground = gpu.shader.from_builtin("UNIFORM_COLOR")
    ground.uniform_float("color", _BACKGROUND)
    with _blended(), gpu.matrix.push_pop():
        _keep(("ground", left, right, view), lambda: _box(ground, left, right, view)).draw(ground)
        gpu.matrix.translate((view.x(0.0), view.low))
        gpu.matrix.scale((view.width / (view.right - view.left), view.height))
        batch.draw(gpu.shader.from_builtin("SMOOTH_COLOR"))


def draw_marks(view: BandView, key: int, marks: Callable[[], list[Mark]]) -> None:
    """A line and a face at each emotion marker; `key` is another for other marks."""
    import gpu

    def seen() -> list[Mark]:
        room = _FACE * view.scale
        return [mark for mark in marks() if -room < view.x(mark.frame) < view.width + room]

    lines, faces = _keep(("marks", key, view), lambda: _mark_batches(seen(), view))
    if lines is None:
        return
    if view.linear not in _faces:
        _faces[view.linear] = _faces_texture(view.linear)
    shader = gpu.shader.from_builtin("IMAGE")
    with _blended():
        lines.draw(gpu.shader.from_builtin("SMOOTH_COLOR"))
        shader.bind()
        shader.uniform_sampler("image", _faces[view.linear])
        faces.draw(shader)


def forget() -> None:
    _kept.clear()
    _faces.clear()


class _blended:
    """Transparent drawing for a while."""

    def __enter__(self) -> None:
        import gpu

        gpu.state.blend_set("ALPHA")

    def __exit__(self, *_: object) -> None:
        import gpu

        gpu.state.blend_set("NONE")


def _keep(key: tuple, make: Callable[[], Any]) -> Any:
    if key not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = make()
    return _kept[key]


def _box(shader, left: float, right: float, view: BandView):
    from gpu_extras.batch import batch_for_shader

    low, high = view.low - view.scale, view.low + view.height + view.scale
    return batch_for_shader(shader, "TRI_STRIP", {"pos": ((left, low), (right, low), (left, high), (right, high))})


def _graph_batch(graph: Graph):
    """None for a graph without triangles."""
    from gpu.types import GPUBatch, GPUIndexBuf, GPUVertBuf, GPUVertFormat

    if not graph.triangles:
        return None
    layout = GPUVertFormat()
    layout.attr_add(id="pos", comp_type="F32", len=2, fetch_mode="FLOAT")
    layout.attr_add(id="color", comp_type="F32", len=4, fetch_mode="FLOAT")
    count = len(graph.positions) // 2
    vertices = GPUVertBuf(layout, count)
    vertices.attr_fill("pos", memoryview(graph.positions).cast("B").cast("f", (count, 2)))
    vertices.attr_fill("color", memoryview(graph.colours).cast("B").cast("f", (count, 4)))
    corners = memoryview(graph.triangles).cast("B").cast("I", (len(graph.triangles) // 3, 3))
    return GPUBatch(type="TRIS", buf=vertices, elem=GPUIndexBuf(type="TRIS", seq=corners))


def _mark_batches(marks: list[Mark], view: BandView) -> tuple[Any, Any]:
    """Lines and faces; two Nones without marks. Where faces have no room beside one another lines must do."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    if not marks:
        return None, None
    half, size, free_from = view.scale, _FACE * view.scale, float("-inf")
    lines, colours, squares, parts = [], [], [], []
    for frame, emotion in marks:
        x = view.x(frame)
        lines += _square(x - half, view.low, x + half, view.low + view.height)
        colours += [(*PALETTE[emotion], 1.0)] * len(_SQUARE)
        left, low = round(x - size / 2.0), round(view.low + (view.height - size) / 2.0)
        if left >= free_from:
            free_from = left + size
            part = EMOTIONS.index(emotion) / len(EMOTIONS)
            squares += _square(left, low, left + size, low + size)
            parts += _square(part, 0.0, part + 1.0 / len(EMOTIONS), 1.0)
    smooth, image = gpu.shader.from_builtin("SMOOTH_COLOR"), gpu.shader.from_builtin("IMAGE")
    return (
        batch_for_shader(smooth, "TRIS", {"pos": lines, "color": colours}),
        batch_for_shader(image, "TRIS", {"pos": squares, "texCoord": parts}),
    )


def _square(left: float, low: float, right: float, high: float) -> list[tuple[float, float]]:
    corners = ((left, low), (right, low), (left, high), (right, high))
    return [corners[corner] for corner in _SQUARE]


def _faces_texture(decoded: bool):
    import gpu

    pictures = [icons.face_pixels(emotion) for emotion in EMOTIONS]
    (width, height), _ = pictures[0]
    rows = (pixels[4 * width * y : 4 * width * (y + 1)] for y in range(height) for _, pixels in pictures)
    content = list(itertools.chain.from_iterable(rows))
    if decoded:
        content = [value if index % 4 == 3 else _decoded(value) for index, value in enumerate(content)]
    data = gpu.types.Buffer("FLOAT", len(content), content)
    return gpu.types.GPUTexture((width * len(EMOTIONS), height), format="RGBA16F", data=data)


def _decoded(value: float) -> float:
    """From sRGB to linear."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
