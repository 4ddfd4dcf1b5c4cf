"""Finished frames as PNG files: 8-bit sRGB, straight alpha."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from emogene.render.output.colour import straight_rgba
from emogene.values import Frame


def png_bytes(frame: Frame) -> bytes:
    """The frame as a PNG file; equal frames give equal bytes."""
    return _encode(straight_rgba(frame))


def write_png(path: Path, frame: Frame) -> None:
    """Write a frame under a temporary name and rename it, so that a file of this name is always whole."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.write_bytes(png_bytes(frame))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def frame_file_name(number: int) -> str:
    """`frame_0001.png` for frame 1, counted from 1 at the beginning of the audio."""
    return f"frame_{number:04d}.png"


def _encode(rgba: np.ndarray) -> bytes:
    colour_space = PngInfo()
    colour_space.add(b"sRGB", b"\x00")
    buffer = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(buffer, "PNG", pnginfo=colour_space, compress_level=6)
    return buffer.getvalue()
