"""Frames' files."""

import pytest
from emogene_addon.core.whole_files import PIECE_BYTES, WholeFile, make_folder
from emogene_addon.emogene_proto.errors import RenderError


def test_a_file_is_written_and_nothing_beside_it(tmp_path):
    for content in (b"old", b"picture"):
        assert WholeFile(tmp_path / "frame_0001.png", content).step()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("frame_0001.png", b"picture")]


def test_a_large_file_is_there_only_when_it_is_whole(tmp_path):
    content = bytes(range(256)) * (3 * PIECE_BYTES // 256) + b"end"
    path = tmp_path / "frame_0001.exr"
    file = WholeFile(path, content)
    assert [(file.step(), path.exists()) for _ in range(4)] == [*[(False, False)] * 3, (True, True)]
    assert path.read_bytes() == content and len(list(tmp_path.iterdir())) == 1


def test_a_file_that_is_given_up_leaves_nothing(tmp_path):
    file = WholeFile(tmp_path / "frame_0001.exr", bytes(2 * PIECE_BYTES))
    assert not file.step()
    file.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_no_half_of_it(tmp_path):
    with pytest.raises(RenderError):
        WholeFile(tmp_path / "no folder" / "frame_0001.png", b"picture").step()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RenderError, match="cannot be made"):
        make_folder(tmp_path / "file" / "frames")
