"""What live jobs need is told to all backends that share a cache, as long as those live."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from stored_frames import aged, keys_of

from emogene import whole_write
from emogene.service.array_folder import StoreError
from emogene.service.hold_file import SLACK_BYTES, HoldFile, job_hash, read_holds
from emogene.service.live_frames import RETURNS_SECONDS, LiveFrames

HOLDS_AND_WAITS = """
import sys
from pathlib import Path
from emogene.service.live_frames import LiveFrames
live = LiveFrames(Path(sys.argv[1]), sys.argv[2])
live.hold("job", bytes.fromhex(sys.argv[3]))
print("holds", flush=True)
sys.stdin.read()
"""

FILLS_A_DISK = """
import resource, sys
from pathlib import Path
from emogene.service.array_folder import StoreError
from emogene.service.live_frames import LiveFrames
with LiveFrames(Path(sys.argv[1])) as live:
    live.hold("small", b"a" * 32)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, before[1]))
    try:
        live.hold("large", b"b" * 32_000)
    except StoreError as error:
        print(error.code, error, flush=True)
    assert live.held().mask(b"a" * 32 + b"b" * 32) == [True, False]
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    live.hold("large", b"b" * 32_000)
    assert live.held().mask(b"a" * 32 + b"b" * 32) == [True, True]
"""


@pytest.fixture
def live(tmp_path):
    with LiveFrames(tmp_path) as live:
        yield live


class OtherBackend:
    """Another process, which holds keys until it is killed."""

    def __init__(self, folder, keys, name=""):
        command = [sys.executable, "-c", HOLDS_AND_WAITS, str(folder), name, keys.hex()]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert b"holds" in self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.kill()

    def kill(self):
        self.process.kill()
        self.process.communicate()


def test_what_is_held_is_held_until_its_job_ends(live):
    live.hold("one", keys_of([1, 2, 3]))
    live.hold("two", keys_of([3, 4]))
    assert live.held().mask(keys_of([1, 2, 3, 4, 5])) == [True, True, True, True, False]
    live.release("one")
    assert live.held().mask(keys_of([1, 2, 3, 4, 5])) == [False, False, True, True, False]
    live.release("one")
    live.release("never heard of")


def test_a_job_may_hold_something_else_later(live):
    live.hold("one", keys_of([1]))
    live.hold("one", keys_of([1, 2]))
    live.hold("two", keys_of([5]))
    live.hold("two", b"")
    assert live.held().mask(keys_of([1, 2, 5])) == [True, True, False]
    assert live.held().mask(b"") == []


def test_any_bytes_are_a_key(live):
    odd = bytes(32) + b"x" + bytes(31) + bytes(31) + b"x"
    live.hold("one", odd[:64])
    assert live.held().mask(odd) == [True, True, False]
    with pytest.raises(ValueError, match="32 bytes"):
        live.hold("two", b"short")


def test_other_backends_see_it_until_this_one_is_killed(live, tmp_path):
    with OtherBackend(tmp_path, keys_of([7])) as other:
        assert live.held().mask(keys_of([7, 8])) == [True, False]
        assert len(list(tmp_path.iterdir())) == 2
        other.kill()
        assert live.held().mask(keys_of([7])) == [False]
        assert len(list(tmp_path.iterdir())) == 1


def test_a_backend_that_ends_leaves_nothing(tmp_path):
    with LiveFrames(tmp_path) as live:
        live.hold("one", keys_of([1]))
    live.close()
    assert list(tmp_path.iterdir()) == []


def test_a_backend_with_a_name_finds_its_holds_again_after_it_was_killed(live, tmp_path):
    with OtherBackend(tmp_path, keys_of([7]), name="jobs") as other:
        other.kill()
    assert live.held().mask(keys_of([7])) == [True]
    with LiveFrames(tmp_path, "jobs", resumed=["job", "another"]):
        assert live.held().mask(keys_of([7])) == [True]
    assert live.held().mask(keys_of([7])) == [True], "it may come back"
    with LiveFrames(tmp_path, "jobs", resumed=["another"]):
        assert live.held().mask(keys_of([7])) == [False]


def test_a_backend_that_does_not_come_back_holds_nothing_a_week_later(live, tmp_path):
    with OtherBackend(tmp_path, keys_of([7]), name="jobs") as other:
        other.kill()
    for path in (tmp_path / "named-jobs").iterdir():
        aged(path, RETURNS_SECONDS + 60)
    assert live.held().mask(keys_of([7])) == [False]
    assert not (tmp_path / "named-jobs").exists()


def test_a_name_is_for_one_backend_at_a_time(tmp_path):
    with LiveFrames(tmp_path, "jobs"), pytest.raises(StoreError, match="cannot be locked"):
        LiveFrames(tmp_path, "jobs")


def test_backends_that_look_at_each_other_all_get_a_folder(live, tmp_path):
    """Looking whether one has ended takes its lock for a moment, also while it starts."""
    looking = threading.Event()

    def look():
        while not looking.is_set():
            live.held()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for number in range(100):
            with LiveFrames(tmp_path, "jobs" if number % 2 else "") as other:
                other.hold("one", keys_of([number]))
                assert live.held().mask(keys_of([number])) == [True]
                other.release("one")
    finally:
        looking.set()
        thread.join()


def test_a_shot_of_20_minutes_is_held_with_little_writing(tmp_path):
    with LiveFrames(tmp_path) as live:
        path = next(tmp_path.iterdir()) / "keys"
        film = keys_of([0]) * 28_800
        for number in range(60):
            live.hold("film", film)
            live.hold(f"{number}", keys_of([number]))
            assert path.stat().st_size < 4 * len(film) + SLACK_BYTES
        live.release("film")
        assert live.held().mask(keys_of(range(60))) == [True] * 60
        for _ in range(3):
            live.hold("film", film)
            live.release("film")
        assert path.stat().st_size < 2 * len(film) + SLACK_BYTES


def test_a_record_that_was_not_written_to_its_end_counts_for_nothing(tmp_path):
    path = tmp_path / "keys"
    file = HoldFile(path, {})
    file.hold("one", keys_of([1]))
    whole = path.stat().st_size
    file.hold("two", keys_of([2, 3]))
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert read_holds(path).holds == ({job_hash("one"): keys_of([1])} if length >= whole else {}), length


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_full_disk_is_told_and_what_was_held_stays_held(tmp_path):
    told = subprocess.run([sys.executable, "-c", FILLS_A_DISK, str(tmp_path)], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("disk The backend's cache cannot be written: File too large. Make room")


def test_a_file_that_cannot_be_made_smaller_goes_on_to_grow(live, monkeypatch):
    monkeypatch.setattr(whole_write, "REPLACE_SECONDS", 0.0)
    film = keys_of([0]) * 28_800

    def busy(path, target):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", busy)
        for number in range(4):
            live.hold("film", film + keys_of([number]))
            live.release("film")
        live.hold("film", film)
    assert live.held().mask(keys_of([0, 1])) == [True, False]


def test_a_cache_that_cannot_be_written_is_told_in_words(tmp_path):
    (tmp_path / "live").write_text("a file where a folder should be")
    with pytest.raises(StoreError) as refused:
        LiveFrames(tmp_path / "live")
    assert refused.value.code == "disk" and refused.value.hint


def test_a_look_is_cheap_where_nothing_has_changed(live, monkeypatch):
    live.hold("one", keys_of([1]))
    live.held()
    monkeypatch.setattr("emogene.service.live_frames._sorted", lambda found: pytest.fail("read again"))
    assert live.held().mask(keys_of([1, 2])) == [True, False]
