"""Pictures from aside: the same held-out faces seen by cameras that stand at angles, the truth drawn by the studio."""

import numpy as np

from emogene.corpus.appearance.actor import orbit_camera
from emogene.evaluation.picture_material import PictureMaterial
from emogene.evaluation.picture_quality import GREY, SHOWN, decibels, on_background
from emogene.evaluation.suite import Measured, Values

NOVEL_DEGREES = 30
OTHER_DEGREES = (0, 15, 40, 45, 60)
FIGURES = {"psnr_novel_30": Measured("dB", "higher", 27.0)}
EXTRAS = {
    "psnr_novel_30_worst": Measured("dB", "higher"),
    "psnr_novel_30_foreground": Measured("dB", "higher"),
    **{f"psnr_view_{degrees}": Measured("dB", "higher") for degrees in OTHER_DEGREES},
}
NAMES = (*FIGURES, *EXTRAS)
EACH, OTHERS_EACH = 2, 1
"""Held-out faces of each emotion, at NOVEL_DEGREES and at OTHER_DEGREES."""


def measure(material: PictureMaterial) -> Values:
    """All figures of this file."""
    novel = np.array(
        [_compared(material, int(i), side * NOVEL_DEGREES) for i in material.few(EACH) for side in (-1, 1)]
    )
    values: Values = {
        "psnr_novel_30": float(novel[:, 0].mean()),
        "psnr_novel_30_worst": float(novel[:, 0].min()),
        "psnr_novel_30_foreground": float(novel[:, 1].mean()),
    }
    for degrees in OTHER_DEGREES:
        sides = (-1, 1) if degrees else (1,)
        found = [_compared(material, int(i), s * degrees)[0] for i in material.few(OTHERS_EACH) for s in sides]
        values[f"psnr_view_{degrees}"] = float(np.mean(found))
    return values


def _compared(material: PictureMaterial, number: int, degrees: float) -> tuple[float, float]:
    """PSNR on grey of the whole picture, and of what shows the actor, from so far to the subject's left."""
    camera = orbit_camera(material.studio.actor, material.corpus.size, float(np.radians(degrees)))
    state = material.state(number)
    rgba = material.draw(state, camera).rgba
    truth, made = on_background(rgba, GREY), on_background(material.render(state.face, camera), GREY)
    shown = rgba[..., 3] >= SHOWN
    return decibels(truth, made), decibels(truth[shown], made[shown])


def used(material: PictureMaterial) -> str:
    """What it was measured on, in words."""
    size = material.corpus.size
    return (
        f"{len(material.few(EACH))} of these held-out faces from {NOVEL_DEGREES} degrees to the left and to the right "
        f"of the actor's own camera, {len(material.few(OTHERS_EACH))} at the other angles, head poses as they were; "
        f"true pictures drawn for it, {size}x{size}. The corpus' cameras go up to 32 degrees aside."
    )
