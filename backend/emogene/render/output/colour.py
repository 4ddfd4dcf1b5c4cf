"""Frames to the colours of files. Fields work in sRGB-encoded values: 8-bit pixels need only their alpha converted."""

import re

import numpy as np

from emogene.values import Frame
from emogene_proto.errors import ShotError

Rgb = tuple[int, int, int]


def straight_rgba(frame: Frame) -> np.ndarray:
    """(H, W, 4) uint8 with straight alpha; colour is black where alpha rounds to 0."""
    alpha = np.clip(frame.rgba[..., 3:], 0.0, 1.0)
    colour = np.clip(frame.rgba[..., :3], 0.0, alpha) / np.maximum(alpha, 1e-8)
    rgba = np.concatenate([colour, alpha], axis=-1) * 255.0 + 0.5
    rgba = rgba.astype(np.uint8)
    rgba[rgba[..., 3] == 0] = 0
    return rgba


def linear_rgba(frame: Frame) -> np.ndarray:
    """(H, W, 4) float32, scene-linear with the primaries of Rec.709, premultiplied.

    What is encoded is the colour itself, so alpha is taken out before and put back after.
    """
    alpha = np.clip(frame.rgba[..., 3:], 0.0, 1.0)
    colour = np.clip(frame.rgba[..., :3], 0.0, alpha) / np.maximum(alpha, 1e-8)
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return np.concatenate([linear * alpha, alpha], axis=-1).astype(np.float32)


def over_background(frame: Frame, background: Rgb) -> np.ndarray:
    """(H, W, 3) uint8, the frame over one opaque sRGB colour."""
    premultiplied = np.clip(frame.rgba, 0.0, 1.0)
    behind = (1.0 - premultiplied[..., 3:]) * (np.array(background, np.float32) / 255.0)
    return np.clip((premultiplied[..., :3] + behind) * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8)


def parse_colour(text: str) -> Rgb:
    """Red, green and blue of `#rrggbb`, 0 to 255.

    Raises:
        ShotError: not of this form.
    """
    if not re.fullmatch(r"#?[0-9a-fA-F]{6}", text):
        raise ShotError(f"'{text}' is not a colour.", "Write it as #rrggbb, e.g. #808080.")
    red, green, blue = bytes.fromhex(text.lstrip("#"))
    return red, green, blue
