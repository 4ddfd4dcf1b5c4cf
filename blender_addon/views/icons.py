# SPDX-License-Identifier: GPL-3.0-or-later
"""The faces of the eight emotions as icons."""

from collections.abc import Sequence
from pathlib import Path

import bpy
import bpy.utils.previews  # bpy does not import it by itself

from ..emogene_proto.names import EMOTIONS

_FOLDER = Path(__file__).parents[1] / "icons"

_faces: bpy.utils.previews.ImagePreviewCollection | None = None


def emotion_icon(emotion: str) -> int:
    """The `icon_value` of an emotion; 0, which draws none, where there is no window."""
    return _faces[emotion].icon_id if _faces is not None else 0


def face_pixels(emotion: str) -> tuple[tuple[int, int], Sequence[float]]:
    """Width and height of the small picture behind the icon, and its RGBA floats from the lowest row up."""
    if _faces is None:
        return (0, 0), ()
    face = _faces[emotion]
    return tuple(face.icon_size), face.icon_pixels_float


def register() -> None:
    if not bpy.app.background:
        load_faces()


def load_faces() -> None:
    global _faces
    faces = _faces = bpy.utils.previews.new()
    for emotion in EMOTIONS:
        faces.load(emotion, str(_FOLDER / f"{emotion}.png"), "IMAGE")


def unregister() -> None:
    global _faces
    if _faces is not None:
        bpy.utils.previews.remove(_faces)
    _faces = None
