"""The occupancy of a finished field: the cells that it shows in ordinary, in extreme and in exaggerated faces."""

from collections.abc import Iterable

import numpy as np

from emogene.values import FaceState

from .carving import cell_centres
from .kernels.cpu_encode import BLOCK
from .occupancy import close_gaps, dilate
from .picture_rays import PictureSet
from .training_samples import SampleMaker, frame_batch

EXAGGERATED = (1.5, 2.0)
"""Faces are also looked at this many times as far from rest: `speaking.amplitude` may ask for that."""


def measured_occupancy(
    maker: SampleMaker, possible: np.ndarray, pictures: PictureSet, ordinary: int, occupied: float
) -> np.ndarray:
    """(G, G, G) uint8 cells whose opacity reaches `occupied` in some face.

    The possible cells are looked at in so many random frames of the corpus and in all extreme ones. Cells beside those
    found count where extreme or exaggerated faces show something in them: a margin all round would cost a third of a
    frame's time.

    Args:
        possible: (N,) numbers of cells in the flat grid.
    """
    corpus, index = pictures.corpus, pictures.index
    chance = np.random.default_rng(0)
    farthest = index[extreme_rows(corpus.landmarks[index])]
    extreme = [_face(pictures, i, 1.0) for i in farthest]
    random = [_face(pictures, i, 1.0) for i in index[chance.permutation(len(index))[:ordinary]]]
    side = maker.field.config.occupancy
    grid = np.zeros(side**3, np.uint8)
    grid[possible[highest_opacity(maker, possible, [*random, *extreme], chance) > occupied]] = 1
    grid = close_gaps(grid.reshape((side,) * 3))
    beside = np.flatnonzero(dilate(grid) > grid)
    lively = [_face(pictures, i, factor) for i in farthest for factor in EXAGGERATED]
    grid.reshape(-1)[beside[highest_opacity(maker, beside, [*extreme, *lively], chance) > occupied]] = 1
    return grid


def extreme_rows(landmarks: np.ndarray) -> np.ndarray:
    """Rows of (N, 68, 3) landmarks in which one of them reaches farthest along an axis, either way."""
    flat = landmarks.reshape(len(landmarks), -1)
    return np.unique(np.concatenate([flat.argmin(0), flat.argmax(0)]))


def highest_opacity(
    maker: SampleMaker, cells: np.ndarray, faces: Iterable[FaceState], chance: np.random.Generator
) -> np.ndarray:
    """(N,) largest opacity of one step in (N,) cells, each looked at in every face, at a random point of it."""
    config = maker.field.config
    full = np.resize(cells, -(-len(cells) // BLOCK) * BLOCK)
    centres, size = cell_centres(config)[full], np.float32(config.box_side / config.occupancy)
    block_frame = np.zeros(len(full) // BLOCK, np.int32)
    highest = np.zeros(len(full), np.float32)
    for face in faces:
        frame = frame_batch(face.pose[None], face.gaze[None], maker.warp.grid(face.landmarks).values[None])
        points = centres + (chance.random((len(full), 3), np.float32) - np.float32(0.5)) * size
        unit, direct = maker.at_points(points, frame, block_frame)
        bias = maker.field.face_biases(face)[0][None]
        np.maximum(highest, maker.opacity(unit, direct, block_frame, bias), out=highest)
    return highest[: len(cells)]


def _face(pictures: PictureSet, number: int, factor: float) -> FaceState:
    """The face of a corpus frame, carried `factor` times as far from rest."""
    corpus = pictures.corpus
    landmarks = corpus.rest + np.float32(factor) * (corpus.landmarks[number] - corpus.rest)
    return FaceState(landmarks.astype(np.float32), corpus.gaze[number].astype(np.float32), corpus.poses[number])
