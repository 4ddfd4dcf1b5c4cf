"""Frames as files of either form: whole, numbered, named by their form."""

import numpy as np
import pytest

from emogene.render.output.exr import exr_bytes
from emogene.render.output.files import frame_bytes, frame_file_name, write_frame
from emogene.render.output.png import png_bytes
from emogene.values import Frame

DRAWN = Frame(np.random.default_rng(0).uniform(0, 1, (9, 7, 4)).astype(np.float32), np.ones((9, 7), np.float32))


@pytest.mark.parametrize(("output", "make"), [("png", png_bytes), ("exr", exr_bytes)])
def test_a_file_is_whole_and_of_its_form(tmp_path, output, make):
    path = tmp_path / frame_file_name(1, output)
    write_frame(path, DRAWN, output)
    assert path.read_bytes() == make(DRAWN) == frame_bytes(DRAWN, output)
    assert [each.name for each in tmp_path.iterdir()] == [f"frame_0001.{output}"]


def test_files_are_numbered_as_blender_numbers_them():
    names = [frame_file_name(n, "png") for n in (1, 240, 12345, 0, -7, -12345)]
    assert names == [
        *("frame_0001.png", "frame_0240.png", "frame_12345.png"),
        *("frame_0000.png", "frame_-0007.png", "frame_-12345.png"),
    ]
