"""LMD: landmarks that MediaPipe finds in a rendered picture, how far they lie from those it finds in the true one."""

import importlib
import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from emogene.corpus.mesh_landmarks import MESH_POINTS, tracked_points
from emogene.evaluation.figures import percent
from emogene.evaluation.picture_material import PictureMaterial
from emogene.evaluation.picture_quality import GREY, on_background
from emogene.evaluation.suite import Measured, Values

FIGURES = {"lmd_px": Measured("px", "lower", 2.3)}
EXTRAS = {
    "lmd_face_px": Measured("px", "lower"),
    "lmd_eyes_px": Measured("px", "lower"),
    "lmd_worst_px": Measured("px", "lower"),
    "lmd_lost": Measured("%", "lower"),
    "lmd_lost_truth": Measured("%", "lower"),
}
NAMES = (*FIGURES, *EXTRAS)
MOUTH, EYES = slice(48, 68), slice(36, 48)
MISSING = (
    "Nothing: MediaPipe, which finds faces in pictures, is missing (Python 3.11). In EmoGene's folder: "
    ".venv/bin/pip install -c constraints.txt -e '.[video]'"
)

Finder = Callable[[np.ndarray], np.ndarray | None]
"""(68, 2) pixels, right and down, of the face in a (H, W, 3) uint8 picture; None where there is none."""


def measure(material: PictureMaterial) -> Values:
    """All figures of this file; None where MediaPipe is not installed."""
    mesh = face_mesh()
    if mesh is None:
        return dict.fromkeys(NAMES)
    try:
        pictures = ((_shown(made), _shown(truth)) for _, made, truth in material.pairs())
        return distances(pictures, lambda picture: face_points(mesh, picture))
    finally:
        mesh.close()


def used(material: PictureMaterial) -> str:
    """What it was measured on, in words."""
    if _module() is None:
        return MISSING
    return (
        f"The same {len(material.frames)} pictures, looked at by MediaPipe's face mesh one by one "
        f"({material.corpus.size}x{material.corpus.size})."
    )


def distances(pictures: Iterable[tuple[np.ndarray, np.ndarray]], find: Finder) -> Values:
    """Mean distances over the pairs (rendered, true) in which both faces are found.

    Args:
        pictures: pairs of (H, W, 3) uint8.
    """
    away, lost, lost_truth = [], [], []
    for made, truth in pictures:
        points, true_points = find(made), find(truth)
        lost_truth.append(true_points is None)
        if true_points is None:
            continue
        lost.append(points is None)
        if points is not None:
            away.append(np.linalg.norm(points - true_points, axis=1))
    values: Values = {"lmd_lost": percent(np.array(lost)), "lmd_lost_truth": percent(np.array(lost_truth))}
    if not away:
        return values | dict.fromkeys(("lmd_px", "lmd_face_px", "lmd_eyes_px", "lmd_worst_px"))
    every = np.array(away)
    return values | {
        "lmd_px": float(every[:, MOUTH].mean()),
        "lmd_face_px": float(every.mean()),
        "lmd_eyes_px": float(every[:, EYES].mean()),
        "lmd_worst_px": float(every[:, MOUTH].mean(1).max()),
    }


def face_points(mesh: Any, picture: np.ndarray) -> np.ndarray | None:
    """See `Finder`."""
    height, width = picture.shape[:2]
    found = mesh.process(picture).multi_face_landmarks
    if not found or len(found[0].landmark) != MESH_POINTS:
        return None
    points = np.array([(p.x, p.y, p.z) for p in found[0].landmark], np.float32)
    return tracked_points(points, width, height)[:68, :2] * [1.0, -1.0]


def face_mesh() -> Any:
    """MediaPipe's mesh for pictures that have nothing to do with each other; None where it is not installed."""
    module = _module()
    return module and module.FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True)


def _module() -> Any:
    # Its libraries tell the terminal about their set-up, which says nothing to an artist.
    os.environ.setdefault("GLOG_minloglevel", "2")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        return importlib.import_module("mediapipe.python.solutions.face_mesh")
    except ImportError:
        return None


def _shown(rgba: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray((on_background(rgba, GREY) * 255.0 + 0.5).astype(np.uint8))
