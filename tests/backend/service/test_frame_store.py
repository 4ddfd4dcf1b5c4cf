"""Finished frames on disk: whole or not there, whoever is killed, whatever is damaged, however full the disk is."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored_frames import aged, content_of, frame_key_of

from emogene import whole_write
from emogene.service.array_folder import StoreError
from emogene.service.frame_store import FrameDamaged, FrameMissing, FrameStore

KEY = frame_key_of(1)
TESTS = str(Path(__file__).parents[2])
KILLS = 12

WRITES_FOR_EVER = """
import sys
from pathlib import Path
sys.path.append(sys.argv[2])
from stored_frames import content_of, frame_key_of
from emogene.service.frame_store import FrameStore
store = FrameStore(Path(sys.argv[1]))
while True:
    for number in range(16):
        key = frame_key_of(number)
        store.write(key, content_of(key))
        print(number, flush=True)
"""

WRITES_BEYOND_A_LIMIT = """
import resource, sys
from pathlib import Path
from emogene.service.array_folder import StoreError
from emogene.service.frame_store import FrameStore
store = FrameStore(Path(sys.argv[1]))
if sys.argv[2] == "limited":
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
store.write("11" * 32, bytes(2000))
try:
    store.write("22" * 32, bytes(200_000))
except StoreError as error:
    print(error.code, error, flush=True)
