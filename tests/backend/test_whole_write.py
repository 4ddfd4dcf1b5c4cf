"""Files appear whole, whoever writes at the same time."""

import threading

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
        write_whole(tmp_path / "folder", b"x", tmp_path / "scratch")
    assert (tmp_path / "folder").is_dir() and not list((tmp_path / "scratch").iterdir())


def test_many_writers_of_one_file_leave_one_of_theirs(tmp_path):
    contents = [bytes([n]) * 100_000 for n in range(8)]
    writers = [threading.Thread(target=write_whole, args=(tmp_path / "a.bin", each)) for each in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (tmp_path / "a.bin").read_bytes() in contents and len(list(tmp_path.iterdir())) == 1
