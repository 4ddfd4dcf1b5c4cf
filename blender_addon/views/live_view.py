# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the live picture is seen: an image datablock, and a corner of 3D viewports and of the sequencer's preview."""

import bpy

from ..core.live import LivePicture
from ..core.png import png_of
from ..redrawing import redraw
from . import pictures

IMAGE = "EmoGene Live"
_PART = 0.4
"""Of the shorter side of a region that the overlay takes at most."""
_MARGIN = 12
_EDITORS = ("SEQUENCE_EDITOR", "VIEW_3D", "IMAGE_EDITOR")

_handlers: list[tuple[type, object, str]] = []


def show(picture: LivePicture) -> None:
    """Put a picture into the image, which is made where it is missing."""
    png = png_of(picture.width, picture.height, picture.rgba)
    pictures.show_file(pictures.named(IMAGE), IMAGE, png, picture.width, picture.height)
    redraw(*_EDITORS)


def is_there() -> bool:
    """Whether the image is still in the file: undo may have taken it away."""
    return pictures.named(IMAGE) is not None


def forget() -> None:
    """Remove the image unless an editor or a node shows it."""
    image = pictures.named(IMAGE)
    if image is not None and not image.users:
        bpy.data.images.remove(image)
    redraw(*_EDITORS)


def set_overlay(on: bool) -> None:
    """Draw in the editors, or no longer; without a window there is nothing to draw in."""
    if on and not _handlers and not bpy.app.background:
        for space, region in ((bpy.types.SpaceView3D, "WINDOW"), (bpy.types.SpaceSequenceEditor, "PREVIEW")):
            _handlers.append((space, space.draw_handler_add(_draw, (), region, "POST_PIXEL"), region))
    elif not on:
        while _handlers:
            space, handler, region = _handlers.pop()
            space.draw_handler_remove(handler, region)
        redraw(*_EDITORS)


def _draw() -> None:
    image, region = pictures.named(IMAGE), bpy.context.region
    if image is None or region is None or not min(image.size):
        return
    import gpu
    from gpu_extras.batch import batch_for_shader

    scale = min(_PART * min(region.width, region.height) / max(image.size), 2.0)
    left, low = _MARGIN, _MARGIN
    right, top = left + image.size[0] * scale, low + image.size[1] * scale
    shader = gpu.shader.from_builtin("IMAGE")
    corners = {
        "pos": ((left, low), (right, low), (right, top), (left, top)),
        "texCoord": ((0, 0), (1, 0), (1, 1), (0, 1)),
    }
    batch = batch_for_shader(shader, "TRI_FAN", corners)
    gpu.state.blend_set("ALPHA")
    try:
        shader.bind()
        shader.uniform_sampler("image", gpu.texture.from_image(image))
        batch.draw(shader)
    finally:
        gpu.state.blend_set("NONE")


def register() -> None:
    """Nothing is drawn before Live is switched on."""


def unregister() -> None:
    set_overlay(False)
    forget()
