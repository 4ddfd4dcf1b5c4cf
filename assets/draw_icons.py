"""Draw the add-on's emotion icons: `python assets/draw_icons.py`, with Pillow.

Eight faces in the emotions' own colours. At 16 pixels only strong shapes are left of a face, so each is told by its
brows, eyes and mouth alone, drawn as thick strokes; a dark rim keeps them apart from light themes.
"""

import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from blender_addon.core.palette import PALETTE  # noqa: E402  (found only by the line above)

SIDE = 64
FINER = 8
"""Drawn so many times larger, then scaled down."""
INK = (24, 22, 28, 255)
WHITE = (255, 255, 255, 255)
STROKE = 5.6
EYES = (21.5, 42.5)
EYE_HEIGHT = 27.0

Point = tuple[float, float]


class Face:
    """A coloured disc to draw features on, in units of the icon's 64 pixels, y downwards."""

    def __init__(self, colour: tuple[float, float, float]):
        self.image = Image.new("RGBA", (SIDE * FINER, SIDE * FINER))
        self._pen = ImageDraw.Draw(self.image)
        rim = tuple(round(110 * part) for part in colour)
        self.dot((32, 32), 31, (*rim, 255))
        self.dot((32, 32), 28.6, (*(round(255 * part) for part in colour), 255))

    def dot(self, centre: Point, radius: float, ink: Sequence[int] = INK, squeeze: float = 1.0) -> None:
        """A disc, or an ellipse `squeeze` times as high as it is wide."""
        (x, y), height = centre, radius * squeeze
        box = (x - radius, y - height, x + radius, y + height)
        self._pen.ellipse([FINER * side for side in box], fill=tuple(ink))

    def stroke(self, points: Sequence[Point], width: float = STROKE) -> None:
        """A line through the points with round ends and joints."""
        self._pen.line([(FINER * x, FINER * y) for x, y in points], INK, round(FINER * width), joint="curve")
        for point in points:
            self.dot(point, width / 2)

    def curve(self, start: Point, bend: Point, end: Point, width: float = STROKE) -> None:
        """A stroke from start to end, drawn towards `bend` on its way."""
        self.stroke(_bezier(start, bend, end), width)

    def shape(self, points: Sequence[Point], ink: Sequence[int] = INK) -> None:
        self._pen.polygon([(FINER * x, FINER * y) for x, y in points], fill=tuple(ink))

    def eyes(self, radius: float = 4.4, squeeze: float = 1.25) -> None:
        for x in EYES:
            self.dot((x, EYE_HEIGHT), radius, squeeze=squeeze)


def _bezier(start: Point, bend: Point, end: Point, steps: int = 32) -> list[Point]:
    points = []
    for step in range(steps + 1):
        t = step / steps
        weights = ((1 - t) ** 2, 2 * t * (1 - t), t * t)
        x, y = (sum(w * p[axis] for w, p in zip(weights, (start, bend, end), strict=True)) for axis in (0, 1))
        points.append((x, y))
    return points


def _mirrored(points: Sequence[Point]) -> list[Point]:
    return [(64 - x, y) for x, y in points]


def neutral(face: Face) -> None:
    face.eyes()
    face.stroke([(21, 44.5), (43, 44.5)])


def happy(face: Face) -> None:
    """Eyes narrowed by the cheeks, a wide open smile."""
    for x in EYES:
        face.curve((x - 6, 28), (x, 18), (x + 6, 28), 5)
    smile = _bezier((14, 36), (32, 72), (50, 36))
    face.shape(smile)
    face.stroke([*smile, smile[0]], 3)


def sad(face: Face) -> None:
    """Brows raised in the middle, the mouth's corners down, a tear."""
    face.eyes(4.0)
    for side in (lambda points: points, _mirrored):
        face.stroke(side([(12, 21.5), (25, 14.5)]), 4.6)
    face.curve((20, 50), (32, 36), (44, 50))
    face.dot((49, 43), 4.6, WHITE)
    face.shape([(44.9, 41), (49, 32), (53.1, 41)], WHITE)


def angry(face: Face) -> None:
    """Brows down to the eyes, the mouth pressed."""
    face.eyes(4.4, 1.0)
    for side in (lambda points: points, _mirrored):
        face.stroke(side([(12, 15.5), (27.5, 23.5)]), 6.4)
    face.curve((21, 49), (32, 39), (43, 49), 6)


def fear(face: Face) -> None:
    """Much white around the pupils, brows raised in the middle, a trembling mouth."""
    for x in EYES:
        face.dot((x, 28), 9.2, WHITE)
        face.dot((x, 28), 4.2)
    for side in (lambda points: points, _mirrored):
        face.stroke(side([(12.5, 14.5), (25.5, 10)]), 4.4)
    wave = [(15 + 34 * t / 48, 48 + 4.2 * math.sin(2 * math.pi * 1.5 * t / 48)) for t in range(49)]
    face.stroke(wave, 5.4)


def surprised(face: Face) -> None:
    """High arched brows, round eyes, a round mouth."""
    face.eyes(4.8, 1.15)
    for x in EYES:
        face.curve((x - 6.5, 16), (x, 8), (x + 6.5, 16), 4.4)
    face.dot((32, 46.5), 8.6, squeeze=1.15)


def disgusted(face: Face) -> None:
    """Eyes squeezed shut, the tongue out of a mouth that turns down."""
    for side in (lambda points: points, _mirrored):
        face.stroke(side([(14.5, 20), (26, 26), (14.5, 32)]), 5)
    face.curve((16, 46), (32, 35), (48, 46), 5.4)
    face.dot((38, 47), 6.6, (255, 150, 160, 255), squeeze=1.25)
    face.stroke([(31.5, 41.5), (44.5, 43.2)], 4)


def contempt(face: Face) -> None:
    """Lids half down, eyes to the side, one corner of the mouth drawn up."""
    for x in EYES:
        face.dot((x + 2, 28), 4.8, squeeze=0.9)
        face.stroke([(x - 6.5, 24.5), (x + 7, 24.5)], 4.6)
    face.curve((36, 13.5), (43, 9), (50, 13), 4.4)
    face.curve((19, 46), (38, 49), (47, 37))


FACES: dict[str, Callable[[Face], None]] = {
    "neutral": neutral,
    "angry": angry,
    "contempt": contempt,
    "disgusted": disgusted,
    "fear": fear,
    "happy": happy,
    "sad": sad,
    "surprised": surprised,
}


def main() -> None:
    folder = ROOT / "blender_addon" / "icons"
    folder.mkdir(exist_ok=True)
    for emotion, draw in FACES.items():
        face = Face(PALETTE[emotion])
        draw(face)
        small = face.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        small.save(folder / f"{emotion}.png", optimize=True)


if __name__ == "__main__":
    main()
