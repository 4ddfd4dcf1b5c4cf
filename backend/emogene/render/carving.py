"""Where a head can be at all: a generous shape around the landmarks, carved by the pictures' silhouettes and depths.

Carving takes the head for rigid, so cells near a landmark of any frame stay whatever the silhouettes say: a jaw that
drops in few pictures lies outside the silhouettes of all the others.
"""

import numpy as np
from scipy import ndimage

from emogene.corpus.appearance.portrait import DEPTH_STEP
from emogene.corpus.rasterizer import project

from .field import FieldConfig
from .neck import HEAD_LOW, bend, neck_height
from .occupancy import dilate
from .picture_rays import PictureSet
from .torso_field import TOP

HEAD_CENTRE = np.array([0.0, 0.015, -0.005])
HEAD_RADII = np.array([0.125, 0.165, 0.155])
SHOULDERS_FRONT = 0.130
BLUR_PIXELS = 6
"""Silhouettes are grown by this much before they carve."""
AHEAD = 0.012
"""Cells that lie so many metres before what a picture shows hide it, where its depth is known."""
ALLOWED_MISSES = 0.03
"""A cell goes when it lies outside the silhouette in more than this share of the pictures that see it."""
NEARLY_ALL = 0.985
"""Or when it lies outside or ahead in more than this share: a jaw that drops in some is ahead in all others."""
NEAR_LANDMARKS = 2
"""Cells so near to one that holds a landmark stay."""


def cell_centres(config: FieldConfig) -> np.ndarray:
    """(G^3, 3) canonical positions of the occupancy grid's cells, z fastest."""
    axis = (np.arange(config.occupancy) + 0.5) / config.occupancy * config.box_side
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    return (grid + np.array(config.box_low)).astype(np.float32)


def head_cells(config: FieldConfig, pictures: PictureSet) -> np.ndarray:
    """(G, G, G) bool cells that may show something of the head, by its silhouettes and landmarks."""
    centres = cell_centres(config)
    within = (((centres - HEAD_CENTRE) / HEAD_RADII) ** 2).sum(1) < 1.0
    within &= neck_height(centres) > HEAD_LOW - config.box_side / config.occupancy
    kept = carved(config, pictures, within, pictures.mattes)
    return kept | near_landmarks(config, pictures.corpus.landmarks[pictures.index])


def torso_cells(config: FieldConfig, pictures: PictureSet) -> np.ndarray:
    """(G, G, G) bool cells that may show something of the torso, by the whole pictures' silhouettes."""
    centres = cell_centres(config)
    within = (neck_height(centres) < TOP) & (centres[:, 2] < SHOULDERS_FRONT)
    return carved(config, pictures, within, pictures.pixels[..., 3])


def carved(
    config: FieldConfig, pictures: PictureSet, within: np.ndarray, mattes: np.ndarray, views: int = 192
) -> np.ndarray:
    """(G, G, G) bool cells of `within` (G^3,) that lie inside the silhouettes (N, H, W) of some pictures.

    Where the pictures know depths, a cell that hides what they show is none, either.
    """
    centres, possible = cell_centres(config), np.nonzero(within)[0]
    seen, missed, ahead = (np.zeros(len(possible)) for _ in range(3))
    corpus = pictures.corpus
    for row in np.linspace(0, len(pictures.index) - 1, views).astype(int):
        i = int(pictures.index[row])
        camera = pictures.camera(int(row))
        across, down, inverse = project(bend(centres[possible], corpus.poses[i]), camera).T
        column, line = np.floor(across).astype(int), np.floor(down).astype(int)
        inside = (column >= 0) & (line >= 0) & (column < camera.width) & (line < camera.height)
        silhouette = np.asarray(ndimage.binary_dilation(mattes[row] > 0, iterations=BLUR_PIXELS), bool)
        seen += inside
        outside = np.logical_not(silhouette[line[inside], column[inside]])
        if pictures.depths is not None:
            # The smallest around, 0 where one is unknown: edges carve nothing.
            shown = ndimage.minimum_filter(pictures.depths[row], 2 * BLUR_PIXELS + 1)[line[inside], column[inside]]
            ahead[inside] += outside | (1.0 / inverse[inside] < shown * DEPTH_STEP - AHEAD)
        missed[inside] += outside
    kept = np.zeros(len(centres), bool)
    kept[possible[(seen > 0) & (missed <= ALLOWED_MISSES * seen) & (ahead <= NEARLY_ALL * seen)]] = True
    return kept.reshape((config.occupancy,) * 3)


def near_landmarks(config: FieldConfig, landmarks: np.ndarray) -> np.ndarray:
    """(G, G, G) bool cells near (N, 68, 3) landmarks."""
    cells = (landmarks.reshape(-1, 3) - np.array(config.box_low)) * (config.occupancy / config.box_side)
    x, y, z = np.clip(np.floor(cells).astype(int), 0, config.occupancy - 1).T
    grid = np.zeros((config.occupancy,) * 3, np.uint8)
    grid[x, y, z] = 1
    return dilate(grid, NEAR_LANDMARKS) > 0
