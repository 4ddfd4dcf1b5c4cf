"""Blender's camera conventions in pixels; tests/end_to_end compares the same with Blender's own projection."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.render.blender_camera import pinhole
from emogene.render.picture_rays import project
from emogene_proto.shot import SENSOR_FITS, CameraKey, Crop

IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
POINTS = np.array([(0.0, 0.0, -1.0), (0.1, 0.2, -1.5), (-0.3, 0.1, -2.0)])
sides = st.integers(40, 900)
keys = st.builds(
    CameraKey,
    camera_to_world=st.just(IDENTITY),
    focal_mm=st.floats(15, 200),
    sensor_mm=st.floats(8, 70),
    sensor_height_mm=st.floats(8, 70),
    sensor_fit=st.sampled_from(SENSOR_FITS),
    shift_x=st.floats(-0.5, 0.5),
    shift_y=st.floats(-0.5, 0.5),
    pixel_aspect_x=st.sampled_from([1.0, 1.5]),
    pixel_aspect_y=st.sampled_from([1.0, 2.0]),
)


def seen(key: CameraKey, width: int, height: int) -> np.ndarray:
    return project(POINTS, np.eye(4), pinhole(key, width, height))


def changed(key: CameraKey, **changes) -> CameraKey:
    return msgspec.structs.replace(key, **changes)


def test_the_sensor_spans_the_width_the_height_or_the_longer_side():
    key = CameraKey(IDENTITY, 50.0, 36.0, 20.0)
    fits = {fit: changed(key, sensor_fit=fit) for fit in SENSOR_FITS}
    for (width, height), spanned in (((400, 300), 400), ((300, 400), 400), ((400, 400), 400)):
        assert pinhole(fits["auto"], width, height).focal_px == pytest.approx(50 / 36 * spanned)
        assert pinhole(fits["horizontal"], width, height).focal_px == pytest.approx(50 / 36 * width)
        assert pinhole(fits["vertical"], width, height).focal_px == pytest.approx(50 / 20 * height)


def test_high_pixels_can_make_the_height_the_longer_side():
    tall = pinhole(CameraKey(IDENTITY, 50.0, 36.0, sensor_fit="auto", pixel_aspect_y=2.0), 400, 300)
    assert tall.focal_px == pytest.approx(50 / 36 * 600) and tall.focal_py == pytest.approx(50 / 36 * 300)


def test_shifts_are_in_lengths_of_the_spanned_side():
    key = CameraKey(IDENTITY, 50.0, 36.0, sensor_fit="auto", shift_x=0.1, shift_y=0.1)
    assert pinhole(key, 400, 300).shift_px == pytest.approx((-40.0, 40.0))
    assert pinhole(key, 300, 400).shift_px == pytest.approx((-40.0, 40.0))
    assert pinhole(changed(key, pixel_aspect_y=2.0), 400, 100).shift_px == pytest.approx((-40.0, 20.0))


@given(keys, sides, sides)
def test_a_crop_is_a_window_of_the_whole_picture(key, width, height):
    crop = Crop(width // 5, height // 4, width // 2, height // 2)
    window = pinhole(changed(key, crop=crop), width, height)
    assert (window.width, window.height) == (crop.width, crop.height)
    moved = seen(key, width, height) - (crop.left, crop.top)
    # Single precision is exact to some millionths of the larger side, and the difference may be near zero.
    assert np.allclose(project(POINTS, np.eye(4), window), moved, atol=4e-6 * max(width, height))


@given(keys, sides, sides)
def test_twice_the_resolution_is_the_same_view(key, width, height):
    assert np.allclose(seen(key, 2 * width, 2 * height), 2 * seen(key, width, height), atol=1e-6)


@given(keys, sides, sides)
def test_a_larger_sensor_on_a_longer_lens_sees_the_same(key, width, height):
    larger = changed(
        key, focal_mm=2 * key.focal_mm, sensor_mm=2 * key.sensor_mm, sensor_height_mm=2 * key.sensor_height_mm
    )
    assert np.allclose(seen(larger, width, height), seen(key, width, height), atol=4e-6 * max(width, height))
