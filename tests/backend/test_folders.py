"""Folders that take what is written: where one cannot be made, a sentence names what is in the way."""

import os
import sys

import pytest

from emogene.folders import make_folder
from emogene.whole_write import write_whole
from emogene_proto.errors import RenderError

readable_only = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="the administrator may write anywhere"
)


def test_it_is_made_with_those_that_it_lies_in_and_may_be_there(tmp_path):
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("below", ["", "sub", "sub/sub"])
def test_a_file_in_its_place_is_named(tmp_path, below):
    file = tmp_path / "film"
    file.write_bytes(b"")
    with pytest.raises(RenderError, match="a file, not a folder") as told:
        make_folder(file / below if below else file)
    assert str(file) in told.value.message


@readable_only
def test_one_that_cannot_be_made_is_told_with_the_reason(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(RenderError, match="Permission denied"):
        make_folder(tmp_path / "a")
    tmp_path.chmod(0o700)


def test_a_file_that_cannot_be_written_is_told_by_its_own_name(tmp_path):
    with pytest.raises(OSError) as told:
        write_whole(tmp_path / "nowhere" / "shot.json", b"{}")
    assert told.value.filename == str(tmp_path / "nowhere" / "shot.json")
