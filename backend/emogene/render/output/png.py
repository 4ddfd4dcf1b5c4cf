"""Finished frames as PNG files: 8-bit sRGB, straight alpha."""

import io

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from emogene.render.output.colour import straight_rgba
from emogene.values import Frame


def png_bytes(frame: Frame) -> bytes:
    """The frame as a PNG file; equal frames give equal bytes."""
    return _encode(straight_rgba(frame))


def _encode(rgba: np.ndarray) -> bytes:
    colour_space = PngInfo()
    colour_space.add(b"sRGB", b"\x00")
    buffer = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(buffer, "PNG", pnginfo=colour_space, compress_level=6)
    return buffer.getvalue()
