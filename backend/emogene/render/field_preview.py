"""How fields do on held-out pictures in training: PSNR of the whole and of the mouth, and a picture to look at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from emogene.values import FaceState

from .fields import ActorFields
from .kernels import create_engine
from .picture_rays import REGIONS, PictureSet

BACKGROUND = 0.5
"""sRGB value of the background that both pictures are laid on."""
SHOWN = 4


@dataclass(frozen=True)
class PictureScores:
    """Peak signal-to-noise ratios over all held-out pictures, in dB."""

    whole: float
    mouth: float
    eyes: float
    neck: float
    alpha: float
    frames: int

    def lines(self) -> list[str]:
        return [
            f"PSNR over {self.frames} held-out pictures: whole {self.whole:.2f} dB, mouth {self.mouth:.2f} dB, "
            f"eyes {self.eyes:.2f} dB, neck {self.neck:.2f} dB, alpha {self.alpha:.2f} dB"
        ]


def evaluate(fields: ActorFields, pictures: PictureSet, head_only: bool) -> PictureScores:
    """Render every picture of the set and compare, with the whole of it or with the head cut out of it."""
    squares: dict[str, list[float]] = {name: [] for name in (*REGIONS, "alpha")}
    for row, rendered in _rendered(fields, pictures, range(len(pictures.index))):
        truth = _truth(pictures, row, head_only)
        square = (_on_background(rendered) - _on_background(truth)) ** 2
        for name, box in zip(REGIONS, pictures.boxes[row], strict=True):
            squares[name].append(float(square[box[1] : box[3], box[0] : box[2]].mean()))
        squares["alpha"].append(float(((rendered[..., 3] - truth[..., 3]) ** 2).mean()))

    def decibels(*names: str) -> float:
        return float(-10.0 * np.log10(np.mean([squares[name] for name in names])))

    eyes = decibels("right eye", "left eye")
    return PictureScores(
        decibels("picture"), decibels("mouth"), eyes, decibels("neck"), decibels("alpha"), len(pictures.index)
    )


def write_preview(
    fields: ActorFields, pictures: PictureSet, head_only: bool, out: Path, told: Callable[[str], None] = print
) -> None:
    """Write some held-out pictures above the fields' own, with faces enlarged below."""
    rows = np.linspace(0, len(pictures.index) - 1, min(SHOWN, len(pictures.index))).astype(int)
    columns, errors = [], []
    for row, rendered in _rendered(fields, pictures, rows):
        truth, made = _on_background(_truth(pictures, row, head_only)), _on_background(rendered)
        errors.append(float(((truth - made) ** 2).mean()))
        box = pictures.boxes[row][1]
        faces = [_enlarged(image, box, truth.shape[0]) for image in (truth, made)]
        columns.append(np.concatenate([truth, made, *faces]))
    pixels = np.clip(np.concatenate(columns, 1) * 255.0 + 0.5, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(out)
    told(f"{out.name}: PSNR {-10 * np.log10(np.mean(errors)):.2f} dB on {len(rows)} held-out pictures")


def _rendered(fields: ActorFields, pictures: PictureSet, rows):
    """Yields (row, (H, W, 4) premultiplied) for some pictures of the set."""
    engine = create_engine("cpu", fields)
    corpus = pictures.corpus
    for row in rows:
        i = int(pictures.index[row])
        face = FaceState(corpus.landmarks[i], corpus.gaze[i].astype(np.float32), corpus.poses[i])
        yield int(row), engine.render(face, pictures.camera(int(row))).rgba


def _truth(pictures: PictureSet, row: int, head_only: bool) -> np.ndarray:
    """(H, W, 4) premultiplied."""
    rgba = pictures.pixels[row].astype(np.float32) / 255.0
    if head_only:
        rgba[..., 3] = np.minimum(rgba[..., 3], pictures.mattes[row] / np.float32(255.0))
    rgba[..., :3] *= rgba[..., 3:]
    return rgba


def _on_background(rgba: np.ndarray) -> np.ndarray:
    return rgba[..., :3] + (1.0 - rgba[..., 3:]) * BACKGROUND


def _enlarged(image: np.ndarray, box: np.ndarray, size: int) -> np.ndarray:
    cut = np.clip(image[box[1] : box[3], box[0] : box[2]] * 255.0, 0, 255).astype(np.uint8)
    return np.asarray(Image.fromarray(cut).resize((size, size), Image.Resampling.LANCZOS)) / 255.0
