"""The grids of a finished field: the cells that it shows in ordinary, in extreme and in exaggerated faces."""

from collections.abc import Iterable

import numpy as np
import torch

from emogene.values import FaceState

from .carving import cell_centres
from .kernels.cpu_encode import BLOCK
from .occupancy import close_gaps, dilate
from .picture_rays import PictureSet
from .sample_makers import surface_cells
from .training_samples import SampleMaker, frame_batch

EXAGGERATED = (1.5, 2.0)
"""Faces are also looked at this many times as far from rest: `speaking.amplitude` may ask for that."""


def measured_grids(
    maker: SampleMaker, possible: np.ndarray, pictures: PictureSet, ordinary: int, occupied: float
) -> tuple[np.ndarray, np.ndarray]:
    """Occupancy (G, G, G) and surface (S, S, S), uint8: cells whose opacity reaches `occupied` in some face.

    The possible cells are looked at in so many random frames of the corpus and in all extreme ones. Those beside what
    is found count where extreme or exaggerated faces show something in them: a margin all round would cost a third of
    a frame's time.

    Args:
        possible: (N,) numbers of cells in the flat grid.
    """
    corpus, index = pictures.corpus, pictures.index
    chance = np.random.default_rng(0)
    farthest = index[extreme_rows(corpus.landmarks[index])]
    extreme = [_face(pictures, i, 1.0) for i in farthest]
    random = [_face(pictures, i, 1.0) for i in index[chance.permutation(len(index))[:ordinary]]]
    config = maker.field.config
    looks = Looks(maker, chance)
    grid = np.zeros(config.occupancy**3, np.uint8)
    grid[possible[looks.highest_opacity(possible, [*random, *extreme]) > occupied]] = 1
    grid = close_gaps(grid.reshape((config.occupancy,) * 3))
    beside = np.flatnonzero(dilate(grid) > grid)
    lively = [_face(pictures, i, factor) for i in farthest for factor in EXAGGERATED]
    seen = beside[looks.highest_opacity(beside, [*extreme, *lively]) > occupied]
    # What is not possible has hardly been trained, and may look like anything.
    grid.reshape(-1)[np.intersect1d(seen, possible)] = 1
    surface = (looks.surface > occupied).astype(np.uint8).reshape((config.surface,) * 3)
    return grid, close_gaps(surface)


def extreme_rows(landmarks: np.ndarray) -> np.ndarray:
    """Rows of (N, 68, 3) landmarks in which one of them reaches farthest along an axis, either way."""
    flat = landmarks.reshape(len(landmarks), -1)
    return np.unique(np.concatenate([flat.argmin(0), flat.argmax(0)]))


def random_head_colours(count: int, chance: np.random.Generator) -> np.ndarray:
    """(count, 4) premultiplied colours that a head may have at a ray; half of them say that there is none."""
    alpha = np.where(chance.random(count) < 0.5, 0.0, chance.random(count))[:, None]
    return np.concatenate([chance.random((count, 3)) * alpha, alpha], 1).astype(np.float32)


class Looks:
    """Looks at a field in many faces; remembers what was seen on the reference face."""

    def __init__(self, maker: SampleMaker, chance: np.random.Generator):
        self._maker, self._chance = maker, chance
        self.surface = np.zeros(maker.field.config.surface**3, np.float32)
        """(S^3,) highest opacity seen in each cell."""

    def highest_opacity(self, cells: np.ndarray, faces: Iterable[FaceState]) -> np.ndarray:
        """(N,) largest opacity of one step in (N,) cells, each looked at in every face, at a random point of it."""
        config = self._maker.field.config
        if not len(cells):
            return np.zeros(0, np.float32)
        full = np.resize(cells, -(-len(cells) // BLOCK) * BLOCK)
        centres, size = cell_centres(config)[full], np.float32(config.box_side / config.occupancy)
        block_frame = np.zeros(len(full) // BLOCK, np.int32)
        highest = np.zeros(len(full), np.float32)
        for face in faces:
            grid = self._maker.warp.grid(face.landmarks).values[None]
            frame = frame_batch(np.asarray(face.pose)[None], np.asarray(face.gaze)[None], grid)
            points = centres + (self._chance.random((len(full), 3), np.float32) - np.float32(0.5)) * size
            colours = random_head_colours(len(block_frame), self._chance)
            unit, direct = self._maker.at_points(points, frame, block_frame, colours)
            bias = self._maker.field.face_biases(face)[0][None]
            seen = self._maker.opacity(unit, direct, block_frame, bias)
            np.maximum(highest, seen, out=highest)
            np.maximum.at(self.surface, surface_cells(torch.from_numpy(unit), config.surface).numpy(), seen)
        return highest[: len(cells)]


def _face(pictures: PictureSet, number: int, factor: float) -> FaceState:
    """The face of a corpus frame, carried `factor` times as far from rest."""
    corpus = pictures.corpus
    landmarks = corpus.rest + np.float32(factor) * (corpus.landmarks[number] - corpus.rest)
    return FaceState(landmarks.astype(np.float32), corpus.gaze[number].astype(np.float32), corpus.poses[number])
