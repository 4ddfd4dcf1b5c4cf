"""Work beside the loop: it is told when done, its errors come back, and what had not begun is dropped at the end."""

import select
import threading

import pytest

from emogene.service.disk_work import THREADS, DiskWork


@pytest.fixture
def disk():
    work = DiskWork()
    yield work
    work.close()


def news(disk) -> bool:
    return bool(select.select([disk.news], [], [], 5.0)[0])


def test_whoever_polls_learns_that_something_is_done(disk):
    assert not select.select([disk.news], [], [], 0.0)[0]
    begun = disk.begin(pow, 2, 10)
    assert news(disk) and begun.result(0) == 1024
    disk.heard()
    assert not select.select([disk.news], [], [], 0.0)[0], "each is told once"


def test_what_goes_wrong_comes_back_to_who_asked(disk):
    begun = disk.begin(int, "no number")
    assert news(disk)
    with pytest.raises(ValueError, match="no number"):
        begun.result(0)


def test_one_slow_file_does_not_hold_up_the_next(disk):
    gate = threading.Event()
    slow, quick = disk.begin(gate.wait, 10), disk.begin(len, "four")
    assert news(disk) and quick.result(5) == 4 and not slow.done()
    gate.set()
    assert slow.result(5)


def test_more_is_told_than_anybody_listens_to(disk):
    for done in [disk.begin(len, "") for _ in range(5_000)]:
        done.result(5)
    disk.heard()
    assert disk.begin(len, "").result(5) == 0 and news(disk)


def test_closing_finishes_what_has_begun_and_drops_the_rest():
    work, gate = DiskWork(), threading.Event()
    begun = [work.begin(gate.wait, 10) for _ in range(THREADS + 1)]
    threading.Timer(0.05, gate.set).start()
    work.close()
    assert [each.cancelled() for each in begun] == [False] * THREADS + [True]
