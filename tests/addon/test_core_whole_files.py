"""Frames' files."""

import pytest
from emogene_addon.core.whole_files import make_folder, save_whole
from emogene_addon.emogene_proto.errors import RenderError


def test_a_file_is_written_and_nothing_beside_it(tmp_path):
    save_whole(tmp_path / "frame_0001.png", b"old")
    save_whole(tmp_path / "frame_0001.png", b"picture")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("frame_0001.png", b"picture")]


def test_a_file_that_cannot_be_written_leaves_no_half_of_it(tmp_path):
    with pytest.raises(RenderError):
        save_whole(tmp_path / "no folder" / "frame_0001.png", b"picture")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RenderError, match="cannot be made"):
        make_folder(tmp_path / "file" / "frames")
