"""Where in a film a picture stands, as an OpenEXR file says it."""

from fractions import Fraction

from emogene.render.output import exr_header

FRAME, SHOT, RATE = "emogene/frame", "emogene/shot", "framesPerSecond"
"""Attributes of the header."""


def placed_in_film(content: bytes, number: int, rate: Fraction, shot: str) -> bytes:
    """An EXR file with its frame number, its film's frames a second and the shot's hash in its header.

    They are no part of the picture: the same picture may stand in two versions of a shot.

    Raises:
        RenderError: not an EXR file.
    """
    place = {
        FRAME: exr_header.whole_number(number),
        RATE: exr_header.rational(rate),
        SHOT: exr_header.text(shot),
    }
    return exr_header.with_attributes(content, place)
