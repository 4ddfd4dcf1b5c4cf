"""Pictures at a chosen quality: the same view, finer or rougher, with depths that are some sample's own."""

from dataclasses import replace

import numpy as np
import pytest

from emogene.render.quality import averaged, enlarged, render_at
from emogene.values import Camera, FaceState, Frame
from emogene_proto.errors import RenderError
from emogene_proto.names import QUALITIES

from .conftest import front_camera

FACE = FaceState(np.zeros((68, 3), np.float32), np.zeros(2, np.float32), np.eye(4, dtype=np.float32))


class Disc:
    """An engine that draws a round, opaque disc one metre away before a half transparent wall at two, exactly."""

    name = "disc"

    def __init__(self):
        self.rays = 0

    def render(self, face: FaceState, camera: Camera) -> Frame:
        self.rays += camera.width * camera.height
        x, y = camera.centre_px
        columns = (np.arange(camera.width) + 0.5 - x) / camera.focal_px
        rows = (np.arange(camera.height) + 0.5 - y) / camera.focal_py
        disc = columns[None, :] ** 2 + rows[:, None] ** 2 < 0.15**2
        wall = np.abs(columns)[None, :] + 0.0 * rows[:, None] < 0.2
        alpha = np.where(disc, 1.0, np.where(wall, 0.25, 0.0)).astype(np.float32)
        rgba = np.stack([np.where(disc, 0.8, 0.1 * wall), 0 * alpha, 0 * alpha, alpha], -1).astype(np.float32)
        return Frame(rgba, np.where(disc, 1.0, np.where(wall, 2.0, np.inf)).astype(np.float32))


CAMERAS = [
    front_camera(64, 64),
    front_camera(61, 47),
    replace(front_camera(40, 33), shift_px=(5.25, -3.5), pixel_aspect=1.25),
]


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize(("quality", "rays"), [("draft", 0.25), ("preview", 1.0), ("final", 4.0)])
def test_each_quality_shows_the_same_view_at_its_own_cost(camera, quality, rays):
    engine, truth = Disc(), averaged(averaged(Disc().render(FACE, camera.resized(4 * camera.width, 4 * camera.height))))
    frame = render_at(engine, FACE, camera, quality)
    assert frame.rgba.shape == (camera.height, camera.width, 4) and frame.depth.shape == (camera.height, camera.width)
    assert frame.rgba.dtype == frame.depth.dtype == np.float32
    assert engine.rays == pytest.approx(rays * camera.width * camera.height, rel=0.06)
    off = np.abs(frame.rgba - truth.rgba)
    assert off.mean() < {"draft": 0.02, "preview": 0.012, "final": 0.005}[quality]
    # Nothing is moved: both halves of the disc are off alike.
    rows = np.arange(camera.height)[:, None] + 0.0 * off[..., 3]
    solid = frame.rgba[..., 3] > 0.6
    assert rows[solid].mean() == pytest.approx(rows[truth.rgba[..., 3] > 0.6].mean(), abs=0.3)


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("camera", CAMERAS)
def test_no_depth_is_invented_and_every_visible_pixel_has_one(camera, quality):
    frame = render_at(Disc(), FACE, camera, quality)
    assert set(np.unique(frame.depth)) == {1.0, 2.0, np.inf}
    assert (np.isinf(frame.depth) == (frame.rgba[..., 3] == 0.0)).all()
    assert (frame.rgba[..., :3] <= frame.rgba[..., 3:] + 1e-6).all(), "premultiplied"


def test_a_preview_is_the_engines_own_picture():
    camera = front_camera(33, 20)
    frame, own = render_at(Disc(), FACE, camera, "preview"), Disc().render(FACE, camera)
    assert frame.rgba.tobytes() == own.rgba.tobytes() and frame.depth.tobytes() == own.depth.tobytes()


def test_a_final_is_the_mean_of_four_premultiplied_samples():
    rng = np.random.default_rng(4)
    fine = Frame(rng.random((8, 6, 4), np.float32), rng.random((8, 6), np.float32) + 1)
    expected = fine.rgba.reshape(4, 2, 3, 2, 4).mean((1, 3))
    np.testing.assert_allclose(averaged(fine).rgba, expected, rtol=1e-6)


def test_at_an_edge_the_depth_is_of_what_is_seen_and_not_of_a_wisp_before_it():
    alpha = np.array([[0.02, 1.0], [0.9, 0.0]], np.float32)
    depth = np.array([[0.5, 2.0], [1.8, np.inf]], np.float32)
    fine = Frame(np.repeat(alpha[..., None], 4, -1), depth)
    assert averaged(fine).depth[0, 0] == np.float32(1.8)


def test_where_all_is_thin_the_nearest_of_it_counts():
    alpha = np.array([[0.02, 0.03], [0.0, 0.0]], np.float32)
    depth = np.array([[0.5, 2.0], [np.inf, np.inf]], np.float32)
    assert averaged(Frame(np.repeat(alpha[..., None], 4, -1), depth)).depth[0, 0] == np.float32(0.5)


def test_enlarging_keeps_even_colours_and_the_edges_of_depths():
    rgba = np.full((3, 4, 4), 0.5, np.float32)
    depth = np.array([[1, 1, 2, 2]] * 3, np.float32)
    large = enlarged(Frame(rgba, depth))
    assert large.rgba.shape == (6, 8, 4) and np.abs(large.rgba - 0.5).max() < 1e-6
    assert (large.depth == np.array([1, 1, 1, 1, 2, 2, 2, 2])).all()


def test_another_word_is_refused():
    with pytest.raises(RenderError, match="best"):
        render_at(Disc(), FACE, front_camera(16, 16), "best")
