import numpy as np
import pytest

from emogene.corpus.rasterizer import NO_TRIANGLE, project, rasterize, resolve
from emogene.corpus.rasterizer_strands import draw_strands
from emogene.values import Camera

SQUARE = np.array([[2, 2, 1], [10, 2, 1], [10, 10, 1], [2, 10, 1]], np.float32)
TWO_HALVES = np.array([[0, 2, 1], [0, 3, 2]], np.int32)


def test_a_square_of_two_triangles_covers_each_of_its_samples_once():
    seen = rasterize(SQUARE, TWO_HALVES, 12, 12)
    covered = seen.triangle != NO_TRIANGLE
    assert covered.sum() == 64
    assert covered[2:10, 2:10].all()
    assert {0, 1} == set(seen.triangle[covered])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_nearer_triangle_is_seen_whatever_comes_first(order):
    far, near = SQUARE[:3] * [1, 1, 0.5], SQUARE[:3]
    screen = np.concatenate([(far, near)[k] for k in order]).astype(np.float32)
    seen = rasterize(screen, np.array([[0, 2, 1], [3, 5, 4]], np.int32), 12, 12)
    assert set(seen.triangle[seen.triangle >= 0]) == {order.index(1)}
    assert seen.inverse_depth.max() == pytest.approx(1.0)


def test_culling_leaves_out_what_is_seen_from_behind():
    towards, away = np.array([[0, 2, 1]], np.int32), np.array([[0, 1, 2]], np.int32)
    counts = [(rasterize(SQUARE, t, 12, 12, cull=True).triangle >= 0).sum() for t in (towards, away)]
    assert counts[0] > 0
    assert counts[1] == 0


def test_barycentrics_are_those_of_the_point_in_space_not_on_the_screen():
    camera = Camera(np.eye(4), 50.0, 36.0, 64, 64)
    corners = np.array([[-1.0, -0.5, -2.0], [3.0, -0.5, -6.0], [-1.0, 1.5, -2.0]])
    seen = rasterize(project(corners, camera), np.array([[0, 1, 2]], np.int32), 64, 64)
    y, x = np.argwhere(seen.triangle == 0)[len(np.argwhere(seen.triangle == 0)) // 2]
    b = seen.barycentric[y, x]
    point = corners[0] + b[0] * (corners[1] - corners[0]) + b[1] * (corners[2] - corners[0])
    np.testing.assert_allclose(project(point[None], camera)[0, :2], [x + 0.5, y + 0.5], atol=1e-3)
    assert 1.0 / seen.inverse_depth[y, x] == pytest.approx(-point[2], rel=1e-5)


def test_projection_follows_the_camera():
    camera = Camera(np.eye(4), 72.0, 36.0, 100, 100)
    ahead, right, up = project(np.array([[0, 0, -2.0], [0.5, 0, -2.0], [0, 0.5, -2.0]]), camera, samples=2)
    np.testing.assert_allclose(ahead, [100, 100, 0.5])
    np.testing.assert_allclose(right, [200, 100, 0.5])
    np.testing.assert_allclose(up, [100, 0, 0.5])


def test_resolving_averages_samples_into_coverage():
    samples = np.zeros((4, 4, 4), np.float32)
    samples[:2, :1] = [0.5, 0.25, 1.0, 1.0]
    samples[2:, 2:] = 1.0
    pixels = resolve(samples, 2)
    np.testing.assert_allclose(pixels[0, 0], [0.25, 0.125, 0.5, 0.5])
    np.testing.assert_allclose(pixels[1, 1], 1.0)
    assert pixels[0, 1, 3] == 0.0


def strand(y: float, nearness: float) -> np.ndarray:
    return np.array([[[2.0, y, nearness], [14.0, y, nearness]]], np.float32)


def paint(screen: np.ndarray, colour: float, width: float, surface: np.ndarray, picture: np.ndarray) -> None:
    count = screen.shape[:2]
    draw_strands(
        screen, np.full((*count, 3), colour, np.float32), np.full(count, width, np.float32),
        np.ones(count[0], np.float32), surface, picture, surface.copy(),
    )  # fmt: skip


def test_a_strand_thinner_than_a_sample_is_as_faint_as_it_is_thin():
    picture = np.zeros((8, 16, 4), np.float32)
    paint(strand(4.5, 1.0), 1.0, 0.25, np.zeros((8, 16), np.float32), picture)
    np.testing.assert_allclose(picture[4, 5:12, 3], 0.25)
    assert picture[6].max() == 0.0


def test_a_strand_behind_a_surface_is_hidden_and_one_before_it_shows():
    for nearness, seen in ((0.5, False), (2.0, True)):
        picture = np.zeros((8, 16, 4), np.float32)
        paint(strand(4.5, nearness), 1.0, 1.0, np.ones((8, 16), np.float32), picture)
        assert (picture.max() > 0) == seen


def test_nearer_strands_cover_farther_ones_whatever_comes_first():
    for order in (slice(None), slice(None, None, -1)):
        screen = np.concatenate([strand(4.5, 1.0), strand(4.5, 2.0)])[order]
        colours = np.stack([np.full((2, 3), 0.2), np.full((2, 3), 0.9)])[order].astype(np.float32)
        picture = np.zeros((8, 16, 4), np.float32)
        draw_strands(
            screen,
            colours,
            np.full((2, 2), 1.0, np.float32),
            np.ones(2, np.float32),
            np.zeros((8, 16), np.float32),
            picture,
            np.zeros((8, 16), np.float32),
        )
        np.testing.assert_allclose(picture[4, 8, :3], 0.9, rtol=1e-5)


def test_the_distance_of_hair_is_mixed_as_its_colour_is():
    surface, picture = np.full((8, 16), 0.5, np.float32), np.ones((8, 16, 4), np.float32)
    seen, screen = surface.copy(), strand(4.5, 1.0)
    ones = np.full((*screen.shape[:2], 3), 1.0, np.float32)
    draw_strands(
        screen, ones, np.full(screen.shape[:2], 0.25, np.float32), np.ones(1, np.float32), surface, picture, seen
    )
    np.testing.assert_allclose(seen[4, 5:12], 0.75 * 0.5 + 0.25 * 1.0)
    np.testing.assert_array_equal(seen[0], 0.5)
    np.testing.assert_array_equal(surface, 0.5)