assert store.has("11" * 32) and not store.has("22" * 32)
assert [path.name for path in store.folder.rglob("*") if path.is_file()] == ["11" * 32 + ".frame"]
"""


@pytest.fixture
def store(tmp_path):
    return FrameStore(tmp_path)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_frame_comes_back_as_it_was_written(store):
    assert not store.has(KEY)
    written = store.write(KEY, b"a picture")
    assert store.has(KEY) and store.read(KEY) == b"a picture"
    assert store.path(KEY).stat().st_size == written
    assert files(store.folder) == [store.path(KEY)]


def test_a_frame_that_was_never_written_is_missing(store):
    with pytest.raises(FrameMissing) as missing:
        store.read(KEY)
    assert missing.value.code == "frame_lost" and missing.value.hint


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), place=st.integers(0), change=st.integers(1, 255))
def test_a_byte_that_is_not_as_it_was_written_is_never_shown(tmp_path, content, place, change):
    store = FrameStore(tmp_path)
    store.write(KEY, content)
    stored = bytearray(store.path(KEY).read_bytes())
    stored[place % len(stored)] ^= change
    store.path(KEY).write_bytes(stored)
    with pytest.raises(FrameDamaged):
        store.read(KEY)
    assert not store.has(KEY) and not store.path(KEY).exists()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), cut=st.integers(0), more=st.binary(max_size=40))
def test_a_file_of_another_length_is_not_the_frame(tmp_path, content, cut, more):
    store = FrameStore(tmp_path)
    store.write(KEY, content)
    stored = store.path(KEY).read_bytes()
    shorter = stored[: cut % len(stored)]
    for damaged in (shorter, shorter + more, stored + more):
        if damaged == stored:
            continue
        store.path(KEY).write_bytes(damaged)
        if len(damaged) != len(stored):
            assert not store.has(KEY)
        with pytest.raises(FrameDamaged):
            store.read(KEY)


def test_a_frame_under_the_name_of_another_is_damaged(store):
    store.write(KEY, b"a picture")
    other = frame_key_of(2)
    store.path(other).parent.mkdir(exist_ok=True)
    store.path(KEY).rename(store.path(other))
    with pytest.raises(FrameDamaged):
        store.read(other)


def test_a_damaged_frame_is_replaced_by_the_next_writing(store):
    store.write(KEY, b"a picture")
    store.path(KEY).write_bytes(b"x" * store.path(KEY).stat().st_size)
    assert not store.has(KEY)
    store.write(KEY, b"a picture")
    assert store.read(KEY) == b"a picture"


def test_using_a_frame_is_noted_but_not_each_time(store):
    store.write(KEY, b"a picture")
    for use in (store.read, store.has):
        aged(store.path(KEY), 3600)
        long_ago = store.path(KEY).stat().st_mtime_ns
        use(KEY)
        assert store.path(KEY).stat().st_mtime_ns > long_ago
        aged(store.path(KEY), 20)
        just_now = store.path(KEY).stat().st_mtime_ns
        use(KEY)
        assert store.path(KEY).stat().st_mtime_ns == just_now


def test_no_damaged_frame_is_ever_returned_however_often_writers_are_killed(tmp_path):
    store, seen = FrameStore(tmp_path), 0
    command = [sys.executable, "-c", WRITES_FOR_EVER, str(tmp_path), TESTS]
    for kill in range(KILLS):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            for _ in range(random.Random(kill).randrange(1, 20)):
                writer.stdout.readline()
            writer.kill()
        for number in range(16):
            key = frame_key_of(number)
            if store.has(key):
                assert store.read(key) == content_of(key)
                seen += 1
            store.path(key).unlink(missing_ok=True)
    assert seen >= KILLS


def test_two_processes_may_write_the_same_frames_at_once(tmp_path):
    store = FrameStore(tmp_path)
    command = [sys.executable, "-c", WRITES_FOR_EVER, str(tmp_path), TESTS]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for writer in writers:
            for _ in range(48):
                assert writer.stdout.readline()
                for number in range(16):
                    key = frame_key_of(number)
                    assert not store.has(key) or store.read(key) == content_of(key)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert all(store.has(frame_key_of(number)) for number in range(16))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_frame_that_does_not_fit_is_refused_in_words_and_leaves_nothing(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", WRITES_BEYOND_A_LIMIT, str(tmp_path), "limited"], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("disk The backend's cache cannot be written: File too large. Make room")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a small disk is made as Linux does it")
def test_a_full_disk_is_told_in_words_and_what_is_there_stays(tmp_path):
    mount = f"mount -t tmpfs -o size=100k none '{tmp_path}'"
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True).returncode
    ):
        pytest.skip("this user may not mount a small disk")
    write = f"'{sys.executable}' -c '{WRITES_BEYOND_A_LIMIT}' '{tmp_path}' full"
    told = subprocess.run(["unshare", "-rm", "sh", "-c", f"{mount} && {write}"], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("disk The backend's cache cannot be written: No space left on device. Make room")


class Busy:
    """Renames as on Windows, where a file that another process reads cannot be replaced."""

    def __init__(self, monkeypatch, times):
        self.times = times
        self.replace = Path.replace
        monkeypatch.setattr(Path, "replace", lambda path, target: self(path, target))

    def __call__(self, path, target):
        if self.times > 0:
            self.times -= 1
            raise PermissionError(13, "Permission denied")
        return self.replace(path, target)


def test_a_frame_that_another_process_reads_need_not_be_replaced(store, monkeypatch):
    store.write(KEY, b"a picture")
    Busy(monkeypatch, times=10**9)
    store.write(KEY, b"a picture")
    assert store.read(KEY) == b"a picture" and files(store.folder) == [store.path(KEY)]


def test_a_damaged_file_that_another_process_reads_is_replaced_as_soon_as_it_can_be(store, monkeypatch):
    store.write(KEY, b"a picture")
    store.path(KEY).write_bytes(b"x" * store.path(KEY).stat().st_size)
    busy = Busy(monkeypatch, times=5)
    store.write(KEY, b"a picture")
    assert busy.times == 0 and store.read(KEY) == b"a picture"


def test_a_file_that_stays_busy_is_told_in_words(store, monkeypatch):
    monkeypatch.setattr(whole_write, "REPLACE_SECONDS", 0.05)
    Busy(monkeypatch, times=10**9)
    with pytest.raises(StoreError, match="Permission denied"):
        store.write(KEY, b"a picture")
    assert files(store.folder) == []


def test_a_frame_is_synced_before_it_has_its_name_and_its_name_after(store, monkeypatch):
    store.write(frame_key_of(2), b"so that the folder is there")
    order, sync, replace = [], os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda number: (order.append("sync"), sync(number))[1])
    monkeypatch.setattr(Path, "replace", lambda path, target: (order.append("rename"), replace(path, target))[1])
    store.path(KEY).parent.mkdir(exist_ok=True)
    store.write(KEY, b"a picture")
    assert order == (["sync", "rename"] if sys.platform == "win32" else ["sync", "rename", "sync"])
