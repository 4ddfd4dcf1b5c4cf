"""What lies behind the actor: one colour or a picture, laid behind finished frames of any size.

Frames hold premultiplied, sRGB-encoded values and are mixed in them, as in the pictures that the field is trained on.
"""

import functools
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from emogene.render.output.colour import Rgb
from emogene.values import Frame
from emogene_proto.errors import ShotError

MOST_PIXELS = 64 * 2**20
"""Of a picture, e.g. 8192 x 8192: told from its header, before memory is taken."""
LARGEST_FILE = 256 * 2**20
"""Bytes of a picture."""
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
"""What is read; nothing else of Pillow is tried on a client's file."""
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
"""Eight bits a channel; Pillow would clip others."""
_KEPT_SIZES = 3
"""Sizes for which the resampled picture is kept: a shot's own, and those of a live stream."""
_DAMAGES = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError)
_DAMAGES += (struct.error, zlib.error)
"""What Pillow may raise over a damaged file."""
_HINT = "Save it as an 8-bit PNG or JPEG."


class Backdrop:
    """An opaque background. The same size gives the same pixels, whichever frames were laid over it before."""

    def __init__(self, picture: Image.Image):
        """
        Args:
            picture: RGB, sRGB-encoded; one pixel is one colour everywhere.
        """
        self._picture = picture
        self.fitted = functools.lru_cache(maxsize=_KEPT_SIZES)(self._fitted)

    def behind(self, frame: Frame) -> Frame:
        """The frame over this background: alpha is 1 everywhere, depth stays the actor's."""
        alpha = np.clip(frame.rgba[..., 3:], 0.0, 1.0)
        height, width = frame.depth.shape
        rgba = np.ones_like(frame.rgba)
        rgba[..., :3] = self.fitted(width, height)
        rgba[..., :3] *= np.float32(1.0 / 255.0) * (1.0 - alpha)
        rgba[..., :3] += np.clip(frame.rgba[..., :3], 0.0, alpha)
        return Frame(rgba, frame.depth)

    def _fitted(self, width: int, height: int) -> np.ndarray:
        """(H, W, 3) uint8: the picture fills this size, centred; what is too much of it is cut off."""
        box = cover_box(self._picture.size, (width, height))
        return np.asarray(self._picture.resize((width, height), Image.Resampling.LANCZOS, box))


def colour_backdrop(colour: Rgb) -> Backdrop:
    """The same colour everywhere."""
    return Backdrop(Image.new("RGB", (1, 1), colour))


def picture_backdrop(path: Path, name: str) -> Backdrop:
    """The picture in a file.

    Raises:
        ShotError: see `read_picture`.
    """
    return Backdrop(read_picture(path, name))


def cover_box(picture: tuple[int, int], frame: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the largest centred part of a picture that has the frame's shape."""
    scale = min(picture[0] / frame[0], picture[1] / frame[1])
    across, down = min(scale * frame[0], picture[0]), min(scale * frame[1], picture[1])
    left, top = 0.5 * (picture[0] - across), 0.5 * (picture[1] - down)
    return left, top, min(left + across, picture[0]), min(top + down, picture[1])


def read_picture(path: Path, name: str) -> Image.Image:
    """A picture of a common format as RGB, turned as its camera was held; what is transparent in it becomes black.

    Args:
        name: what the artist calls it.

    Raises:
        ShotError: missing, damaged, too large, or of a kind that is not read.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ShotError(
                f"The background {name} has more than {LARGEST_FILE // 2**20} MB.", "Save it smaller, e.g. as a JPEG."
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's words on doubtful files; what it cannot read it raises
            return _read(path, name)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ShotError(f"There is no background picture {name}.", "Check its path.") from error
    except UnidentifiedImageError as error:
        raise ShotError(
            f"The background {name} is not a picture that can be read.", f"Use one of: {', '.join(FORMATS)}."
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(name) from error
    except _DAMAGES as error:
        raise ShotError(f"The background {name} is damaged: {error}.", _HINT) from error


def _read(path: Path, name: str) -> Image.Image:
    with Image.open(path, formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise _too_many_pixels(name)
        if opened.mode not in _MODES:
            raise ShotError(f"The background {name} has pixels of the kind '{opened.mode}'.", _HINT)
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        if not upright.has_transparency_data:
            return upright.convert("RGB")
        rgba = upright.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, (0, 0, 0, 255)), rgba).convert("RGB")


def _too_many_pixels(name: str) -> ShotError:
    return ShotError(
        f"The background {name} has more than {MOST_PIXELS / 1e6:.0f} million pixels.", "Make it smaller: 4K is plenty."
    )
