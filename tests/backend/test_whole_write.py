"""Files appear whole, whoever writes at the same time."""

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from emogene.whole_write import write_whole


def test_a_file_is_there_whole_and_nothing_is_left_beside_it(tmp_path):
    write_whole(tmp_path / "a.bin", b"first")
    write_whole(tmp_path / "a.bin", b"second")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.bin", b"second")]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "scratch").mkdir()
    with pytest.raises(OSError):
        write_whole(tmp_path / "folder", b"x", scratch=tmp_path / "scratch")
    assert (tmp_path / "folder").is_dir() and not list((tmp_path / "scratch").iterdir())


def test_many_writers_of_one_file_leave_one_of_theirs(tmp_path):
    contents = [bytes([n]) * 100_000 for n in range(8)]
    writers = [threading.Thread(target=write_whole, args=(tmp_path / "a.bin", each)) for each in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (tmp_path / "a.bin").read_bytes() in contents and len(list(tmp_path.iterdir())) == 1


@pytest.fixture
def steps(monkeypatch):
    """What is asked of the disk: syncs of files and folders, and renames."""
    asked, sync, replace = [], os.fsync, Path.replace

    def noted(number):
        asked.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file")
        sync(number)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(Path, "replace", lambda path, target: (asked.append("rename"), replace(path, target))[1])
    return asked


@pytest.mark.skipif(sys.platform == "win32", reason="Windows syncs no folders")
def test_content_is_synced_before_it_has_its_name_and_the_name_after(tmp_path, steps):
    write_whole(tmp_path / "a.bin", b"one", b"two")
    assert (tmp_path / "a.bin").read_bytes() == b"onetwo" and steps == ["file", "rename", "folder"]
    steps.clear()
    write_whole(tmp_path / "a.bin", b"more", name_lasts=False)
    assert steps == ["file", "rename"]


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "a.bin", b"x")
    assert not list(tmp_path.iterdir())
