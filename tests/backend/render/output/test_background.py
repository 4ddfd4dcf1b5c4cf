"""What lies behind the actor: it fills every frame, is mixed in encoded values, and bad pictures are told in words."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from emogene.render.output import background
from emogene.render.output.background import colour_backdrop, cover_box, picture_backdrop, read_picture
from emogene.render.output.colour import linear_rgba, straight_rgba
from emogene.values import Frame
from emogene_proto.errors import ShotError


def frame(height: int, width: int, pixel: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)) -> Frame:
    """The same premultiplied pixel everywhere."""
    rgba = np.tile(np.array(pixel, np.float32), (height, width, 1))
    return Frame(rgba, np.full((height, width), 0.7 if pixel[3] else np.inf, np.float32))


@pytest.fixture
def stripes(tmp_path):
    """60 x 20: red, green and blue thirds."""
    pixels = np.zeros((20, 60, 3), np.uint8)
    for third in range(3):
        pixels[:, 20 * third : 20 * third + 20, third] = 255
    Image.fromarray(pixels).save(tmp_path / "stripes.png")
    return tmp_path / "stripes.png"


def test_a_colour_is_the_same_everywhere_and_shows_where_the_actor_does_not():
    behind = colour_backdrop((11, 100, 202))
    empty, half, full = (
        straight_rgba(behind.behind(frame(5, 9, pixel)))
        for pixel in ((0, 0, 0, 0), (0.5, 0.0, 0.0, 0.5), (0.2, 0.4, 0.6, 1.0))
    )
    assert (empty == (11, 100, 202, 255)).all()
    assert (half == (133, 50, 101, 255)).all(), "mixed in encoded values, premultiplied"
    assert (full == (51, 102, 153, 255)).all()


def test_alpha_becomes_one_depth_stays_and_the_frame_is_left_as_it_was():
    before = frame(4, 6, (0.3, 0.2, 0.1, 0.5))
    rgba = before.rgba.copy()
    after = colour_backdrop((255, 255, 255)).behind(before)
    assert (after.rgba[..., 3] == 1.0).all() and after.depth is before.depth
    assert np.array_equal(before.rgba, rgba)
    assert (linear_rgba(after)[..., 3] == 1.0).all()


@pytest.mark.parametrize(("picture", "shape"), [((60, 20), (16, 16)), ((20, 60), (33, 7)), ((7, 7), (7, 7))])
def test_the_shown_part_has_the_frames_shape_is_centred_and_as_large_as_can_be(picture, shape):
    left, top, right, bottom = cover_box(picture, shape)
    assert (right - left) / (bottom - top) == pytest.approx(shape[0] / shape[1])
    assert left + right == pytest.approx(picture[0]) and top + bottom == pytest.approx(picture[1])
    assert right - left == pytest.approx(picture[0]) or bottom - top == pytest.approx(picture[1])
    assert left >= 0.0 and top >= 0.0 and right <= picture[0] and bottom <= picture[1]


def test_a_picture_fills_frames_of_any_shape(stripes):
    behind = picture_backdrop(stripes, "stripes.png")
    square = straight_rgba(behind.behind(frame(20, 20)))
    assert (square[:, 2:-2] == (0, 255, 0, 255)).all(), "only the middle third is left of it"
    wide = straight_rgba(behind.behind(frame(10, 30)))
    assert (wide[:, [0, 15, 29], :3].argmax(-1) == (0, 1, 2)).all()
    assert straight_rgba(behind.behind(frame(64, 3))).shape == (64, 3, 4)


def test_pixels_depend_on_no_other_frame(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    alone = picture_backdrop(tmp_path / "noise.png", "noise.png").behind(frame(24, 32)).rgba
    behind = picture_backdrop(tmp_path / "noise.png", "noise.png")
    for size in range(8, 14):
        behind.behind(frame(size, 16, (0.1, 0.1, 0.1, 0.2)))
    assert np.array_equal(behind.behind(frame(24, 32)).rgba, alone)


def test_transparent_parts_of_a_picture_are_black_and_photographs_stand_upright(tmp_path):
    Image.new("RGBA", (4, 4), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    assert read_picture(tmp_path / "clear.png", "clear.png").getpixel((1, 1)) == (0, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    Image.new("RGB", (8, 4)).save(tmp_path / "turned.jpg", exif=exif)
    assert read_picture(tmp_path / "turned.jpg", "turned.jpg").size == (4, 8)


def claims(width: int, height: int) -> bytes:
    """A PNG that says to be so large, and holds nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "not a picture"),
        (b"hello", "not a picture"),
        (claims(40_000, 40_000), "more than 67 million pixels"),
        (claims(8193, 8193), "more than 67 million pixels"),
        (claims(10, 10), "damaged"),
        (b"GIF89a" + bytes(64), "not a picture"),
    ],
)
def test_what_is_no_picture_or_too_large_is_told(tmp_path, content, word):
    (tmp_path / "behind.png").write_bytes(content)
    with pytest.raises(ShotError, match=word) as caught:
        read_picture(tmp_path / "behind.png", "behind.png")
    assert caught.value.hint


def test_a_picture_that_breaks_off_a_deep_one_and_a_missing_one_are_told(tmp_path, stripes):
    (tmp_path / "cut.png").write_bytes(stripes.read_bytes()[:-40])
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(tmp_path / "deep.png")
    for name, word in (("cut.png", "damaged"), ("deep.png", "kind"), ("none.png", "There is no"), ("", "There is no")):
        with pytest.raises(ShotError, match=word):
            read_picture(tmp_path / name, name)


def test_a_file_of_too_many_bytes_is_not_opened(stripes, monkeypatch):
    monkeypatch.setattr(background, "LARGEST_FILE", 10)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(ShotError, match="MB"):
        read_picture(stripes, "stripes.png")
