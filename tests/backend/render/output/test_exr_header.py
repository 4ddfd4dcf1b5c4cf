"""What stands in an EXR file's header: the face, the camera, the colour space, the place in the film."""

from fractions import Fraction

import numpy as np
import OpenEXR
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.render.output.exr import exr_bytes
from emogene.render.output.exr_header import Attribute, attributes, with_attributes
from emogene.render.output.exr_place import placed_in_film
from emogene.values import Camera, FaceState, Frame, View
from emogene_proto.errors import RenderError

CHANCE = np.random.default_rng(1)
TURNED = np.array([[0, -1, 0, 0.5], [1, 0, 0, -0.25], [0, 0, 1, 2.0], [0, 0, 0, 1]], np.float64)


def picture(height: int = 40) -> Frame:
    return Frame(CHANCE.random((height, 24, 4), np.float32), np.ones((height, 24), np.float32))


def view() -> View:
    landmarks = CHANCE.normal(size=(68, 3)).astype(np.float32)
    pose = TURNED.astype(np.float32)
    camera = Camera(TURNED, 70.0, 36.0, 24, 40, shift_px=(1.5, -2.0), pixel_aspect=0.5)
    return View(FaceState(landmarks, np.array([0.1, -0.2], np.float32), pose), camera)


def read(content: bytes, path) -> tuple[dict, np.ndarray]:
    path.write_bytes(content)
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return dict(file.header()), np.array(file.channels()["R"].pixels)


def test_the_header_says_face_camera_and_colour_space(tmp_path):
    seen = view()
    header, _ = read(exr_bytes(picture(), seen), tmp_path / "a.exr")
    assert header["colorInteropID"] == "lin_rec709_scene"
    assert header["chromaticities"] == pytest.approx((0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290))
    assert np.array_equal(np.array(header["emogene/landmarks"], np.float32).reshape(68, 3), seen.face.landmarks)
    assert np.array_equal(header["emogene/headToWorld"].T, seen.face.pose)
    assert header["emogene/gaze"] == pytest.approx([0.1, -0.2])
    to_camera = header["worldToCamera"].T @ header["emogene/cameraToWorld"].T
    assert to_camera == pytest.approx(np.eye(4), abs=1e-6)
    assert pytest.approx(TURNED) == header["emogene/cameraToWorld"].T
    assert (header["emogene/focalLength"], header["emogene/sensorWidth"]) == (70.0, 36.0)
    assert header["emogene/shift"] == pytest.approx([1.5, -2.0])
    assert header["pixelAspectRatio"] == 2.0, "width over height"


@pytest.mark.parametrize("height", [1, 16, 17, 40])
def test_a_place_in_the_film_changes_no_pixel(tmp_path, height):
    plain = exr_bytes(picture(height), view())
    placed = placed_in_film(plain, -7, Fraction(24_000, 1001), "ab" * 32)
    header, red = read(placed, tmp_path / "placed.exr")
    assert np.array_equal(red, read(plain, tmp_path / "plain.exr")[1])
    assert (header["emogene/frame"], header["emogene/shot"]) == (-7, "ab" * 32)
    assert attributes(placed)["framesPerSecond"].value == (24_000).to_bytes(4, "little") + (1001).to_bytes(4, "little")


def test_another_place_takes_the_place_of_the_first():
    plain = exr_bytes(picture(), view())
    once = placed_in_film(plain, 12, Fraction(25), "b")
    assert placed_in_film(placed_in_film(plain, 1, Fraction(24), "a longer one"), 12, Fraction(25), "b") == once
    assert placed_in_film(once, 12, Fraction(25), "b") == once


def test_equal_pictures_of_equal_faces_are_equal_bytes():
    drawn, seen = picture(), view()
    assert exr_bytes(drawn, seen) == exr_bytes(drawn, seen)
    assert exr_bytes(drawn, seen) != exr_bytes(drawn, view())


@given(st.binary(max_size=300) | st.integers(0, 200).map(lambda length: exr_bytes(picture(3))[:length]))
def test_what_is_no_exr_file_is_refused_and_nothing_worse(content):
    try:
        found = attributes(content)
        with_attributes(content, {"x": Attribute("int", b"\0\0\0\0")})
    except RenderError:
        return
    assert found, "only what has attributes can be read"
