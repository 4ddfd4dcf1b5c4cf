# SPDX-License-Identifier: GPL-3.0-or-later
"""The face's lines in 3D viewports, in the colours of its regions: empties themselves have the theme's one colour."""

import bpy
from mathutils import Vector

from ..core.face_looks import colour_of
from ..emogene_proto.face_lines import DRAWN_LINES
from ..emogene_proto.names import LANDMARK_COUNT
from . import empties, faces

_POINT_SIZE, _LINE_WIDTH = 6.0, 1.5
"""Pixels at normal scale."""
_COLOURS = [colour_of(point) for point in range(LANDMARK_COUNT)]
_LINE_COLOURS = [_COLOURS[point] for line in DRAWN_LINES for point in line]

_handler: object = None


def _draw() -> None:
    for character in bpy.context.scene.emogene.characters:
        head = empties.head_of(character)
        if head is None or character.landmarks_as != "EMPTIES" or not faces.is_shown(character):
            continue
        landmarks = empties.landmarks_of(head)
        if len(landmarks) < LANDMARK_COUNT or not landmarks[0].visible_get():
            continue
        _draw_face([landmarks[point].matrix_world.translation for point in range(LANDMARK_COUNT)])


def _draw_face(places: list[Vector]) -> None:
    import gpu
    from gpu_extras.batch import batch_for_shader

    scale = bpy.context.preferences.system.ui_scale
    lines = [places[point] for line in DRAWN_LINES for point in line]
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("LESS_EQUAL")
    try:
        shader = gpu.shader.from_builtin("POLYLINE_FLAT_COLOR")
        shader.bind()
        shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
        shader.uniform_float("lineWidth", _LINE_WIDTH * scale)
        batch_for_shader(shader, "LINES", {"pos": lines, "color": _LINE_COLOURS}).draw(shader)
        shader = gpu.shader.from_builtin("FLAT_COLOR")
        gpu.state.point_size_set(_POINT_SIZE * scale)
        shader.bind()
        batch_for_shader(shader, "POINTS", {"pos": places, "color": _COLOURS}).draw(shader)
    finally:
        gpu.state.blend_set("NONE")
        gpu.state.depth_test_set("NONE")
        gpu.state.point_size_set(1.0)


def register() -> None:
    global _handler
    if not bpy.app.background:
        _handler = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")


def unregister() -> None:
    global _handler
    if _handler is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handler, "WINDOW")
        _handler = None
