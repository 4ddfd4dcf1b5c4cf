"""How near a picture comes to the true one: PSNR and SSIM by scikit-image, whole and in parts, on a background."""

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from emogene.render.picture_rays import REGIONS
from emogene_proto.errors import CorpusError

GREY, BLACK = 0.5, 0.0
"""sRGB values of the backgrounds that both pictures are laid on."""
MOST_DECIBELS = 100.0
"""What equal pictures count as."""
SHOWN = 128
"""Alpha, of 255, from which on a pixel shows somebody."""
PARTS = ("picture", "face", "mouth", "eyes", "neck", "head", "torso", "foreground")


@dataclass(frozen=True)
class PictureQuality:
    """One rendered picture beside the true one."""

    psnr: dict[str, float | None]
    """dB on grey for each of PARTS; None where the part is not in the picture."""
    squared_error: float
    """Mean over the whole picture, on grey."""
    ssim: float
    psnr_black: float
    psnr_alpha: float


def require_scikit_image(_: object = None) -> None:
    """Tell that pictures cannot be compared before minutes of work.

    Raises:
        CorpusError: scikit-image is not installed.
    """
    _metrics()


def _metrics() -> Any:
    try:
        return importlib.import_module("skimage.metrics")
    except ImportError as error:
        raise CorpusError(
            "Pictures are compared by scikit-image, which is not installed.",
            "In EmoGene's folder: .venv/bin/pip install -c constraints.txt -e '.[corpus]'",
        ) from error


def on_background(rgba: np.ndarray, grey: float) -> np.ndarray:
    """(H, W, 3) float32 sRGB-encoded values of (H, W, 4) uint8 straight alpha over one grey."""
    alpha = rgba[..., 3:].astype(np.float32) / 255.0
    return rgba[..., :3].astype(np.float32) / 255.0 * alpha + (1.0 - alpha) * np.float32(grey)


def decibels(truth: np.ndarray, made: np.ndarray) -> float:
    """PSNR of two arrays of values in [0, 1], at most MOST_DECIBELS."""
    if np.array_equal(truth, made):
        return MOST_DECIBELS
    return min(float(_metrics().peak_signal_noise_ratio(truth, made, data_range=1.0)), MOST_DECIBELS)


def similarity(truth: np.ndarray, made: np.ndarray) -> float:
    """SSIM of two (H, W, 3) pictures as it was published: Gaussian windows of 1.5 pixels, mean over the channels."""
    return float(
        _metrics().structural_similarity(
            truth,
            made,
            data_range=1.0,
            channel_axis=2,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def compare(made: np.ndarray, truth: np.ndarray, matte: np.ndarray, boxes: np.ndarray) -> PictureQuality:
    """All measures of one picture.

    Args:
        made: (H, W, 4) uint8 straight alpha, rendered.
        truth: (H, W, 4) uint8 straight alpha.
        matte: (H, W) uint8, how much of each true pixel shows the head.
        boxes: (regions, 4) of the picture, see `region_boxes`.
    """
    grey, true_grey = on_background(made, GREY), on_background(truth, GREY)
    masks = part_masks(truth, matte, boxes)
    psnr = {name: decibels(true_grey[mask], grey[mask]) if mask.any() else None for name, mask in masks.items()}
    alpha = [picture[..., 3].astype(np.float32) / 255.0 for picture in (truth, made)]
    return PictureQuality(
        psnr=psnr,
        squared_error=float(((grey - true_grey) ** 2).mean()),
        ssim=similarity(true_grey, grey),
        psnr_black=decibels(on_background(truth, BLACK), on_background(made, BLACK)),
        psnr_alpha=decibels(*alpha),
    )


def part_masks(truth: np.ndarray, matte: np.ndarray, boxes: np.ndarray) -> dict[str, np.ndarray]:
    """(H, W) bool for each of PARTS: boxes about landmarks, and what the true picture shows."""
    box = dict(zip(REGIONS, boxes, strict=True))
    shown = truth[..., 3] >= SHOWN
    size = shown.shape
    return {
        "picture": np.ones(size, bool),
        "face": _filled(size, box["face"]),
        "mouth": _filled(size, box["mouth"]),
        "eyes": _filled(size, box["right eye"]) | _filled(size, box["left eye"]),
        "neck": _filled(size, box["neck"]),
        "head": shown & (matte >= SHOWN),
        "torso": shown & (matte < SHOWN),
        "foreground": shown,
    }


def _filled(size: tuple[int, ...], box: np.ndarray) -> np.ndarray:
    mask = np.zeros(size, bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask
