"""Held-out pictures beside those rendered: PSNR and SSIM of the whole, of parts, and by emotion."""

import numpy as np

from emogene.corpus.appearance.portrait import DEPTH_STEP
from emogene.evaluation.picture_material import PictureMaterial, emotion_of
from emogene.evaluation.picture_quality import PARTS, PictureQuality, compare
from emogene.evaluation.suite import Measured, Values
from emogene.render.picture_rays import region_boxes
from emogene_proto.names import EMOTIONS

FIGURES = {
    "psnr": Measured("dB", "higher", 33.0),
    "ssim": Measured("", "higher", 0.95),
    "psnr_mouth": Measured("dB", "higher", 28.0),
}
EXTRAS = {
    "psnr_of_mean_error": Measured("dB", "higher"),
    "psnr_worst": Measured("dB", "higher"),
    **{f"psnr_{part}": Measured("dB", "higher") for part in PARTS if part not in ("picture", "mouth")},
    "depth_mm_head": Measured("mm", "lower"),
    "depth_mm_torso": Measured("mm", "lower"),
    "psnr_black": Measured("dB", "higher"),
    "psnr_alpha": Measured("dB", "higher"),
    "ssim_worst": Measured("", "higher"),
    "psnr_mouth_worst": Measured("dB", "higher"),
    **{f"psnr_{emotion}": Measured("dB", "higher") for emotion in EMOTIONS},
    **{f"psnr_mouth_{emotion}": Measured("dB", "higher") for emotion in EMOTIONS},
}
MATTE_FULL = 255
NAMES = (*FIGURES, *EXTRAS)


def qualities(material: PictureMaterial) -> list[PictureQuality]:
    """Of each compared frame."""
    found = []
    for number, made, truth in material.pairs():
        face, camera = material.state(number).face, material.corpus.camera(number)
        boxes = region_boxes(face.landmarks, face.pose, camera)
        found.append(compare(made, truth, material.corpus.head_matte(number), boxes))
    return found


def measure(material: PictureMaterial) -> Values:
    """All figures of this file."""
    found = summary(qualities(material), emotion_of(material.corpus.weights[material.frames]))
    return found | depth_errors(material)


def depth_errors(material: PictureMaterial) -> Values:
    """Median distance in mm between rendered and true depth, mean over frames; None if the corpus knows no depths."""
    errors: dict[str, list[float]] = {"head": [], "torso": []}
    for number, made in zip(material.frames, material.depths, strict=True):
        known = material.corpus.depth(int(number))
        if known is None:
            return {"depth_mm_head": None, "depth_mm_torso": None}
        away = 1e3 * np.abs(made - known * DEPTH_STEP)
        there, matte = (known > 0) & np.isfinite(made), material.corpus.head_matte(int(number))
        for name, part in (("head", there & (matte == MATTE_FULL)), ("torso", there & (matte == 0))):
            if part.any():
                errors[name].append(float(np.median(away[part])))
    mean = {name: float(np.mean(values)) if values else None for name, values in errors.items()}
    return {"depth_mm_head": mean["head"], "depth_mm_torso": mean["torso"]}


def summary(found: list[PictureQuality], emotions: np.ndarray) -> Values:
    """Means over frames; a frame without a part does not count for it.

    Args:
        emotions: (N,) the strongest emotion of each frame.
    """
    of = {part: np.array([one.psnr[part] for one in found], np.float64) for part in PARTS}
    values: Values = {f"psnr_{part}": _mean(of[part]) for part in PARTS if part != "picture"}
    similar = np.array([one.ssim for one in found])
    values |= {
        "psnr": _mean(of["picture"]),
        "ssim": _mean(similar),
        "psnr_of_mean_error": float(-10.0 * np.log10(max(np.mean([one.squared_error for one in found]), 1e-10))),
        "psnr_worst": float(of["picture"].min()),
        "ssim_worst": float(similar.min()),
        "psnr_mouth_worst": float(of["mouth"].min()),
        "psnr_black": _mean(np.array([one.psnr_black for one in found])),
        "psnr_alpha": _mean(np.array([one.psnr_alpha for one in found])),
    }
    for column, emotion in enumerate(EMOTIONS):
        mine = emotions == column
        values[f"psnr_{emotion}"] = _mean(of["picture"][mine])
        values[f"psnr_mouth_{emotion}"] = _mean(of["mouth"][mine])
    return values


def _mean(values: np.ndarray) -> float | None:
    """Of those that are there; None where none is."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else None
