"""Contact sheets: every tile in its place, with its label."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emogene.render.output.contact_sheet import Tile, contact_sheet, tile_label, write_contact_sheet
from emogene_proto.errors import RenderError


def test_tiles_lie_in_rows(tmp_path):
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)]
    tiles = [Tile(np.full((64, 64, 3), colour, np.uint8), "2.5 s  angry 0.60") for colour in colours]
    write_contact_sheet(tmp_path / "sheet.png", tiles, 3)
    with Image.open(tmp_path / "sheet.png") as sheet:
        pixels = np.asarray(sheet).reshape(-1, 3)
        counts = [int((pixels == colour).all(1).sum()) for colour in colours]
    assert counts == [64 * 64] * 5
    wide, high = contact_sheet(tiles, 3), contact_sheet(tiles, 1)
    assert wide.width > 2 * high.width and high.height > 2 * wide.height


def test_a_sheet_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    tile = Tile(np.zeros((16, 16, 3), np.uint8), "")
    write_contact_sheet(tmp_path / "sheet.png", [tile], 1)
    before = (tmp_path / "sheet.png").read_bytes()

    def half(self, file, *_, **__):
        Path(file).write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(Image.Image, "save", half)
    with pytest.raises(OSError, match="space"):
        write_contact_sheet(tmp_path / "sheet.png", [tile, tile], 2)
    assert (tmp_path / "sheet.png").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_sheet_of_nothing_is_refused(tmp_path):
    with pytest.raises(RenderError):
        write_contact_sheet(tmp_path / "sheet.png", [], 3)


def test_labels_name_time_and_leading_emotion():
    weights = np.array([0.4, 0.0, 0.0, 0.0, 0.0, 0.6, 0.0, 0.0])
    assert tile_label(2.5, weights) == "2.5 s  happy 0.60"
    assert tile_label(0.0, np.eye(8)[0]) == "0.0 s  neutral"
    mixed = np.array([0.1, 0.0, 0.02, 0.0, 0.0, 0.4, 0.48, 0.0])
    assert tile_label(1.0, mixed) == "1.0 s  sad 0.48 + happy 0.40"


def test_a_long_label_stays_under_its_picture():
    label = "10.5 s  surprised 0.50 + disgusted 0.40"
    sheet = np.asarray(contact_sheet([Tile(np.zeros((64, 160, 3), np.uint8), label)] * 2, 2)).astype(int)
    ink = np.flatnonzero((sheet[8 + 64 + 2 :] > 60).any((0, 2)))
    apart = (ink >= 8 + 160) & (ink < 8 + 160 + 8)
    assert len(ink) and not apart.any()
