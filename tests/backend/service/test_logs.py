"""The backend's log: one JSON object a line, its files replaced in turn, never a secret."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emogene.service.logs import FILE_NAME, LogLevel, RotatingFile, about, backend_log, masked, register_secret
from emogene_proto.errors import BackendError
from emogene_proto.keys import new_keys

log = logging.getLogger("emogene.service")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file modes")


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def log_file(tmp_path):
    """Log into it while the test runs."""
    path = tmp_path / "logs" / "backend.jsonl"
    with backend_log(path, tmp_path):
        yield path


def test_a_line_says_when_what_and_about_which_job(log_file):
    log.info("job %s begins", "0123456789ab", extra={"job": "0123456789ab", "frame": 7, "client": "Blender 5.0.1"})
    (line,) = lines(log_file)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "emogene.service",
        "event": "job 0123456789ab begins",
        "job": "0123456789ab",
        "frame": 7,
        "client": "Blender 5.0.1",
    }


def test_all_lines_of_a_block_are_about_the_same(log_file):
    with about(job="0123456789ab", client="Blender"):
        log.info("first")
        with about(frame=3):
            log.info("second", extra={"client": "another"})
    log.info("third")
    first, second, third = lines(log_file)
    assert (first["job"], first["client"], first.get("frame")) == ("0123456789ab", "Blender", None)
    assert (second["job"], second["client"], second["frame"]) == ("0123456789ab", "another", 3)
    assert "job" not in third


def test_a_traceback_is_part_of_its_line(log_file):
    try:
        raise ValueError("no such row")
    except ValueError:
        log.exception("the task failed")
    (line,) = lines(log_file)
    assert line["event"] == "the task failed" and line["traceback"].endswith("ValueError: no such row")


def test_lines_that_are_hard_to_write_are_written(log_file):
    log.info('two\nlines, "quotes", ä 演, and a file name that is no text: \udcff')
    log.info("too few arguments: %s %s", "one")
    first, second = lines(log_file)
    assert first["event"] == 'two\nlines, "quotes", ä 演, and a file name that is no text: \\udcff'
    assert "too few arguments" in second["event"] and "one" in second["event"]


def test_what_is_below_the_level_is_left_out(tmp_path):
    with backend_log(tmp_path / "log", tmp_path, LogLevel.WARNING):
        log.info("a doing")
        log.warning("a warning")
    assert [line["event"] for line in lines(tmp_path / "log")] == ["a warning"]


def test_a_secret_is_in_no_line_whichever_way_it_came(log_file, capsys):
    token, key = new_keys().secret, b"\x01\xfe" * 16
    register_secret(token)
    register_secret(key)
    log.warning("hello with %s", token, extra={"client": f"client {token}"})
    log.warning("a key %s", key.hex())
    try:
        raise RuntimeError(f"cannot connect with {token}")
    except RuntimeError:
        log.exception("a request failed")
    with about(job="0123456789ab"):
        log.warning(f"{{'token': '{token}'}}")
    text = log_file.read_text() + capsys.readouterr().err
    assert token not in text and key.hex() not in text
    assert text.count("[secret]") >= 5
    assert lines(log_file)[2]["traceback"].endswith("RuntimeError: cannot connect with [secret]")


def test_a_word_is_no_secret():
    with pytest.raises(ValueError, match="at least 8"):
        register_secret("frame")
    assert masked("a frame") == "a frame"


def test_people_read_the_same_on_standard_error(tmp_path, capsys):
    with backend_log(tmp_path / "log", tmp_path):
        log.error("the worker ended with status %d", -9, extra={"worker": 12})
    assert capsys.readouterr().err.endswith(" emogene.service ERROR the worker ended with status -9\n")


def test_files_are_replaced_in_turn_and_the_oldest_goes(tmp_path):
    path = tmp_path / "backend.jsonl"
    handler = RotatingFile(path, largest_bytes=2000, kept_files=2)
    for number in range(200):
        handler.emit(logging.LogRecord("emogene", logging.INFO, "", 0, f"{number:04d} " + "x" * 90, (), None))
    handler.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, f"{path.name}.1", f"{path.name}.2"]
    assert all(file.stat().st_size <= 2000 for file in tmp_path.iterdir())
    assert path.read_text().splitlines()[-1].startswith("0199")
    kept = [
        text
        for file in (f"{path.name}.2", f"{path.name}.1", path.name)
        for text in (tmp_path / file).read_text().split()
    ]
    numbers = [int(text) for text in kept if text.isdigit()]
    assert numbers == list(range(numbers[0], 200)), "nothing is lost between files"


def test_a_file_that_cannot_be_renamed_is_written_on(tmp_path, capsys):
    path = tmp_path / "backend.jsonl"
    (tmp_path / "backend.jsonl.1" / "in the way").mkdir(parents=True)
    handler = RotatingFile(path, largest_bytes=1000, kept_files=1)
    for number in range(50):
        handler.emit(logging.LogRecord("emogene", logging.INFO, "", 0, f"{number:04d} " + "x" * 90, (), None))
    handler.close()
    assert len(path.read_text().splitlines()) == 50
    assert capsys.readouterr().err.count("cannot be written") == 1


@posix
def test_the_log_is_its_owners_alone(log_file):
    log.info("names of files")
    assert log_file.stat().st_mode & 0o077 == 0


WRITE = """
import logging, sys
from pathlib import Path
from emogene.service.logs import backend_log
with backend_log(None, Path(sys.argv[1])) as file:
    logging.getLogger("emogene").info("written by %s", sys.argv[2])
    print(file, flush=True)
    sys.stdin.read()
"""


def test_backends_that_share_a_cache_write_files_of_their_own(tmp_path):
    with backend_log(None, tmp_path) as own:
        assert own == tmp_path / FILE_NAME
        command = [sys.executable, "-c", WRITE, str(tmp_path), "another"]
        other = subprocess.run(command, input="", capture_output=True, text=True, check=True).stdout.strip()
        assert Path(other) == tmp_path / "2" / FILE_NAME
        assert lines(Path(other))[0]["event"] == "written by another"
    with backend_log(None, tmp_path) as again:
        assert again == own, "the file of a backend that ended is taken up again"


def test_a_log_file_that_cannot_be_written_is_refused_in_words(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(BackendError, match="cannot be written") as caught,
        backend_log(tmp_path / "file" / "log", tmp_path),
    ):
        pass
    assert "--log-file" in caught.value.hint


def test_a_cache_that_takes_no_log_keeps_no_backend_from_running(tmp_path, capsys):
    (tmp_path / "file").touch()
    with backend_log(None, tmp_path / "file" / "logs") as written:
        log.info("it runs")
    assert written is None
    told = capsys.readouterr().err
    assert "no log is kept" in told and "it runs" in told


def test_nothing_stays_behind(tmp_path):
    logger = logging.getLogger("emogene")
    before = (logger.level, list(logger.handlers))
    with backend_log(None, tmp_path):
        pass
    assert (logger.level, list(logger.handlers)) == before
    if os.name == "nt":
        (tmp_path / FILE_NAME).unlink()
