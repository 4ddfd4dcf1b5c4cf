"""A PNG made here holds just the pixels that it was made of."""

import io

import numpy as np
import pytest
from emogene_addon.core.png import png_of, png_size
from PIL import Image


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (256, 144), (300, 400)])
def test_the_pixels_are_read_back(width, height):
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 4), np.uint8)
    for buffer in (pixels.tobytes(), memoryview(pixels.tobytes())):
        read = Image.open(io.BytesIO(png_of(width, height, buffer)))
        assert read.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(read), pixels)
        assert png_size(png_of(width, height, buffer)) == (width, height)


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(40), b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_png_has_no_size(content):
    with pytest.raises(ValueError, match="no PNG"):
        png_size(content)
