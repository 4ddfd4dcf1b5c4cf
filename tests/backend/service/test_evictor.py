"""A store is kept within its quota beside whatever else its backend does."""

import logging
import time

import pytest
from stored_frames import aged, content_of, frame_key_of, keys_of, wait_until

from emogene.service import evictor as evictor_module
from emogene.service.evictor import Evictor
from emogene.service.folder_lock import lock_folder
from emogene.service.frame_store import FrameStore
from emogene.service.live_frames import LiveFrames

FRAME_BYTES = 532
QUOTA = 20 * FRAME_BYTES


@pytest.fixture
def live(tmp_path):
    with LiveFrames(tmp_path / "live") as live:
        yield live


@pytest.fixture
def store(tmp_path):
    return FrameStore(tmp_path / "frames", QUOTA)


def fill(store, numbers):
    """Frames of which the first was not used for longest; returns what they take."""
    written = 0
    for number in numbers:
        key = frame_key_of(number)
        written += store.write(key, content_of(key, 500))
        aged(store.path(key), 10_000 - 10 * number)
    return written


def left(store):
    return {number for number in range(100) if store.path(frame_key_of(number)).exists()}


def test_what_is_there_at_the_start_is_counted_and_what_is_too_much_goes(store, live):
    fill(store, range(30))
    with Evictor(store, live) as evictor:
        wait_until(lambda: evictor.bytes == 18 * FRAME_BYTES)
    assert left(store) == set(range(12, 30)), "down to nine tenths, the oldest first"


def test_a_store_within_its_quota_is_left_alone(store, live):
    fill(store, range(20))
    with Evictor(store, live) as evictor:
        wait_until(lambda: evictor.bytes == QUOTA)
    assert left(store) == set(range(20))


def test_what_is_written_counts_and_brings_the_next_round(store, live):
    with Evictor(store, live) as evictor:
        evictor.wrote(fill(store, range(15)))
        assert evictor.bytes >= 15 * FRAME_BYTES
        for number in range(15, 40):
            evictor.wrote(fill(store, [number]))
        wait_until(lambda: len(left(store)) <= 20 and 0 < evictor.bytes <= QUOTA)
    assert 39 in left(store)


def test_a_store_shrinks_when_asked_but_not_below_what_live_jobs_need(store, live):
    fill(store, range(10))
    live.hold("job", keys_of([0, 1, 2]))
    with Evictor(store, live) as evictor:
        evictor.shrink(5 * FRAME_BYTES)
        wait_until(lambda: left(store) == {0, 1, 2, 8, 9})
        evictor.shrink(0)
        wait_until(lambda: left(store) == {0, 1, 2} and evictor.bytes == 3 * FRAME_BYTES)


def test_a_live_job_may_need_more_than_the_quota_without_a_scan_for_each_frame(store, live, monkeypatch):
    scans = []
    scan = evictor_module.scan
    monkeypatch.setattr(evictor_module, "scan", lambda *args: (scans.append(args), scan(*args))[1])
    live.hold("job", keys_of(range(60)))
    fill(store, range(40))
    with Evictor(store, live) as evictor:
        wait_until(lambda: evictor.bytes == 40 * FRAME_BYTES)
        for number in range(40, 60):
            evictor.wrote(fill(store, [number]))
            time.sleep(0.01)
        wait_until(lambda: evictor.bytes >= 60 * FRAME_BYTES)
        assert len(scans) < 20
        assert left(store) == set(range(60))
        live.release("job")
        evictor.wrote(QUOTA)
        wait_until(lambda: len(left(store)) <= 20)


def test_while_another_backend_gives_up_frames_this_one_waits_and_then_does_its_own(store, live, monkeypatch):
    monkeypatch.setattr(evictor_module, "_RETRY_SECONDS", 0.01)
    fill(store, range(30))
    other = lock_folder(store.folder)
    with Evictor(store, live) as evictor:
        evictor.shrink(FRAME_BYTES)
        time.sleep(0.1)
        assert left(store) == set(range(30))
        other.close()
        wait_until(lambda: left(store) == {29})


def test_trouble_is_logged_and_the_next_round_goes_on(store, live, monkeypatch, caplog):
    fill(store, range(30))
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(live, "held", lambda: (_ for _ in ()).throw(OSError(5, "bad disk")))
        evictor = Evictor(store, live)
        wait_until(lambda: "bad disk" in caplog.text)
    assert all(store.has(frame_key_of(number)) for number in range(30))
    with evictor:
        evictor.shrink(QUOTA)
        wait_until(lambda: len(left(store)) <= 20)


def test_it_ends_at_once_also_over_much_work(store, live):
    fill(store, range(60))
    began = time.monotonic()
    for _ in range(20):
        Evictor(store, live).close()
    assert time.monotonic() - began < 10
