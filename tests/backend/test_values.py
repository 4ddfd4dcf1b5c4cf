"""Shared values keep their meaning when they are changed in size."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emogene.render.picture_rays import pixel_directions, project
from emogene.values import Camera


def test_a_resized_camera_keeps_the_vertical_view():
    camera = Camera(np.eye(4), focal_mm=85.0, sensor_mm=36.0, width=512, height=512)
    for width, height in ((256, 256), (1920, 1080), (108, 192)):
        resized = camera.resized(width, height)
        assert np.isclose(resized.focal_px / height, camera.focal_px / camera.height)


shifts = st.tuples(st.floats(-300, 300), st.floats(-300, 300))
cameras = st.builds(
    lambda focal, width, height, shift, aspect: Camera(np.eye(4), focal, 36.0, width, height, shift, aspect),
    st.floats(10, 200), st.integers(16, 600), st.integers(16, 600), shifts, st.floats(0.4, 2.5),
)  # fmt: skip
POINTS = np.array([(0.0, 0.0, -1.0), (0.3, -0.2, -2.0), (-0.1, 0.4, -0.7)])


def test_what_a_camera_looks_at_is_in_the_middle_unless_it_is_shifted():
    camera = Camera(np.eye(4), 50.0, 36.0, 64, 48)
    assert camera.centre_px == (32.0, 24.0) and camera.focal_px == camera.focal_py
    shifted = Camera(np.eye(4), 50.0, 36.0, 64, 48, (3.0, -5.0), 2.0)
    assert shifted.centre_px == (35.0, 19.0) and shifted.focal_py == shifted.focal_px / 2


@given(cameras, st.integers(-20, 200), st.integers(-20, 200), st.integers(16, 300), st.integers(16, 300))
def test_a_crop_is_a_window_of_the_same_picture(camera, left, top, width, height):
    window = camera.cropped(left, top, width, height)
    assert (window.width, window.height) == (width, height)
    whole = project(POINTS, np.eye(4), camera)
    assert np.allclose(project(POINTS, np.eye(4), window), whole - (left, top), atol=1e-4)


@given(cameras, st.integers(1, 4))
def test_twice_the_size_is_twice_as_far_from_the_corner(camera, times):
    larger = camera.resized(times * camera.width, times * camera.height)
    whole = project(POINTS, np.eye(4), camera)
    assert np.allclose(project(POINTS, np.eye(4), larger), times * whole, atol=1e-4 * times)


@given(cameras)
def test_a_ray_meets_the_pixel_that_it_was_made_for(camera):
    column, row = np.array([0, camera.width - 1]), np.array([camera.height - 1, 0])
    seen = project(pixel_directions(camera, column, row), np.eye(4), camera)
    assert np.allclose(seen, np.stack([column, row], 1) + 0.5, atol=1e-6)
