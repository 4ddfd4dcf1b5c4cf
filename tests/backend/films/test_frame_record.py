"""The record of finished frames: whatever happened to its files, what it says is true."""

import hashlib
import os
import stat
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.films.frame_record import (
    RECORD_FOLDER,
    SYNC_SECONDS,
    FinishedFrames,
    FrameRecord,
    RecordFile,
    line_of,
    read_lines,
    remove_leftovers,
)

HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
RECORDS = st.builds(
    FrameRecord,
    frame=st.integers(-(2**31), 2**31),
    key=HASHES,
    drawn_by=st.text(max_size=20),
    place=st.text(max_size=20),
    sha256=HASHES,
    bytes=st.integers(0, 2**40),
)


def read(content: bytes) -> list[tuple[int, bytes]]:
    return list(read_lines(content))


@given(st.lists(RECORDS), st.integers(0, 5000))
def test_a_torn_file_gives_the_records_before_the_tear(records, length):
    content = b"".join(map(line_of, records))
    whole = read(content)
    assert [number for number, _ in whole] == [record.frame for record in records]
    torn = content[:length]
    assert read(torn) == whole[: torn.count(b"\n")]


@given(st.lists(RECORDS, min_size=1), st.binary().map(lambda noise: noise.replace(b"\n", b"") + b"\n"), st.data())
def test_a_damaged_line_costs_nothing_but_itself(records, noise, data):
    lines = list(map(line_of, records))
    at = data.draw(st.integers(0, len(lines)))
    content = b"".join([*lines[:at], noise, *lines[at:]])
    assert [number for number, _ in read(content)] == [record.frame for record in records]


@given(st.binary())
def test_no_bytes_at_all_are_an_error(content):
    assert all(isinstance(number, int) for number, _ in read(content))


def record_of(number: int, content: bytes, key: str = "k") -> FrameRecord:
    return FrameRecord(number, key, "cpu", "", hashlib.sha256(content).hexdigest(), len(content))


def test_a_frame_counts_while_its_file_is_what_was_recorded(tmp_path):
    record = RecordFile(tmp_path)
    (tmp_path / "frame_0001.png").write_bytes(b"a picture")
    record.add(record_of(1, b"a picture"))
    finished = FinishedFrames(tmp_path, range(1, 3))
    assert finished.read(1, "frame_0001.png", "k")[1] and not finished.read(1, "frame_0001.png", "another shot")[1]
    assert not finished.read(2, "frame_0002.png", "k")[1]
    (tmp_path / "frame_0001.png").write_bytes(b"a pictur")
    assert not finished.read(1, "frame_0001.png", "k")[1]
    (tmp_path / "frame_0001.png").unlink()
    assert not finished.read(1, "frame_0001.png", "k")[1]
    record.close()


def test_several_processes_records_are_read_and_the_one_that_fits_the_file_counts(tmp_path):
    writers = [RecordFile(tmp_path) for _ in range(3)]
    for writer, content in zip(writers, (b"old", b"new", b"other"), strict=True):
        writer.add(record_of(-4, content))
        writer.close()
    (tmp_path / "frame_-0004.png").write_bytes(b"new")
    content, found = FinishedFrames(tmp_path, range(-4, 0)).read(-4, "frame_-0004.png", "k")
    assert content == b"new" and found == (record_of(-4, b"new"),)
    assert len(list((tmp_path / RECORD_FOLDER).iterdir())) == 3


def test_nothing_is_written_where_nothing_was_finished(tmp_path):
    RecordFile(tmp_path).close()
    assert not list(tmp_path.iterdir()) and 1 not in FinishedFrames(tmp_path, range(5))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows syncs no folders")
def test_a_power_cut_costs_seconds_of_work_and_small_frames_do_not_wait_for_the_disk(tmp_path, monkeypatch):
    now, synced, sync = [100.0], [], os.fsync

    def noted(number):
        synced.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else os.fstat(number).st_size)
        sync(number)

    monkeypatch.setattr(os, "fsync", noted)
    record = RecordFile(tmp_path, clock=lambda: now[0])
    line = len(line_of(record_of(1, b"a picture")))
    record.add(record_of(1, b"a picture"))
    assert synced == ["folder", line, "folder"], "names of frames, their record, and the record's name"
    synced.clear()
    for number in range(2, 10):
        now[0] += SYNC_SECONDS / 10
        record.add(record_of(number, b"a picture"))
    assert synced == [] and SYNC_SECONDS < 5
    now[0] += SYNC_SECONDS
    record.add(record_of(1, b"a picture"))
    assert synced == ["folder", 10 * line, "folder"]
    record.add(record_of(1, b"a picture"))
    synced.clear()
    record.close()
    assert synced == ["folder", 11 * line, "folder"]


def test_leftovers_of_a_killed_process_go_after_a_day(tmp_path):
    folder = tmp_path / RECORD_FOLDER
    folder.mkdir()
    for name, hours in ((".frame_0001.png.a.tmp", 30), (".frame_0002.png.b.tmp", 1)):
        (folder / name).write_bytes(b"half")
        then = time.time() - 3600 * hours
        os.utime(folder / name, (then, then))
    remove_leftovers(tmp_path)
    assert [path.name for path in folder.iterdir()] == [".frame_0002.png.b.tmp"]
