"""Frames as OpenEXR files: scene-linear, premultiplied, with a depth that Blender knows, the same bytes."""

import numpy as np
import OpenEXR
import pytest

from emogene.render.output.colour import linear_rgba
from emogene.render.output.exr import DEPTH, NOTHING, exr_bytes
from emogene.values import Frame


def frame(height: int = 20, width: int = 30) -> Frame:
    chance = np.random.default_rng(4)
    alpha = chance.random((height, width, 1)).astype(np.float32)
    alpha[:4], alpha[4:8] = 0.0, 1.0
    rgba = np.concatenate([chance.random((height, width, 3)).astype(np.float32) * alpha, alpha], axis=-1)
    depth = np.where(alpha[..., 0] > 0, chance.random((height, width)).astype(np.float32) + 0.5, np.inf)
    return Frame(rgba, depth.astype(np.float32))


def read(content: bytes, path) -> tuple[dict, dict]:
    path.write_bytes(content)
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: np.array(channel.pixels) for name, channel in file.channels().items()}
        return dict(file.header()), channels


def encoded(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def test_colours_are_decoded_without_their_alpha():
    half_grey = Frame(np.array([[(0.25, 0.25, 0.25, 0.5)]], np.float32), np.ones((1, 1), np.float32))
    assert linear_rgba(half_grey)[0, 0] == pytest.approx([0.5 * 0.21404] * 3 + [0.5], rel=1e-4)
    edges = np.array([[(0, 0, 0, 0), (1, 1, 1, 1), (0.02, 0, 0, 1), (2, -1, 0.5, 1.5)]], np.float32)
    expected = [[0, 0, 0, 0], [1, 1, 1, 1], [0.02 / 12.92, 0, 0, 1], [1, 0, 0.21404, 1]]
    assert linear_rgba(Frame(edges, np.ones((1, 4), np.float32)))[0] == pytest.approx(np.array(expected), rel=1e-4)


def test_a_file_holds_half_float_colour_and_full_depth(tmp_path):
    drawn = frame()
    header, channels = read(exr_bytes(drawn), tmp_path / "frame.exr")
    assert header["compression"] == OpenEXR.ZIP_COMPRESSION and header["type"] == OpenEXR.scanlineimage
    assert set(channels) == {*"RGBA", DEPTH}
    assert {name: channels[name].dtype for name in "RGBA"} == dict.fromkeys("RGBA", np.float16)
    rgba = np.stack([channels[name] for name in "RGBA"], -1).astype(np.float32)
    seen = drawn.rgba[..., 3] > 0.05
    colour = encoded(rgba[seen][:, :3] / rgba[seen][:, 3:])
    assert np.abs(colour - drawn.rgba[seen][:, :3] / drawn.rgba[seen][:, 3:]).max() < 2e-3
    assert np.abs(rgba[..., 3] - drawn.rgba[..., 3]).max() < 5e-4
    assert channels[DEPTH].dtype == np.float32
    assert np.array_equal(channels[DEPTH], np.where(np.isinf(drawn.depth), np.float32(NOTHING), drawn.depth))


def test_equal_frames_are_equal_bytes():
    assert exr_bytes(frame()) == exr_bytes(frame())
    other = frame()
    other.depth[10, 10] += 0.001
    assert exr_bytes(other) != exr_bytes(frame())
