"""A finished field's grids: no face that the corpus or a livelier performance has is cut away."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from emogene.corpus.appearance.portrait import DEPTH_STEP
from emogene.render import carving
from emogene.render.field import RadianceField
from emogene.render.finished_occupancy import Looks, extreme_rows, measured_grids, random_head_colours
from emogene.render.kernels import create_engine
from emogene.render.neck import HEAD_LOW, TORSO_POSE, neck_height
from emogene.render.picture_rays import PictureSet
from emogene.render.sample_makers import surface_cells
from emogene.render.torso_field import TOP
from emogene.render.training_samples import SampleMaker
from emogene.values import FaceState

from .conftest import front_camera, opened, pictures_of

FRAMES, DROPPED = 40, 23
CHIN_HEIGHT = 3 * 8 + 1
LEVEL = 8
"""Grid points a side of the coarsest level of a tiny field's hash grid, which is dense."""


def dropping(rest: np.ndarray, drops: np.ndarray) -> PictureSet:
    """One small empty picture for each drop of the jaw, in metres."""
    faces = [FaceState(opened(rest, drop), np.zeros(2, np.float32), TORSO_POSE) for drop in drops]
    return pictures_of(faces, rest, front_camera(48, 48))


@pytest.fixture
def pictures(rest: np.ndarray) -> PictureSet:
    """A jaw that hardly moves, but drops by 20 mm in one frame."""
    drops = np.linspace(0.0, 0.004, FRAMES)
    drops[DROPPED] = 0.020
    return dropping(rest, drops)


def shown_beyond(field: RadianceField, drop: float, everywhere_left: bool = False) -> RadianceField:
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


def grids_of(field: RadianceField, cells: np.ndarray, pictures: PictureSet) -> tuple[np.ndarray, np.ndarray]:
    return measured_grids(SampleMaker(field, 160), cells, pictures, ordinary=4, occupied=0.01)


def test_a_drop_of_the_jaw_in_one_frame_is_seen_in_every_cell(field, pictures):
    possible = np.arange(1000, 4000, 3)
    grid, surface = grids_of(shown_beyond(field, 0.015), possible, pictures)
    assert grid.reshape(-1)[possible].all() and surface.any()
    grid, surface = grids_of(shown_beyond(field, 1.0), possible, pictures)
    assert not grid.any() and not surface.any()


def test_finished_grids_leave_out_nothing_that_is_seen(field, fields, pictures):
    """Of a solid field nothing is lost, nor seen farther inside, when its grids have been measured."""
    other = fields.torso if field is fields.head else fields.head
    other.occupied.zero_()
    shown_beyond(field, 0.015).surface.fill_(1)
    corpus = pictures.corpus
    face = FaceState(corpus.landmarks[DROPPED], corpus.gaze[DROPPED], corpus.poses[DROPPED])
    before = create_engine("cpu", fields).render(face, corpus.camera(DROPPED))
    grid, surface = grids_of(field, np.flatnonzero(field.occupied.numpy()), pictures)
    field.occupied.copy_(torch.from_numpy(grid))
    field.surface.copy_(torch.from_numpy(surface))
    after = create_engine("cpu", fields).render(face, corpus.camera(DROPPED))
    solid = before.rgba[..., 3] > 0.5
    assert solid.mean() > 0.05
    # Cells are looked at in a few random points, so a ray may find some surface cell missing, for a sample or two.
    lost = solid & ((after.rgba[..., 3] < 0.5) | (after.depth > before.depth + 3 * field.config.step))
    assert lost.sum() <= 0.02 * solid.sum()


def test_cells_beside_are_kept_for_a_performance_livelier_than_the_corpus(fields, pictures):
    """The corpus drops the jaw by 20 mm; twice that shows what the corpus never did."""
    cells = np.arange(fields.head.occupied.numel())
    grids = [grids_of(shown_beyond(fields.head, drop, True), cells, pictures)[0] for drop in (1.0, 0.030)]
    # The grid's last features wrap round to the opaque half again.
    calm, lively = (grid[:24] for grid in grids)
    last = int(np.flatnonzero(calm.all((1, 2))).max())
    assert 0 < last < 20
    assert not calm[last + 2 :].any()
    assert lively[last + 1].all()
    assert not lively[last + 3 :].any()


def test_the_surface_is_where_something_was_seen_on_the_reference_face(fields, pictures):
    head = fields.head
    cells = np.arange(head.occupied.numel())
    _, surface = grids_of(shown_beyond(head, 1.0, True), cells, pictures)
    # Half of the features are opaque, up to grid point 3.8 of position = 7 x + 0.5; the last wrap round.
    side = head.config.surface
    assert surface[: int(0.44 * side)].mean() > 0.95
    assert not surface[int(0.48 * side) + 1 : int(0.95 * side)].any()


