"""A picture's size is read from its file's head, and it is fitted into the frame."""

import numpy as np
import pytest
from emogene_addon.core.picture_size import picture_size, scale_to_fit

from emogene.render.output.files import write_frame
from emogene.values import Frame


@pytest.mark.parametrize("form", ["png", "exr"])
@pytest.mark.parametrize(("width", "height"), [(16, 16), (33, 70), (640, 360)])
def test_the_size_of_rendered_frames_is_read(tmp_path, form, width, height):
    pixels = np.zeros((height, width, 4), np.float32)
    write_frame(tmp_path / f"frame.{form}", Frame(pixels, np.ones((height, width), np.float32)), form)
    assert picture_size(tmp_path / f"frame.{form}") == (width, height)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", b"\x76\x2f\x31\x01\x02\0\0\0dataWindow\0box2i\0", b"text"]
)
def test_other_files_say_nothing(tmp_path, content):
    (tmp_path / "frame.png").write_bytes(content)
    assert picture_size(tmp_path / "frame.png") is None
    assert picture_size(tmp_path / "missing.png") is None


def test_a_picture_is_seen_whole():
    assert scale_to_fit((512, 512), (1920, 1080)) == 1080 / 512
    assert scale_to_fit((1920, 1080), (960, 1080)) == 0.5
