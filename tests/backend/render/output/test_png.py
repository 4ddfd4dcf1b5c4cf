"""Frames as pixels and PNG files: straight alpha, sRGB."""

import io

import numpy as np
import pytest
from PIL import Image

from emogene.render.output.colour import over_background, parse_colour, straight_rgba
from emogene.render.output.png import png_bytes
from emogene.values import Frame
from emogene_proto.errors import ShotError


def frame(*pixels: tuple[float, float, float, float]) -> Frame:
    rgba = np.array([pixels], np.float32)
    return Frame(rgba, np.ones(rgba.shape[:2], np.float32))


def test_alpha_becomes_straight_and_values_are_rounded():
    pixels = straight_rgba(frame((0.25, 0.5, 0.0, 0.5), (1, 1, 1, 1), (0, 0, 0, 0), (0.001, 0.001, 0.001, 0.001)))
    assert pixels[0].tolist() == [[128, 255, 0, 128], [255, 255, 255, 255], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_values_out_of_range_are_cut():
    assert straight_rgba(frame((2.0, -1.0, 0.5, 1.5)))[0, 0].tolist() == [255, 0, 128, 255]
    assert straight_rgba(frame((0.9, 0.0, 0.0, 0.5)))[0, 0].tolist() == [255, 0, 0, 128]


def test_a_background_shows_where_the_frame_does_not():
    pixels = over_background(frame((0, 0, 0, 0), (0.5, 0.0, 0.0, 0.5), (1, 1, 1, 1)), (10, 100, 200))
    assert pixels[0].tolist() == [[10, 100, 200], [133, 50, 100], [255, 255, 255]]


def test_colours_are_read():
    assert parse_colour("#0a64C8") == parse_colour("0A64c8") == (10, 100, 200)
    for text in ("#12345", "grey", "", "#gggggg"):
        with pytest.raises(ShotError):
            parse_colour(text)


def test_a_png_file_says_what_it_holds():
    drawn = Frame(np.random.default_rng(0).uniform(0, 1, (9, 7, 4)).astype(np.float32), np.ones((9, 7), np.float32))
    with Image.open(io.BytesIO(png_bytes(drawn))) as image:
        assert image.mode == "RGBA" and image.size == (7, 9)
        assert image.info["srgb"] == 0 and image.info["gamma"] == 0.45455
        assert image.info["chromaticity"] == (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
        assert np.array_equal(np.asarray(image), straight_rgba(drawn))
