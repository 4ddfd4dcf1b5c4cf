import numpy as np
import pytest

from emogene.corpus.appearance.light import (
    COSINE_BANDS,
    bake_transfer,
    fibonacci_sphere,
    harmonics,
    light_coefficients,
    unshadowed,
)

NOTHING = np.zeros((0, 3), np.int32)


def test_harmonics_are_orthonormal():
    directions = fibonacci_sphere(20_000)
    y = harmonics(directions)
    np.testing.assert_allclose(y.T @ y * (4 * np.pi / len(directions)), np.eye(16), atol=2e-3)


def test_light_in_the_open_is_the_same_baked_or_not():
    normals = fibonacci_sphere(40).astype(np.float32)
    points = np.zeros_like(normals)
    light = light_coefficients(np.eye(3))
    baked = bake_transfer(points, normals, points, NOTHING) @ light
    flat = unshadowed(normals, (light * COSINE_BANDS[:, None])[:9])
    np.testing.assert_allclose(baked, flat, rtol=0.12, atol=0.05)


def test_a_lid_close_above_takes_most_of_the_light_of_a_floor():
    floor = np.array([[0.0, 0.0, 0.0]], np.float32)
    up = np.array([[0.0, 1.0, 0.0]], np.float32)
    lid = np.array([[-0.1, 0.01, -0.1], [0.1, 0.01, -0.1], [0.1, 0.01, 0.1], [-0.1, 0.01, 0.1]], np.float32)
    open_, covered = (
        bake_transfer(floor, up, lid, triangles)[0, 0]
        for triangles in (NOTHING, np.array([[0, 2, 1], [0, 3, 2]], np.int32))
    )
    assert covered < 0.15 * open_


def test_the_key_light_comes_from_the_pictures_upper_left():
    # The subject's right is the picture's left: -x; the camera is at -y, up is +z.
    key, fill = np.array([[-0.6, -0.6, 0.5]], np.float32), np.array([[0.6, -0.6, 0.5]], np.float32)
    light = (light_coefficients(np.eye(3)) * COSINE_BANDS[:, None])[:9]
    assert unshadowed(key, light).mean() > 1.3 * unshadowed(fill, light).mean()


def test_light_turns_with_the_head():
    turn = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    light, turned = ((light_coefficients(r) * COSINE_BANDS[:, None])[:9] for r in (np.eye(3), turn))
    normals = fibonacci_sphere(30).astype(np.float32)
    inside = unshadowed(normals, turned)
    outside = unshadowed((normals @ turn.T).astype(np.float32), light)
    assert inside == pytest.approx(outside, rel=0.03, abs=0.02)
