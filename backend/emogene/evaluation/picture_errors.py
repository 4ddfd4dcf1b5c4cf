"""Where rendered pictures are wrong: the usual and the worst held-out frame of each region, with a map."""

from pathlib import Path

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageDraw

from emogene.evaluation.picture_material import PictureMaterial, emotion_of
from emogene.evaluation.picture_quality import GREY, decibels, on_background
from emogene.render.picture_rays import REGIONS, region_boxes
from emogene_proto.names import EMOTIONS

PIXELS = 200
TITLE = 18
FULL_ERROR = 0.20
"""Mean absolute difference of the three colours that is brightest on a map, in values of 0 to 1."""


def write_error_sheet(path: Path, material: PictureMaterial) -> None:
    """A row for each region; in it truth, rendering and error of the median and of the worst frame."""
    boxes = [_boxes(material, int(number)) for number in material.frames]
    rows = []
    for name in boxes[0]:
        scores = np.array([_score(material, row, box[name]) for row, box in enumerate(boxes)])
        order = np.argsort(scores)
        picked = {"worst": int(order[0]), "median": int(order[len(order) // 2])}
        cells = [
            _cell(
                f"{name}, {how}, {_felt(material, row)}, {scores[row]:.1f} dB", *_parts(material, row, boxes[row][name])
            )
            for how, row in picked.items()
        ]
        rows.append(np.concatenate(cells, 1))
    Image.fromarray(np.concatenate(rows)).save(path)


def _boxes(material: PictureMaterial, number: int) -> dict[str, np.ndarray]:
    face, camera = material.state(number).face, material.corpus.camera(number)
    return dict(zip(REGIONS, region_boxes(face.landmarks, face.pose, camera), strict=True))


def _parts(material: PictureMaterial, row: int, box: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(h, w, 3) truth and rendering within a box, values of 0 to 1 over grey."""
    inside = (slice(box[1], box[3]), slice(box[0], box[2]))
    truth = material.corpus.picture(int(material.frames[row]))
    return on_background(truth[inside], GREY), on_background(material.rendered[row][inside], GREY)


def _score(material: PictureMaterial, row: int, box: np.ndarray) -> float:
    """PSNR in the box; a box that has left the picture cannot be wrong."""
    truth, made = _parts(material, row, box)
    return decibels(truth, made) if truth.size else np.inf


def _felt(material: PictureMaterial, row: int) -> str:
    number = int(material.frames[row])
    return EMOTIONS[int(emotion_of(material.corpus.weights[number][None])[0])]


def error_map(truth: np.ndarray, made: np.ndarray) -> np.ndarray:
    """(h, w, 3) the mean absolute difference of the colours as heat, dark where there is none."""
    return colormaps["inferno"](np.clip(np.abs(truth - made).mean(-1) / FULL_ERROR, 0.0, 1.0))[..., :3]


def _cell(title: str, truth: np.ndarray, made: np.ndarray) -> np.ndarray:
    """(PIXELS + TITLE, 3 PIXELS, 3) uint8."""
    cell = Image.new("RGB", (3 * PIXELS, PIXELS + TITLE), (24, 24, 24))
    ImageDraw.Draw(cell).text((4, 3), title, fill=(230, 230, 230))
    for place, picture in enumerate((truth, made, error_map(truth, made)) if truth.size else ()):
        pixels = Image.fromarray((np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8))
        scale = PIXELS / max(pixels.size)
        size = (max(1, round(pixels.width * scale)), max(1, round(pixels.height * scale)))
        cell.paste(pixels.resize(size, Image.Resampling.BICUBIC), (place * PIXELS, TITLE))
    return np.asarray(cell)
