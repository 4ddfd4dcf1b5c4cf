# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered pictures as images of the .blend."""

from pathlib import Path

import bpy


def show_file(name: str, content: bytes, width: int, height: int) -> bpy.types.Image:
    """Put a PNG file's content into the image of this name, which is made where it is missing."""
    image = bpy.data.images.get(name)
    if image is None:
        image = bpy.data.images.new(name, width, height, alpha=True)
        # A new image of bytes is taken for sRGB, which is what the pictures are in: an image editor shows it without
        # a view transform, and what is drawn in other editors is decoded for them and encoded again.
        image.alpha_mode = "STRAIGHT"
    # Packed, for it takes a millisecond, and Blender does not ask to save the image.
    image.pack(data=content, data_len=len(content))
    image.source = "FILE"
    image.buffers_free()
    return image


def show_sequence(name: str, first: Path) -> bpy.types.Image:
    """Let the image of this name be the numbered files beside `first`."""
    image = bpy.data.images.get(name)
    if image is None:
        image = bpy.data.images.load(str(first))
        image.name = name
    image.filepath = str(first)
    image.source = "SEQUENCE"
    return image


def play(user: bpy.types.ImageUser, frame_start: int, frames: int) -> None:
    """Let a sequence whose file number 1 is that of `frame_start` follow the timeline over so many frames."""
    user.frame_start = frame_start
    user.frame_duration = frames
    user.frame_offset = 0
    user.use_auto_refresh = True


def forget(name: str) -> None:
    """Remove an image unless an editor, a camera or a node shows it."""
    image = bpy.data.images.get(name)
    if image is not None and not image.users:
        bpy.data.images.remove(image)


def image_editors() -> list[bpy.types.SpaceImageEditor]:
    """The image editors that are open."""
    return [
        area.spaces.active
        for window in bpy.context.window_manager.windows
        for area in window.screen.areas
        if area.type == "IMAGE_EDITOR"
    ]


def redraw() -> None:
    """Show changed pictures wherever they are seen."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("IMAGE_EDITOR", "VIEW_3D", "SEQUENCE_EDITOR"):
                area.tag_redraw()
