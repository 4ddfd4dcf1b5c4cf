"""Files appear whole, whoever writes at the same time."""

import os
import stat
import sys
import threading
import time
from pathlib import Path

import pytest

from emogene.whole_write import remove_abandoned, whole_file, write_whole


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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows syncs no folders")
def test_what_others_write_to_a_path_is_synced_before_it_has_its_name(tmp_path, steps):
    with whole_file(tmp_path / "a.bin") as unfinished:
        unfinished.write_bytes(b"film")
        assert not (tmp_path / "a.bin").exists() and steps == []
    assert (tmp_path / "a.bin").read_bytes() == b"film" and steps == ["file", "rename", "folder"]


def test_a_writer_that_fails_leaves_what_was_there_and_nothing_else(tmp_path):
    write_whole(tmp_path / "a.bin", b"before")
    with pytest.raises(ValueError, match="no more"), whole_file(tmp_path / "a.bin") as unfinished:
        unfinished.write_bytes(b"half")
        raise ValueError("no more")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.bin", b"before")]


def test_two_at_once_write_files_of_their_own(tmp_path):
    with whole_file(tmp_path / "a.bin") as one, whole_file(tmp_path / "a.bin") as other:
        assert one != other
        one.write_bytes(b"one")
        other.write_bytes(b"other")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.bin", b"one")]


def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path):
    name = "\N{LATIN SMALL LETTER A WITH DIAERESIS}" * 125 + ".mp4"
    write_whole(tmp_path / name, b"x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_unfinished_files_of_a_day_ago_go_and_those_of_today_and_of_others_stay(tmp_path):
    names = [".film [1].mp4.a.tmp", ".film [1].mp4.b.tmp", ".film.mp4.a.tmp", "film [1].mp4.tmp"]
    for name in names:
        (tmp_path / name).touch()
        if name != names[1]:
            os.utime(tmp_path / name, (time.time() - 30 * 3600,) * 2)
    remove_abandoned(tmp_path, "film [1].mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "a.bin", b"x")
    assert not list(tmp_path.iterdir())
