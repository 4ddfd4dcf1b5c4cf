"""Giving up files: what was not used for longest goes first, and never what a live job holds, however late it does."""

import subprocess
import sys
from pathlib import Path

import pytest
from stored_frames import aged, content_of, frame_key_of, keys_of

from emogene.service import eviction
from emogene.service.blobs import BlobStore
from emogene.service.eviction import evict, put_back, scan
from emogene.service.frame_store import FrameStore
from emogene.service.live_frames import LiveFrames

TESTS = str(Path(__file__).parents[2])
FRAME_BYTES = 532

LIVES_AND_RENDERS = """
import random, sys
from pathlib import Path
sys.path.append(sys.argv[2])
from stored_frames import content_of, frame_key_of, keys_of
from emogene.service.frame_store import FrameStore
from emogene.service.live_frames import LiveFrames
cache = Path(sys.argv[1])
store, chance, rendered = FrameStore(cache / "frames"), random.Random(1), 0
with LiveFrames(cache / "live") as live:
    for job in range(400):
        frames = chance.sample(range(100), 15)
        live.hold("job", keys_of(frames))
        mine = [frame_key_of(number) for number in frames]
        for key in mine:
            if not store.has(key):
                rendered += 1
                store.write(key, content_of(key, 500))
        assert all(store.read(key) == content_of(key, 500) for key in mine)
        live.release("job")
print(rendered)
"""

EVICTS_ALL_IT_CAN = """
import os, sys, time
from pathlib import Path
from emogene.service.evictor import Evictor
from emogene.service.frame_store import FrameStore
from emogene.service.live_frames import LiveFrames
cache = Path(sys.argv[1])
with LiveFrames(cache / "live") as live, Evictor(FrameStore(cache / "frames", 5000), live) as evictor:
    print("evicts", flush=True)
    while True:
        evictor.shrink(20_000)
        time.sleep(0.001)
"""


@pytest.fixture
def live(tmp_path):
    with LiveFrames(tmp_path / "live") as live:
        yield live


@pytest.fixture
def store(tmp_path):
    """Ten frames of equal size, of which number 0 was not used for longest."""
    store = FrameStore(tmp_path / "frames", 10 * FRAME_BYTES)
    for number in range(10):
        key = frame_key_of(number)
        store.write(key, content_of(key, 500))
        aged(store.path(key), 10_000 - 100 * number)
    return store


def left(store):
    return {number for number in range(10) if store.path(frame_key_of(number)).exists()}


def give_up(store, live, to_bytes):
    return evict(store, scan(store, lambda: None), to_bytes, live, lambda: False)


def test_what_was_not_used_for_longest_goes_first(store, live):
    store.read(frame_key_of(0))
    assert give_up(store, live, 6 * FRAME_BYTES) == 4 * FRAME_BYTES
    assert left(store) == {0, 5, 6, 7, 8, 9}


def test_nothing_goes_where_there_is_room(store, live):
    assert give_up(store, live, 10 * FRAME_BYTES) == 0 and left(store) == set(range(10))


def test_what_live_jobs_hold_stays_whatever_it_takes(store, live, tmp_path):
    live.hold("one", keys_of([0, 1]))
    with LiveFrames(tmp_path / "live") as other:
        other.hold("another", keys_of([1, 7]))
        give_up(store, live, 0)
        assert left(store) == {0, 1, 7}
    live.release("one")
    give_up(store, live, 0)
    assert left(store) == set()


def test_a_frame_that_was_used_since_the_scan_stays(store, live):
    files = scan(store, lambda: None)
    store.read(frame_key_of(3))
    evict(store, files, 0, live, lambda: False)
    assert left(store) == {3}


def test_a_pause_may_end_it(store, live, monkeypatch):
    monkeypatch.setattr(eviction, "BATCH", 3)
    evict(store, scan(store, lambda: None), 0, live, lambda: True)
    assert left(store) == set(range(3, 10))


class Late(LiveFrames):
    """Another backend takes up a job at the worst moments: before or after a reading of what is held."""

    def __init__(self, folder, readings):
        super().__init__(folder)
        self._before, self._after = readings

    def held(self):
        self._before.pop(0)()
        held = super().held()
        self._after.pop(0)()
        return held


def nothing():
    pass


