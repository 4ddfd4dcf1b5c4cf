"""Where a head can be at all: a generous shape around the landmarks, carved by the pictures' silhouettes."""

import numpy as np
from scipy import ndimage

from .head_field import HeadFieldConfig
from .neck import bend
from .picture_rays import PictureSet

HEAD_CENTRE = np.array([0.0, 0.015, -0.005])
HEAD_RADII = np.array([0.125, 0.165, 0.155])
SHOULDERS_TOP = -0.075
SHOULDERS_FRONT = 0.130
BLUR_PIXELS = 6
"""Silhouettes are grown by this much before they carve."""
ALLOWED_MISSES = 0.03
"""A cell goes when it lies outside the silhouette in more than this share of the pictures that see it."""


def cell_centres(config: HeadFieldConfig) -> np.ndarray:
    """(G^3, 3) canonical positions of the occupancy grid's cells, z fastest."""
    axis = (np.arange(config.occupancy) + 0.5) / config.occupancy * config.box_side
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    return (grid + np.array(config.box_low)).astype(np.float32)


def possible_cells(config: HeadFieldConfig, pictures: PictureSet, views: int = 24) -> np.ndarray:
    """(G, G, G) bool cells that may be visible, by a prior shape and the silhouettes of some pictures."""
    centres = cell_centres(config)
    head = (((centres - HEAD_CENTRE) / HEAD_RADII) ** 2).sum(1) < 1.0
    shoulders = (centres[:, 1] < SHOULDERS_TOP) & (centres[:, 2] < SHOULDERS_FRONT)
    possible = np.nonzero(head | shoulders)[0]
    seen, missed = np.zeros(len(possible)), np.zeros(len(possible))
    corpus = pictures.corpus
    for row in np.linspace(0, len(pictures.index) - 1, views).astype(int):
        i = int(pictures.index[row])
        camera = corpus.camera(i)
        to_world = camera.camera_to_world
        local = (bend(centres[possible], corpus.poses[i]) - to_world[:3, 3]) @ to_world[:3, :3]
        scale = camera.focal_px / np.maximum(-local[:, 2], 1e-3)
        column = np.floor(0.5 * camera.width + local[:, 0] * scale).astype(int)
        line = np.floor(0.5 * camera.height - local[:, 1] * scale).astype(int)
        inside = (column >= 0) & (line >= 0) & (column < camera.width) & (line < camera.height)
        silhouette = np.asarray(ndimage.binary_dilation(pictures.pixels[row, ..., 3] > 0, iterations=BLUR_PIXELS), bool)
        seen += inside
        missed[inside] += np.logical_not(silhouette[line[inside], column[inside]])
    kept = np.zeros(len(centres), bool)
    kept[possible[(seen > 0) & (missed <= ALLOWED_MISSES * seen)]] = True
    return kept.reshape((config.occupancy,) * 3)
