"""Frames per second and memory, as the panel shows them."""

import os
import subprocess
import sys

import pytest

from emogene.service.metrics import FrameRate, resident_bytes

MEBIBYTE = 1024 * 1024
HOLDS_64_MEBIBYTES = "held = bytearray(64 * 1024 * 1024)\nprint('held', flush=True)\ninput()"


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rate(clock) -> FrameRate:
    return FrameRate(clock)


def test_a_steady_render_has_its_rate(rate, clock):
    for _ in range(600):
        clock.now += 0.05
        rate.rendered()
    assert rate.per_second() == pytest.approx(20.0, rel=0.03)


def test_the_first_seconds_count_as_what_they_are(rate, clock):
    clock.now += 4.0
    rate.rendered(40)
    assert rate.per_second() == pytest.approx(10.0)


def test_the_first_moment_is_no_burst(rate, clock):
    clock.now += 0.001
    rate.rendered()
    assert rate.per_second() == pytest.approx(1.0)


def test_a_render_that_ended_is_forgotten_after_ten_seconds(rate, clock):
    clock.now += 60.0
    rate.rendered(100)
    clock.now += 9.0
    assert rate.per_second() == pytest.approx(10.0)
    clock.now += 1.1
    assert rate.per_second() == 0.0
    assert rate.uptime_seconds() == pytest.approx(70.1)


def test_counting_takes_no_more_memory_at_a_high_rate(rate, clock):
    for _ in range(100_000):
        clock.now += 0.0005
        rate.rendered()
    assert rate.per_second() == pytest.approx(2000.0, rel=0.03)
    assert len(rate._counts) <= 102


def test_memory_is_that_of_the_processes():
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_64_MEBIBYTES], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdin is not None and worker.stdout is not None
        worker.stdout.readline()
        assert 64 * MEBIBYTE <= resident_bytes(worker.pid) < 192 * MEBIBYTE
        worker.stdin.close()
    assert resident_bytes(worker.pid) == 0, "a process that is gone holds nothing"
    assert resident_bytes() == pytest.approx(resident_bytes(os.getpid()), rel=0.05)
