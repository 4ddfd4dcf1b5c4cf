"""Many frames of a shot on one picture, each with its time and emotion."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from emogene.whole_write import whole_file
from emogene_proto.errors import RenderError
from emogene_proto.names import EMOTIONS

_MARGIN = 8
_INK = (235, 235, 235)
_PAPER = (24, 24, 26)
_SEEN = 0.05
"""Less of an emotion is not told."""


@dataclass(frozen=True)
class Tile:
    """One picture of the sheet."""

    rgb: np.ndarray
    """(H, W, 3) uint8; all tiles have the same size."""
    label: str


def contact_sheet(tiles: Sequence[Tile], columns: int) -> Image.Image:
    """The tiles in rows of `columns`, each over its label.

    Raises:
        RenderError: there are no tiles.
    """
    if not tiles:
        raise RenderError("There are no frames for a contact sheet.", "Check the frame range.")
    height, width = tiles[0].rgb.shape[:2]
    text = max(12, width // 16)
    step_x, step_y = width + _MARGIN, height + text + 2 * _MARGIN
    rows = math.ceil(len(tiles) / columns)
    sheet = Image.new("RGB", (columns * step_x + _MARGIN, rows * step_y + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for i, tile in enumerate(tiles):
        x = _MARGIN + i % columns * step_x
        y = _MARGIN + i // columns * step_y
        sheet.paste(Image.fromarray(tile.rgb), (x, y))
        font = _fitting(tile.label, text, width)
        draw.text((x + width / 2, y + height + _MARGIN / 2), tile.label, _INK, font, anchor="ma")
    return sheet


def _fitting(label: str, size: int, width: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font of this size, or smaller where the label is wider than its picture: mixtures have long names.

    Small letters are a little wider for their size.
    """
    needed = ImageFont.load_default(size).getlength(label)
    return ImageFont.load_default(size if needed <= width else max(6.0, 0.95 * size * width / needed))


def write_contact_sheet(path: Path, tiles: Sequence[Tile], columns: int) -> None:
    """Write a contact sheet as PNG, under a temporary name first.

    Raises:
        RenderError: there are no tiles.
    """
    sheet = contact_sheet(tiles, columns)
    with whole_file(path) as temporary:
        sheet.save(temporary, "PNG")


def tile_label(seconds: float, weights: np.ndarray) -> str:
    """Time and emotions of a frame with (8,) emotion weights, strongest first, e.g. `2.5 s  happy 0.50 + sad 0.40`."""
    strongest = sorted(range(1, len(EMOTIONS)), key=lambda column: -weights[column])
    felt = [f"{EMOTIONS[column]} {weights[column]:.2f}" for column in strongest if weights[column] >= _SEEN]
    return f"{seconds:.1f} s  {' + '.join(felt) or EMOTIONS[0]}"
