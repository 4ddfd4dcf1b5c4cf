"""Finished frames back from their files, as a film takes them."""

import io

import numpy as np
from PIL import Image

from emogene.render.output.colour import Rgb
from emogene.render.output.film_form import FilmForm

_EXR_BEGINS = b"\x76\x2f\x31\x01"


def read_straight(content: bytes) -> np.ndarray:
    """(H, W, 4) float32 in 0..1: sRGB-encoded, straight alpha.

    Args:
        content: of a PNG or EXR file, which was checked. It is all that is looked at: nothing is read again.

    Raises:
        OSError: it is no picture.
    """
    if content.startswith(_EXR_BEGINS):
        return _read_exr(content)
    with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGBA"), np.float32) / 255.0


def film_picture(straight: np.ndarray, form: FilmForm, behind: Rgb | None) -> np.ndarray:
    """A picture as the form takes it: (H, W, 3) or (H, W, 4), uint8 or uint16.

    Args:
        straight: see `read_straight`.
        behind: what transparent pictures are laid over where the form has no alpha.
    """
    colour, alpha = straight[..., :3], straight[..., 3:]
    if form.given_as == "rgba64le":
        return _rounded(straight, np.uint16)
    if behind is not None:
        colour = colour * alpha + (1.0 - alpha) * (np.array(behind, np.float32) / 255.0)
    return _rounded(colour, np.uint8 if form.given_as == "rgb24" else np.uint16)


def _rounded(values: np.ndarray, kind: type) -> np.ndarray:
    most = np.iinfo(kind).max
    return np.clip(values * np.float32(most) + np.float32(0.5), 0, most).astype(kind)


def _read_exr(content: bytes) -> np.ndarray:
    """Scene-linear, premultiplied half floats, encoded as `colour.linear_rgba` decoded them."""
    import OpenEXR

    try:
        with OpenEXR.File(io.BytesIO(content), separate_channels=True) as file:
            channels = file.channels()
            linear = np.stack([np.asarray(channels[name].pixels, np.float32) for name in "RGBA"], axis=-1)
    except (RuntimeError, ValueError, KeyError) as error:
        raise OSError(f"no EXR picture: {error}") from error
    alpha = np.clip(linear[..., 3:], 0.0, 1.0)
    colour = np.clip(linear[..., :3], 0.0, alpha) / np.maximum(alpha, 1e-8)
    encoded = np.where(colour <= 0.0031308, 12.92 * colour, 1.055 * np.maximum(colour, 1e-8) ** (1 / 2.4) - 0.055)
    return np.concatenate([np.clip(encoded, 0.0, 1.0), alpha], axis=-1).astype(np.float32)
