"""A finished field's occupancy: no face that the corpus or a livelier performance has is cut away."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emogene.corpus.pictures import PictureCorpus
from emogene.render import carving
from emogene.render.finished_occupancy import extreme_rows, highest_opacity, measured_occupancy
from emogene.render.head_field import HeadField
from emogene.render.picture_rays import PictureSet
from emogene.render.training_samples import SampleMaker
from emogene.values import FaceState

from .conftest import front_camera, opened, turned

FRAMES, DROPPED = 40, 23
CHIN_HEIGHT = 3 * 8 + 1
LEVEL = 8
"""Grid points a side of the coarsest level of a tiny field's hash grid, which is dense."""


def pictures_of(rest: np.ndarray, drops: np.ndarray) -> PictureSet:
    """One small empty picture for each drop of the jaw, in metres."""
    count, camera = len(drops), front_camera(48, 48)
    corpus = PictureCorpus(
        folder=Path(), fps=25, size=48, sensor_mm=camera.sensor_mm,
        landmarks=np.stack([opened(rest, drop) for drop in drops]), rest=rest, closed_eyes=rest,
        gaze=np.zeros((count, 2), np.float32), poses=np.stack([turned(0.0, 0.0, (0, 0, 0))] * count),
        camera_to_world=np.stack([camera.camera_to_world] * count), focal_mm=np.full(count, camera.focal_mm),
        weights=np.zeros((count, 8), np.float32), blink=np.zeros(count), expressions=np.zeros((count, 4), np.float32),
        test=np.zeros(count, bool),
    )  # fmt: skip
    return PictureSet(
        corpus, np.arange(count), np.zeros((count, 48, 48, 4), np.uint8), np.zeros((count, 5, 4), np.int32)
    )


@pytest.fixture
def pictures(rest: np.ndarray) -> PictureSet:
    """A jaw that hardly moves, but drops by 20 mm in one frame."""
    drops = np.linspace(0.0, 0.004, FRAMES)
    drops[DROPPED] = 0.020
    return pictures_of(rest, drops)


def shown_beyond(field: HeadField, drop: float, everywhere_left: bool = False) -> HeadField:
    """The field, opaque as a whole where the jaw drops by more than so many metres, else clear, but for one half."""
    for name in ("table", "density_in", "density_condition", "density_out", "landmark_basis"):
        getattr(field, name).zero_()
    for name in ("condition_in", "condition_in_bias", "condition_out", "condition_out_bias"):
        getattr(field, name).zero_()
    field.landmark_basis[CHIN_HEIGHT, 0] = -1.0
    field.landmark_limit.fill_(1.0)
    field.condition_in[0, 0], field.condition_in_bias[0] = 1.0, -drop
    field.condition_out[0, 0], field.condition_out_bias[1] = 1.0, 1.0
    field.density_condition[0, 0], field.density_condition[1, 1] = 1e5, 1.0
    field.density_out[0, 0], field.density_out[0, 1] = 1.0, -10.0
    if everywhere_left:
        x = np.arange(LEVEL**3) % LEVEL
        field.table[: LEVEL**3][x < LEVEL // 2, 0] = 1.0
        field.density_in[0, 0] = 40.0
    return field


def test_a_drop_of_the_jaw_in_one_frame_is_seen_in_every_cell(field, pictures):
    maker = SampleMaker(shown_beyond(field, 0.015), 160)
    possible = np.arange(1000, 4000, 3)
    grid = measured_occupancy(maker, possible, pictures, ordinary=4, occupied=0.01)
    assert grid.reshape(-1)[possible].all()
    calm = measured_occupancy(SampleMaker(shown_beyond(field, 1.0), 160), possible, pictures, ordinary=4, occupied=0.01)
    assert not calm.any()


def test_cells_beside_are_kept_for_a_performance_livelier_than_the_corpus(field, pictures):
    """The corpus drops the jaw by 20 mm; twice that shows what the corpus never did."""
    cells = np.arange(field.occupied.numel())
    grids = [
        measured_occupancy(
            SampleMaker(shown_beyond(field, drop, True), 160), cells, pictures, ordinary=4, occupied=0.01
        )
        for drop in (1.0, 0.030)
    ]
    # The grid's last features wrap round to the opaque half again.
    calm, lively = (grid[:24] for grid in grids)
    last = int(np.flatnonzero(calm.all((1, 2))).max())
    assert 0 < last < 20
    assert not calm[last + 2 :].any()
    assert lively[last + 1].all()
    assert not lively[last + 3 :].any()


def test_extreme_faces_hold_every_landmarks_farthest_reach(pictures):
    assert DROPPED in extreme_rows(pictures.corpus.landmarks)
    assert len(extreme_rows(pictures.corpus.landmarks)) <= 3


def test_every_cell_is_looked_at_in_every_face(field, pictures):
    maker = SampleMaker(shown_beyond(field, 0.015), 160)
    corpus = pictures.corpus
    faces = [FaceState(corpus.landmarks[i], corpus.gaze[i], corpus.poses[i]) for i in (0, DROPPED, 1)]
    cells = np.arange(300)
    highest = highest_opacity(maker, cells, faces, np.random.default_rng(0))
    assert len(highest) == 300 and (highest > 0.9).all()


def test_cells_near_a_landmark_of_any_frame_are_not_carved(field, rest, monkeypatch):
    """All other pictures show nothing where the jaw once was."""
    monkeypatch.setattr(carving, "BLUR_PIXELS", 1)
    config = replace(field.config, occupancy=64)
    pictures = pictures_of(rest, np.where(np.arange(FRAMES) == DROPPED, 0.06, 0.0))
    possible = carving.possible_cells(config, pictures)
    cells = np.floor((pictures.corpus.landmarks[DROPPED] - np.array(config.box_low)) * 64 / config.box_side).astype(int)
    assert possible[tuple(cells.T)].all()
    assert possible.mean() < 0.2
