"""Finished frames as PNG files: 8-bit sRGB, straight alpha."""

import io
import struct

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from emogene.render.output.colour import straight_rgba
from emogene.values import Frame

_PERCEPTUAL = b"\x00"
_GAMMA = struct.pack(">I", 45_455)
_CHROMATICITIES = struct.pack(">8I", 31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)
"""White, red, green and blue of sRGB, as the PNG specification asks for beside its sRGB chunk."""


def png_bytes(frame: Frame) -> bytes:
    """The frame as a PNG file; equal frames give equal bytes."""
    return _encode(straight_rgba(frame))


def _encode(rgba: np.ndarray) -> bytes:
    colour_space = PngInfo()
    colour_space.add(b"sRGB", _PERCEPTUAL)
    colour_space.add(b"gAMA", _GAMMA)
    colour_space.add(b"cHRM", _CHROMATICITIES)
    buffer = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(buffer, "PNG", pnginfo=colour_space, compress_level=6)
    return buffer.getvalue()