@pytest.mark.parametrize("moment", ["renames nothing yet", "has renamed", "has read again"])
@pytest.mark.parametrize("looks", [True, False])
def test_a_frame_stays_that_is_held_and_found_while_it_is_being_given_up(store, tmp_path, moment, looks):
    found = []
    aged(store.path(frame_key_of(2)), 20)  # a moment ago, so its use now is not noted
    with LiveFrames(tmp_path / "live") as other:

        def take_up():
            other.hold("job", keys_of([2]))
            found.append(store.has(frame_key_of(2)))

        def read():
            if looks:
                assert store.read(frame_key_of(2)) == content_of(frame_key_of(2), 500)

        readings = {
            "renames nothing yet": ([nothing, read], [take_up, nothing]),
            "has renamed": ([nothing, take_up], [nothing, read]),
            "has read again": ([nothing, nothing], [nothing, take_up]),
        }
        with Late(tmp_path / "live", readings[moment]) as evicting:
            give_up(store, evicting, 0)
        assert found == [True]
        assert store.read(frame_key_of(2)) == content_of(frame_key_of(2), 500)
    assert left(store) == {2}


def test_a_frame_that_was_being_given_up_by_a_killed_process_is_found(store, live):
    for number in (1, 2, 3):
        path = store.path(frame_key_of(number))
        path.rename(path.with_name(path.name + ".given-up"))
    assert store.has(frame_key_of(1)) and store.read(frame_key_of(2))
    store.write(frame_key_of(3), content_of(frame_key_of(3), 500))
    path = store.path(frame_key_of(3))
    path.with_name(path.name + ".given-up").write_bytes(b"the same, once more")
    assert scan(store, lambda: None).total_bytes == 10 * FRAME_BYTES
    assert left(store) == set(range(10)) and not list(store.folder.rglob("*.given-up"))


def test_a_scan_puts_back_what_a_killed_process_left(store):
    path = store.path(frame_key_of(1))
    path.rename(path.with_name(path.name + ".given-up"))
    scan(store, lambda: None)
    assert left(store) == set(range(10))
    put_back(path)  # nothing to do


def test_temporaries_are_removed_a_day_after_they_were_abandoned_and_other_files_stay(store):
    folder = store.path(frame_key_of(1)).parent
    for name in (".old.17.abcd", ".new.17.abcd", "README", "notes.frame", "x.given-up"):
        (folder / name).write_bytes(b"half")
        aged(folder / name, 25 * 3600)
    aged(folder / ".new.17.abcd", 3600)
    before = {path.name for path in folder.iterdir()}
    assert scan(store, lambda: None).total_bytes == 10 * FRAME_BYTES
    assert before - {path.name for path in folder.iterdir()} == {".old.17.abcd"}


def test_a_file_that_cannot_be_renamed_stays(store, live, monkeypatch):
    replace = Path.replace

    def busy(path, target):
        if path.stem == frame_key_of(4):
            raise PermissionError(13, "in use")  # as on Windows, where it is being read
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", busy)
    give_up(store, live, 0)
    assert left(store) == {4}


def test_holds_that_cannot_be_read_stop_it_and_nothing_is_lost(store, live, tmp_path, monkeypatch):
    def unreadable():
        raise PermissionError(13, "Permission denied")

    with Late(tmp_path / "live", ([nothing, unreadable], [nothing, nothing])) as evicting, pytest.raises(OSError):
        give_up(store, evicting, 0)
    assert all(store.has(frame_key_of(number)) for number in range(10))


def test_uploads_go_and_stay_likewise(tmp_path, live):
    blobs = BlobStore(tmp_path / "blobs", 100)
    names = [frame_key_of(number) for number in range(4)]
    for age, name in enumerate(names):
        (tmp_path / "blobs" / name).write_bytes(bytes(40))
        aged(tmp_path / "blobs" / name, 10_000 - age)
    upload = blobs.begin("f" * 64, 10)
    upload.add(0, b"half")
    live.hold("job", keys_of([0]))
    assert blobs.path(names[1]) is not None  # used now
    give_up(blobs.files, live, 100)
    assert [blobs.path(name) is not None for name in names] == [True, True, False, False]
    assert len(list((tmp_path / "blobs" / "partial").iterdir())) == 1
    upload.discard()


def test_an_upload_that_is_being_given_up_is_found(tmp_path):
    blobs = BlobStore(tmp_path)
    (tmp_path / ("a" * 64 + ".given-up")).write_bytes(b"sound")
    assert blobs.path("a" * 64).read_bytes() == b"sound"


def test_a_live_job_loses_no_frame_while_two_backends_give_up_all_they_can(tmp_path):
    evicting = [
        subprocess.Popen([sys.executable, "-c", EVICTS_ALL_IT_CAN, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        for process in evicting:
            assert b"evicts" in process.stdout.readline()
        rendering = subprocess.run(
            [sys.executable, "-c", LIVES_AND_RENDERS, str(tmp_path), TESTS], capture_output=True, text=True
        )
        assert rendering.returncode == 0, rendering.stderr
        assert int(rendering.stdout) > 20, "frames of ended jobs went"
        assert all(process.poll() is None for process in evicting)
    finally:
        for process in evicting:
            process.kill()
            process.communicate()
