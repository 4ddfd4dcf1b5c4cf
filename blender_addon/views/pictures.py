# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered pictures as images of the .blend."""

from typing import NamedTuple

import bpy

_OURS, _RUN = "emogene", "emogene_run"
"""Custom properties of images: that it is one of EmoGene's pictures; and of sequences, see `Run`."""


class Run(NamedTuple):
    """Numbered files of an image sequence, and where they lie on the timeline."""

    first: int
    """The lowest number."""
    length: int
    frame_start: int
    """The timeline's frame of number 1, whether that is there or not."""


def named(name: str) -> bpy.types.Image | None:
    """The file's own image of this name: one linked from elsewhere may have it too."""
    return next((image for image in bpy.data.images if image.name == name and image.library is None), None)


def show_file(image: bpy.types.Image | None, name: str, content: bytes, width: int, height: int) -> bpy.types.Image:
    """Put a PNG file's content into the image, which is made with this name where there is none."""
    if image is None:
        image = bpy.data.images.new(name, width, height, alpha=True)
        image[_OURS] = True
        # A new image of bytes is taken for sRGB, which is what the pictures are in: an image editor shows it without
        # a view transform, and what is drawn in other editors is decoded for them and encoded again.
        image.alpha_mode = "STRAIGHT"
    # Packed, for it takes a millisecond, and Blender does not ask to save the image.
    image.pack(data=content, data_len=len(content))
    image.source = "FILE"
    image.buffers_free()
    return image


def show_sequence(image: bpy.types.Image | None, name: str, first: str, run: Run) -> bpy.types.Image:
    """Let the image be the numbered files beside `first`, which is the run's first; made where there is none."""
    if image is None:
        image = bpy.data.images.load(first)
        image.name = name
        image[_OURS] = True
    image.filepath = first
    image.source = "SEQUENCE"
    image[_RUN] = list(run)
    return image


def is_ours(image: bpy.types.Image | None) -> bool:
    """Whether it is a picture of a character, or was one's that is gone."""
    return image is not None and _OURS in image


def play(image: bpy.types.Image, user: bpy.types.ImageUser) -> None:
    """Let a sequence follow the timeline as far as its run goes."""
    if image.source != "SEQUENCE" or _RUN not in image:
        return
    run = Run(*image[_RUN])
    user.frame_start = run.frame_start + run.first - 1
    user.frame_duration = run.length
    user.frame_offset = run.first - 1
    user.use_auto_refresh = True


def image_editors() -> list[bpy.types.SpaceImageEditor]:
    """The image editors that are open."""
    return [
        area.spaces.active
        for window in bpy.context.window_manager.windows
        for area in window.screen.areas
        if area.type == "IMAGE_EDITOR"
    ]