def test_extreme_faces_hold_every_landmarks_farthest_reach(pictures):
    assert DROPPED in extreme_rows(pictures.corpus.landmarks)
    assert len(extreme_rows(pictures.corpus.landmarks)) <= 3


def test_every_cell_is_looked_at_in_every_face(field, pictures):
    looks = Looks(SampleMaker(shown_beyond(field, 0.015), 160), np.random.default_rng(0))
    corpus = pictures.corpus
    faces = [FaceState(corpus.landmarks[i], corpus.gaze[i], corpus.poses[i]) for i in (0, DROPPED, 1)]
    highest = looks.highest_opacity(np.arange(300), faces)
    assert len(highest) == 300 and (highest > 0.9).all()
    assert len(looks.highest_opacity(np.arange(0), faces)) == 0


def test_points_lie_in_the_surface_cell_that_engines_look_up():
    unit = np.array([[0.0, 0.999, 1.0], [0.26, 0.5, 1.0], [0.0, 0.0, 1.0]], np.float32)
    assert surface_cells(torch.from_numpy(unit), 4).tolist() == [4, 3 * 16 + 2 * 4, 63]


def test_the_torso_is_looked_at_behind_any_head_and_none():
    colours = random_head_colours(2000, np.random.default_rng(0))
    assert (colours[:, :3] <= colours[:, 3:]).all() and (colours >= 0).all() and (colours <= 1).all()
    assert 0.4 < (colours[:, 3] == 0).mean() < 0.6
    assert colours[:, 3].max() > 0.9


def test_cells_near_a_landmark_of_any_frame_are_not_carved(fields, rest, monkeypatch):
    """All other pictures show nothing where the jaw once was."""
    monkeypatch.setattr(carving, "BLUR_PIXELS", 1)
    config = replace(fields.head.config, occupancy=64)
    pictures = dropping(rest, np.where(np.arange(FRAMES) == DROPPED, 0.04, 0.0))
    possible = carving.head_cells(config, pictures)
    cells = np.floor((pictures.corpus.landmarks[DROPPED] - np.array(config.box_low)) * 64 / config.box_side).astype(int)
    assert possible[tuple(cells.T)].all()
    assert 0 < possible.mean() < 0.2


def test_head_and_torso_are_carved_by_silhouettes_of_their_own(fields, pictures):
    """Mattes show the subject's right half of a head, pictures the left half of a person."""
    pictures.mattes[:, :, :24] = 255
    pictures.pixels[:, :, 24:, 3] = 255
    head, torso = carving.head_cells(fields.head.config, pictures), carving.torso_cells(fields.torso.config, pictures)
    near = carving.near_landmarks(fields.head.config, pictures.corpus.landmarks)
    for field, cells, side in ((fields.head, head & ~near, -1.0), (fields.torso, torso, 1.0)):
        points = carving.cell_centres(field.config)[cells.reshape(-1)]
        # Silhouettes are grown before they carve.
        assert (side * points[:, 0]).min() > -0.1 and (side * points[:, 0]).max() > 0.08
    points = carving.cell_centres(fields.torso.config)[torso.reshape(-1)]
    assert neck_height(points).max() < TOP and points[:, 2].max() < carving.SHOULDERS_FRONT
    points = carving.cell_centres(fields.head.config)[(head & ~near).reshape(-1)]
    assert neck_height(points).min() > HEAD_LOW - 0.02


def test_what_is_seen_is_not_hidden_by_anything(fields, pictures):
    """All pictures show a wall upright through the neck's axis: of what lies before it, only what is close is left."""
    pictures.mattes[:], pictures.pixels[..., 3] = 255, 255
    camera = pictures.camera(0).camera_to_world
    away = float(camera[:3, 3] @ camera[:3, 2])
    wall = np.full(pictures.mattes.shape, round(away / DEPTH_STEP), np.uint16)
    config = fields.torso.config
    whole, cut = (carving.torso_cells(config, replace(pictures, depths=depths)) for depths in (None, wall))
    points = carving.cell_centres(config)
    assert points[whole.reshape(-1), 2].max() > 3 * carving.AHEAD
    assert points[cut.reshape(-1), 2].max() == pytest.approx(carving.AHEAD, abs=config.box_side / config.occupancy)
    behind = points[:, 2] < 0.0
    assert np.array_equal(whole.reshape(-1)[behind], cut.reshape(-1)[behind])
    # In one picture of them there is somebody a little nearer: he stays, for all.
    nearer = wall.copy()
    nearer[3] = round((away - 0.05) / DEPTH_STEP)
    some = carving.torso_cells(config, replace(pictures, depths=nearer))
    assert points[some.reshape(-1), 2].max() > 3 * carving.AHEAD
    unknown = carving.torso_cells(config, replace(pictures, depths=np.zeros_like(wall)))
    assert np.array_equal(unknown, whole)
