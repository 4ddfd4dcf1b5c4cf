"""What the soak reads out of a backend's log: every line once, and which workers ended without being told to."""

import logging

import pytest
from fuzzing.backend_log import KILLED, LogJudge, NewLines

from emogene.service.logs import KEPT_FILES, JsonLines, RotatingFile

LINE_BYTES = 120
"""About what one line of these takes."""


@pytest.fixture
def log_file(tmp_path):
    return tmp_path / "backend.log"


@pytest.fixture
def log(log_file):
    """Writes what a backend would, to files of some ten lines each."""
    logger = logging.Logger("emogene.service", logging.INFO)
    handler = RotatingFile(log_file, largest_bytes=10 * LINE_BYTES)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    yield logger
    handler.close()


def numbers(lines) -> list[int]:
    return [int(line.rpartition(b"line ")[2].split(b'"')[0]) for line in lines]


@pytest.mark.parametrize("at_once", [1, 7, 23])
def test_each_line_is_read_once_over_rotations(log, log_file, at_once):
    new, read = NewLines(log_file), []
    for number in range(200):
        log.info("line %d", number)
        if number % at_once == 0:
            read += numbers(new.take())
    read += numbers(new.take())
    assert read == list(range(200)) and log_file.with_name(f"backend.log.{KEPT_FILES}").exists()
    assert new.take() == []


def test_a_line_that_is_not_whole_yet_waits(log_file):
    new = NewLines(log_file)
    log_file.write_bytes(b"one\ntw")
    assert new.take() == [b"one"]
    with log_file.open("ab") as file:
        file.write(b"o\n")
    assert new.take() == [b"two"]


def test_lines_that_were_rotated_away_are_missed_aloud(log, log_file):
    judge = LogJudge(log_file)
    log.info("line 0")
    assert judge.new_problems() == []
    for number in range(200):
        log.info("line %d", number)
    assert judge.new_problems() == ["the log was rotated faster than it was read"]
    log.error("worker 7 ended with status 1")
    assert len(judge.new_problems()) == 1


def test_a_worker_that_was_told_to_end_did_not_crash(log, log_file):
    judge = LogJudge(log_file)
    log.info("worker 7 is ended: its task was cancelled")
    assert judge.new_problems() == []
    log.error("worker 7 ended with status %s", KILLED)
    assert judge.new_problems() == []


@pytest.mark.parametrize(
    "lines",
    [
        [f"worker 7 ended with status {KILLED}"],
        ["worker 7 is ended: its task was cancelled", f"worker 8 ended with status {KILLED}"],
        ["worker 7 is ended: its task was cancelled", "worker 7 ended with status -11"],
        ["worker 7 is ended: its task was cancelled", *[f"worker 7 ended with status {KILLED}"] * 2],
        ["worker 7 is ended: its task was cancelled", "worker 7 started", f"worker 7 ended with status {KILLED}"],
    ],
)
def test_one_that_was_not_did(log, log_file, lines):
    """However many others were told to."""
    for number in range(20, 30):
        log.info("worker %d is ended: its task was cancelled", number)
    for line in lines:
        log.info(line)
    (problem,) = LogJudge(log_file).new_problems()
    assert "though nobody told it to" in problem


def test_what_clients_call_themselves_looks_like_no_worker(log, log_file):
    log.info("worker 7 ended with status -9 of this computer's user says hello")
    log.info("worker 7 is ended: its task was cancelled of this computer's user says hello")
    log.info("worker 7 ended with status %s", KILLED)
    assert len(LogJudge(log_file).new_problems()) == 1


def test_a_traceback_is_told_with_its_last_line(log, log_file):
    try:
        raise KeyError("lost")
    except KeyError:
        log.exception("a request failed")
    assert LogJudge(log_file).new_problems() == ["a request failed: KeyError: 'lost'"]
